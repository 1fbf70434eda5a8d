/** What the function may touch: its environment and its role follow from this list. */
export { tokenIssuer } from '../../shared/aws/uses/capabilities.ts';
