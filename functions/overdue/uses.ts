/** What the function may touch: its environment and its role follow from this list. */
export {
  jobTable,
  openJobs,
  passState,
  sendToSlowQueue,
  sendToWaiting,
  suspensions,
  triedEndpoints,
  waitingJobs,
  workPlaces,
} from '../../shared/aws/uses/capabilities.ts';
