/** What a worker may touch, beside its queues. */
export {
  jobRetention,
  jobTableWithMessages,
  leases,
  metrics,
  notifyEnds,
  quarantine,
  readUploads,
  saveStates,
  sendToWaiting,
  traces,
  workPlaces,
  writeResults,
} from './capabilities.ts';
