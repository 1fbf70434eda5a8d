/** What the function may touch: its environment and its role follow from this list. */
export { listShards, maxWait } from '../../shared/aws/capabilities.ts';
export * from '../../shared/aws/door-uses.ts';
