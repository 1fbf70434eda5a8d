/** What the function may touch: its environment and its role follow from this list. */
export {
  jobRetention,
  jobTableWithMessages,
  metrics,
  notifyEnds,
  quarantine,
  receiveDeadLetters,
  sendToDeadLetters,
  sendToWaiting,
} from '../../shared/aws/capabilities.ts';
