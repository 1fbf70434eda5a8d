import { InvalidRequestError } from '../job/errors.ts';
import { maxAheadSeconds } from '../job/ports.ts';

interface Timed {
  readonly delaySeconds?: number | undefined;
  /** Epoch milliseconds. */
  readonly runAt?: number | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** A submission that got no answer may be repeated with its key, even if its time has come meanwhile. */
const repeatedWithinMs = 5 * 60_000;

/**
 * Decides when a job may run at the earliest.
 * @returns epoch milliseconds; undefined: at once
 * @throws InvalidRequestError for a time that is past, or more than 14 days ahead
 */
export function decideStart(
  { delaySeconds = 0, runAt, idempotencyKey }: Timed,
  now: number,
): number | undefined {
  if (runAt === undefined) return delaySeconds === 0 ? undefined : now + delaySeconds * 1000;
  const earliest = idempotencyKey === undefined ? now : now - repeatedWithinMs;
  if (runAt < earliest) throw invalidTime('is in the past');
  if (runAt > now + maxAheadSeconds * 1000) throw invalidTime('is more than 14 days ahead');
  return runAt;
}

const invalidTime = (detail: string) =>
  new InvalidRequestError('The job cannot be run at that time.', [{ pointer: '/runAt', detail }]);
