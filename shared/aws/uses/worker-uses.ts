/** What a worker may touch, beside its queues. */
export { leases, readUploads, saveStates, traces, workPlaces, writeResults } from './capabilities.ts';
export * from './ending-uses.ts';
