/** What the function may touch: its environment and its role follow from this list. */
export { receiveDeadLetters, sendToDeadLetters } from '../../shared/aws/capabilities.ts';
export * from '../../shared/aws/ending-uses.ts';
