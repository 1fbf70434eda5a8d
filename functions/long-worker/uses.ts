/** What the function may touch: its environment and its role follow from this list. */
export {
  receiveLong,
  receiveOrdered,
  sendToLong,
  sendToServer,
  sendToStandard,
  signalLinks,
} from '../../shared/aws/uses/capabilities.ts';
export * from '../../shared/aws/uses/submit-uses.ts';
export * from '../../shared/aws/uses/worker-uses.ts';
