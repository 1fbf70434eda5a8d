/** What the function may touch: its environment and its role follow from this list. */
export { callers, jobRetention, publicUrl, readJobs } from '../../shared/aws/capabilities.ts';
