/** What the function may touch: its environment and its role follow from this list. */
export {
  jobTable,
  openJobs,
  passState,
  sendToWaiting,
  suspensions,
  waitingJobs,
} from '../../shared/aws/capabilities.ts';
