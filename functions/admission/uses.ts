/** What the function may touch: its environment and its role follow from this list. */
export {
  jobRetention,
  jobTableWithMessages,
  listShards,
  metrics,
  notifyEnds,
  notifyTargets,
  quarantine,
  receiveWaiting,
  sendToLong,
  sendToServer,
  sendToStandard,
  sendToWaiting,
  waitingSchedules,
} from '../../shared/aws/capabilities.ts';
