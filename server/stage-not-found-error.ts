/** There is no stage to run jobs of. The message says what to do. */
export class StageNotFoundError extends Error {
  override readonly name = 'StageNotFoundError';
}
