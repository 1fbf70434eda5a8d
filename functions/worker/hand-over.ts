/** Thrown through the job, to end its slice: not a failure, but the way on. */
export class HandOver extends Error {
  override readonly name = 'HandOver';
  /** Milliseconds until the job is to go on, if it sleeps. */
  readonly sleepMs: number | undefined;

  constructor(sleepMs?: number) {
    super(sleepMs === undefined ? 'the time of this invocation is up' : `asleep for ${sleepMs / 1000} s`);
    this.sleepMs = sleepMs;
  }
}
