/** What the function may touch: its environment and its role follow from this list. */
export {
  jobTable,
  notifyEnds,
  openJobs,
  passState,
  sendToWaiting,
  suspensions,
  triedEndpoints,
  waitingJobs,
  workPlaces,
} from '../../shared/aws/capabilities.ts';
