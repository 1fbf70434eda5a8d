/** What a worker server may touch, whichever queues its owner has it receive from. */
export {
  listShards,
  receiveLong,
  receiveOrdered,
  receiveServer,
  receiveStandard,
  sendToLong,
  sendToServer,
  sendToStandard,
  signalLinks,
} from './capabilities.ts';
export * from './submit-uses.ts';
export * from './worker-uses.ts';
