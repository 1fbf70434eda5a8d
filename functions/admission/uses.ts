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
  sendToBulk,
  sendToLong,
  sendToServer,
  sendToStandard,
  sendToWaiting,
  suspensions,
  traces,
  waitingSchedules,
} from '../../shared/aws/capabilities.ts';
