/** Why the demo did not come to its end; the message says it all. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
