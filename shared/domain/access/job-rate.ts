import { LimitExceededError } from './limit-error.ts';

/*
 * The rate of a tenant's jobs is one number: the theoretical arrival time, up to when all jobs that came in would have come one after
 * another, each its interval after the one before (GCRA). A job may come in if this time is then a minute ahead at most. So a tenant
 * that has sent nothing for a minute may send all jobs of a minute at once.
 *
 * The time is in epoch microseconds. In milliseconds, an interval of less than one would be none; and a fraction would not be exact.
 */

export const rateWindowSeconds = 60;
const windowMicros = rateWindowSeconds * 1_000_000;

/** Higher, and an interval would be rounded by more than a sixtieth. */
export const maxJobsPerMinute = 1_000_000;

export interface Rate {
  /** Jobs a minute. */
  readonly perMinute: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

export const microsOf = (epochMs: number): number => Math.round(epochMs * 1000);

/** How far a job moves the theoretical arrival time. */
export const intervalOf = (perMinute: number): number => Math.floor(windowMicros / perMinute);

/** Up to when the theoretical arrival time may be before so many jobs come in. */
export const latestBefore = (jobs: number, { perMinute, now }: Rate): number =>
  microsOf(now) + windowMicros - jobs * intervalOf(perMinute);

/** How many jobs may come in, `arrivesAt` being the theoretical arrival time. */
export function roomFor(arrivesAt: number, { perMinute, now }: Rate): number {
  const left = microsOf(now) + windowMicros - Math.max(arrivesAt, microsOf(now));
  return Math.min(perMinute, Math.max(0, Math.floor(left / intervalOf(perMinute))));
}

/** Why the next job does not come in, and when it would. */
export const refusalOf = (arrivesAt: number, { perMinute, now }: Rate): LimitExceededError =>
  new LimitExceededError({
    limit: 'jobsPerMinute',
    max: perMinute,
    windowSeconds: rateWindowSeconds,
    retryAfterSeconds: Math.max(1, Math.ceil((arrivesAt - latestBefore(1, { perMinute, now })) / 1_000_000)),
  });
