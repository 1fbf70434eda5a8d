/** What the function may touch: its environment and its role follow from this list. */
export { receiveDeadLetters, sendToDeadLetters } from '../../shared/aws/uses/capabilities.ts';
export * from '../../shared/aws/uses/ending-uses.ts';
