/** A limit of a tenant, and when it is worth trying again. */
export interface ExceededLimit {
  /** As commands and answers name it. */
  readonly limit: 'jobsPerMinute';
  /** How many the window has. */
  readonly max: number;
  readonly windowSeconds: number;
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;
}

/** The tenant has used up one of its limits. What was refused may be sent again later, as it is. */
export class LimitExceededError extends Error {
  override readonly name = 'LimitExceededError';
  readonly exceeded: ExceededLimit;

  constructor(exceeded: ExceededLimit) {
    const { limit, max, retryAfterSeconds: seconds } = exceeded;
    super(
      `The tenant has used up its limit \`${limit}\`, which is ${max}. Try again after ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    );
    this.exceeded = exceeded;
  }
}
