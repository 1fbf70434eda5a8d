/** What the function may touch: its environment and its role follow from this list. */
export {
  callers,
  countRequests,
  countWaits,
  jobRetention,
  maxWait,
  publicUrl,
  readJobs,
  tenantLimits,
} from '../../shared/aws/uses/capabilities.ts';
