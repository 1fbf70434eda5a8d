import { NetworkError, ProblemError } from './errors.ts';
import { sleep } from './time.ts';

/** How long the client tries: until one of these is reached. */
export interface RetryLimits {
  /** How often in all. */
  readonly tries: number;
  /** No try begins when so many seconds are over. */
  readonly seconds: number;
}

export const defaultRetries: RetryLimits = { tries: 8, seconds: 120 };

const firstPauseMs = 200;
const maxPauseMs = 20_000;
const passingStatuses = [500, 502, 503, 504];

interface Trying {
  /** Set for what must not be carried out twice: then only what was certainly not carried out is repeated. */
  readonly isOnce?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Tries until it succeeds, fails for good, or a limit is reached. @throws the last error */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { tries, seconds }: RetryLimits,
  { isOnce = false, signal }: Trying,
): Promise<Result> {
  const until = Date.now() + seconds * 1000;
  for (let tried = 1; ; tried += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const pauseMs = pauseAfter(error, tried);
      const isRepeated = mayPass(error, isOnce) && tried < tries && Date.now() + pauseMs <= until;
      if (!isRepeated) throw error;
      await sleep(pauseMs, signal);
    }
  }
}

/** So many of the tenant wait already. A caller that waits can ask for the job itself instead. */
export const isCrowdedOut = (
  error: unknown,
): error is ProblemError & { readonly retryAfterSeconds: number } =>
  error instanceof ProblemError &&
  error.limit?.name === 'waitsAtOnce' &&
  error.retryAfterSeconds !== undefined;

/** Whether the same call may succeed later. */
export const mayPass = (error: unknown, isOnce = false): boolean =>
  (error instanceof ProblemError &&
    !isCrowdedOut(error) &&
    (error.status === 429 || (!isOnce && passingStatuses.includes(error.status)))) ||
  (!isOnce && error instanceof NetworkError);

/**
 * Exponential, with full jitter: so clients that failed together do not come back together. What the API asks for comes
 * on top.
 */
function pauseAfter(error: unknown, tried: number): number {
  const asked = error instanceof ProblemError ? (error.retryAfterSeconds ?? 0) : 0;
  return asked * 1000 + Math.random() * Math.min(maxPauseMs, firstPauseMs * 2 ** (tried - 1));
}
