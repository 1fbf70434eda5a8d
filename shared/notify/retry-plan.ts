const minute = 60;
const hour = 3_600;

/** How many seconds to wait after each failed attempt. Together that is about three days. */
const waits: readonly number[] = [
  5,
  30,
  2 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  ...Array.from({ length: 8 }, () => 8 * hour),
];

/** An attempt for each wait, and the one before the first of them. */
export const maxAttempts = waits.length + 1;

/** A receiver may ask for a longer wait than the plan has. More than this is taken for this. */
export const maxRetryAfterSeconds = 8 * hour;

/** Receivers that failed at the same time are not asked again at the same time: a wait is up to a tenth off. */
const spread = 0.1;

/**
 * How long to wait for the next attempt.
 * @param attempts how many were made, from 1
 * @param random uniform in [0, 1)
 * @param retryAfterSeconds what the receiver asks for; the wait is no shorter than that
 * @returns milliseconds, or undefined if there is no further attempt
 */
export function waitAfter(attempts: number, random: number, retryAfterSeconds = 0): number | undefined {
  const planned = waits[attempts - 1];
  if (planned === undefined) return undefined;
  const spreadOut = planned * (1 - spread + 2 * spread * random);
  return Math.round(1000 * Math.max(spreadOut, Math.min(retryAfterSeconds, maxRetryAfterSeconds)));
}
