/** What a worker may touch so that its jobs can submit others, beside what it may touch anyway. */
export {
  keepPayloads,
  listShards,
  sendToLong,
  sendToOrdered,
  sendToServer,
  sendToStandard,
  stageSetup,
  suspensions,
  tenantLimits,
  tenants,
} from './capabilities.ts';
