/** What the function may touch: its environment and its role follow from this list. */
export {
  jobRetention,
  jobTableWithMessages,
  leases,
  metrics,
  notifyEnds,
  quarantine,
  readUploads,
  receiveStandard,
  saveStates,
  sendToLong,
  sendToServer,
  sendToStandard,
  sendToWaiting,
  writeResults,
} from '../../shared/aws/capabilities.ts';
