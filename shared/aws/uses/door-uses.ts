/** What a function may touch at whose door jobs come in. */
export {
  callers,
  countOrdered,
  jobQueues,
  jobRetention,
  jobTable,
  keepPayloads,
  metrics,
  publicUrl,
  stageSetup,
  tenantLimits,
  traces,
  unfinishedJobs,
  uploadRetention,
} from './capabilities.ts';
