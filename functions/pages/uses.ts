/** What the function may touch: its environment and its role follow from this list. */
export {
  callers,
  jobLists,
  jobQueues,
  jobRetention,
  jobTable,
  metrics,
  notifyEnds,
  publicUrl,
  queueFigures,
  readLogs,
  readMessages,
  readResults,
  showOrdered,
  signUploads,
  stageSetup,
  uploadRetention,
} from '../../shared/aws/capabilities.ts';
