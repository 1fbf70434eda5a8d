/** The command cannot be carried out as it was typed. Its message has a line for everything that is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
