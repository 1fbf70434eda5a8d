/** What the function may touch: its environment and its role follow from this list. */
export {
  keepPayloads,
  listShards,
  notifyTargets,
  receiveWaiting,
  sendToBulk,
  sendToLong,
  sendToOrdered,
  sendToServer,
  sendToStandard,
  showOrdered,
  suspensions,
  tenantLimits,
  traces,
  waitingSchedules,
} from '../../shared/aws/uses/capabilities.ts';
export * from '../../shared/aws/uses/ending-uses.ts';
