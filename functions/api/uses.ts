/** What the function may touch: its environment and its role follow from this list. */
export {
  abortResults,
  callers,
  eraseObjects,
  jobLists,
  jobQueues,
  jobRetention,
  jobTable,
  notifyEnds,
  queueFigures,
  readInputs,
  readMessages,
  readResults,
  showOrdered,
  signUploads,
  stageSetup,
  uploadRetention,
} from '../../shared/aws/capabilities.ts';
