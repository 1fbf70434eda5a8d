import type { LimitName } from './limits.ts';

/** A limit of a tenant, and when it is worth trying again. */
export interface ExceededLimit {
  readonly limit: LimitName;
  /** How many the window has; without a window, how many there may be at once. */
  readonly max: number;
  /** Of a rate. */
  readonly windowSeconds?: number;
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;
}

/** The tenant has used up one of its limits. What was refused may be sent again later, as it is. */
export class LimitExceededError extends Error {
  override readonly name = 'LimitExceededError';
  readonly exceeded: ExceededLimit;

  /** @param remedy beside the time that passes */
  constructor(exceeded: ExceededLimit, remedy?: string) {
    const { limit, max, retryAfterSeconds: seconds } = exceeded;
    super(
      `The tenant has used up its limit \`${limit}\`, which is ${max}. Try again after ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.${remedy === undefined ? '' : ` ${remedy}`}`,
    );
    this.exceeded = exceeded;
  }
}
