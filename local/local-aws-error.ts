/** What the person at the keyboard can put right: the message says it all, and no stack is shown. */
export class LocalAwsError extends Error {
  override readonly name = 'LocalAwsError';
}
