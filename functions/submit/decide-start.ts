import { longestAheadSeconds } from '../../shared/contracts/submit-request.ts';
import { InvalidRequestError } from '../../shared/errors.ts';

interface Timed {
  readonly delaySeconds?: number | undefined;
  /** Epoch milliseconds. */
  readonly runAt?: number | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** A submission that got no answer may be repeated with its key, when its time has come meanwhile. */
const repeatedWithinMs = 5 * 60_000;

/**
 * When a job may run at the earliest, epoch milliseconds; undefined: at once.
 * @throws InvalidRequestError for a time that is past, or more than 14 days ahead
 */
export function decideStart(
  { delaySeconds = 0, runAt, idempotencyKey }: Timed,
  now: number,
): number | undefined {
  if (runAt === undefined) return delaySeconds === 0 ? undefined : now + delaySeconds * 1000;
  const earliest = idempotencyKey === undefined ? now : now - repeatedWithinMs;
  if (runAt < earliest) throw refusal('is in the past');
  if (runAt > now + longestAheadSeconds * 1000) throw refusal('is more than 14 days ahead');
  return runAt;
}

const refusal = (detail: string) =>
  new InvalidRequestError('The job cannot be run at that time.', [{ pointer: '/runAt', detail }]);
