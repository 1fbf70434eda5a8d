/** What the function may touch: its environment and its role follow from this list. */
export { jobTable, sendToWaiting, waitingJobs } from '../../shared/aws/capabilities.ts';
