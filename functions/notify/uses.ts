/** What the function may touch: its environment and its role follow from this list. */
export {
  endpointTable,
  eventBus,
  jobTable,
  mail,
  metrics,
  nameLookups,
  notifyEnds,
  notifySchedules,
  notifyTargets,
  quarantine,
  receiveNotifications,
  sendToNotifyDeadLetters,
  tenants,
  traces,
  webhookHosts,
  webhookSecrets,
} from '../../shared/aws/capabilities.ts';
