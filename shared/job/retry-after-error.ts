/**
 * Thrown by a handler that is told to come again later, as by a 429: the job waits for so long, and uses no attempt. All
 * such waits of a run may have seven days together; with one that would end later, the job fails.
 */
export class RetryAfterError extends Error {
  override readonly name: string = 'RetryAfterError';
  /** Seconds from now on, or when. */
  readonly after: number | Date;

  /**
   * @param after seconds, or a time; a time that is past, and 0, mean at once: in a second
   * @param message why, for who looks at the job
   * @throws RangeError for what is no number of seconds and no time
   */
  constructor(after: number | Date, message?: string, options?: ErrorOptions) {
    const isTime = after instanceof Date;
    if (!Number.isFinite(isTime ? after.getTime() : after) || (!isTime && after < 0))
      throw new RangeError(`RetryAfterError takes a time, or seconds from 0 on, and was given ${after}`);
    const when = isTime ? `at ${after.toISOString()}` : `after ${after} s`;
    super(message ?? `to be tried again ${when}`, options);
    this.after = after;
  }
}
