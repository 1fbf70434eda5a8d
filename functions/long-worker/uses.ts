/** What the function may touch: its environment and its role follow from this list. */
export {
  receiveLong,
  receiveOrdered,
  sendToBulk,
  sendToLong,
  sendToServer,
  sendToStandard,
  signalLinks,
} from '../../shared/aws/capabilities.ts';
export * from '../../shared/aws/submit-uses.ts';
export * from '../../shared/aws/worker-uses.ts';
