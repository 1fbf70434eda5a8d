/** What the function may touch: its environment and its role follow from this list. */
export {
  callers,
  countOrdered,
  jobQueues,
  jobRetention,
  jobTable,
  keepPayloads,
  listShards,
  maxWait,
  metrics,
  publicUrl,
  stageSetup,
  tenantLimits,
  traces,
  unfinishedJobs,
  uploadRetention,
} from '../../shared/aws/capabilities.ts';
