/** What the function may touch: its environment and its role follow from this list. It acts on jobs of every type. */
export {
  eraseObjects,
  jobLists,
  jobQueues,
  receiveBulk,
  sendToBulk,
  showOrdered,
  suspensions,
  tenantLimits,
} from '../../shared/aws/uses/capabilities.ts';
export * from '../../shared/aws/uses/worker-uses.ts';
