/** What a worker of every type may touch, beside the queues that it receives from. */
export {
  eraseObjects,
  jobLists,
  jobQueues,
  jobRetention,
  jobTableWithMessages,
  leases,
  metrics,
  notifyEnds,
  quarantine,
  readUploads,
  saveStates,
  writeResults,
} from './capabilities.ts';
