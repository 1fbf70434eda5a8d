/** What a function may touch in which jobs end, or go on to wait. */
export {
  jobRetention,
  jobTableWithMessages,
  metrics,
  notifyEnds,
  quarantine,
  sendToWaiting,
} from './capabilities.ts';
