import type { Kind } from '../base/records.ts';

/*
 * How many jobs of a tenant are unfinished, or of a group of it. The index of them is the truth, and to count it costs
 * reads for each of them. So the door has a number of its own, which is never lower than that: each job that comes in
 * adds one, and the ends of jobs take nothing off. Every few seconds, if it may matter, one process counts the index,
 * and the number becomes what was counted.
 *
 * The index follows the door: a job is in it after its submission has sent and written it. So what has come in during
 * the last seconds is added to what was counted, although some of that is in the index already. Times are epoch
 * milliseconds.
 */

export const jobCountsKind = {
  id: 'job-count/<tenant>, job-count/<tenant>/group/<group>, job-count/<tenant>/waiting',
  has: 'jobs of a tenant that the door has counted',
  expires: 'a day after the last submission',
} as const satisfies Kind;

/** A submission is in the index by then, nearly always. It is also how often the index is counted at most. */
export const countAgainMs = 5_000;

/** Without the number, the next submission counts the index. */
const keepCountsMs = 24 * 3_600_000;

/** Epoch seconds: when a number expires that is written now. @param now epoch milliseconds */
export const countExpiresAt = (now: number): number => Math.ceil((now + keepCountsMs) / 1000);

/** As the door has it. */
export interface JobCount {
  readonly count: number;
  /** The count when the index was counted last, and when that began. */
  readonly seen: number;
  readonly seenAt: number;
  /** When a job came in last. */
  readonly raisedAt: number;
}

export const roomIn = ({ count }: JobCount, max: number): number => Math.max(0, max - count);

/**
 * Whether the index may be counted again. The clock of who has counted last may be ahead: it does not hold up the
 * others.
 */
export const mayCountAgain = ({ seenAt }: JobCount, now: number): boolean =>
  Math.abs(now - seenAt) >= countAgainMs;

/** From this on the index is counted before it matters: nobody is to be refused because of jobs that have ended. */
export const isHalfFull = ({ count }: JobCount, max: number): boolean => count * 2 >= max;

/** In how many whole seconds the index may be counted again, at least 1. */
export const secondsToCount = ({ seenAt }: JobCount, now: number): number =>
  Math.max(1, Math.ceil((seenAt + countAgainMs - now) / 1_000));

/**
 * What the number becomes when the index was counted.
 * @param begun as the number was when the counting began
 * @param unfinished how many jobs the index had after that
 */
export function recounted(begun: JobCount, unfinished: number, now: number): number {
  const { count, seen, raisedAt } = begun;
  const cameInSince = now - raisedAt >= countAgainMs ? 0 : Math.max(0, count - seen);
  return Math.min(unfinished + cameInSince, Math.max(count, unfinished));
}
