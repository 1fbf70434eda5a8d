/**
 * What a worker server may touch, whichever queues its owner has it receive from. The number of shards is for servers of
 * the version before: without it they do not start.
 */
export {
  listShards,
  receiveLong,
  receiveOrdered,
  receiveServer,
  receiveStandard,
  sendToBulk,
  sendToLong,
  sendToServer,
  sendToStandard,
  signalLinks,
} from './capabilities.ts';
export * from './worker-uses.ts';
