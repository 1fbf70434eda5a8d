/** What a function may touch by which somebody sees jobs and acts on them, and submits others. */
export {
  jobLists,
  notifyEnds,
  queueFigures,
  readLogs,
  readMaps,
  readMessages,
  readResults,
  sendToBulk,
  showOrdered,
  signUploads,
  storeAnswers,
} from './capabilities.ts';
export * from './door-uses.ts';
