/** What the function may touch: its environment and its role follow from this list. */
export { readMetrics } from '../../shared/aws/uses/capabilities.ts';
export * from '../../shared/aws/uses/operation-uses.ts';
