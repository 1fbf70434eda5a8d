import { maxQueueDelaySeconds } from '../domain/base/schedule-time.ts';

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

/** What waits for its turn comes again within a minute at first. */
const turnsMs = minute * 1000;

/**
 * How long to wait for a turn. The longer a notification has waited, the later it comes again, as many others wait,
 * too. It is never so long that it would need a schedule: the name of a schedule has the number of attempts, and a wait
 * is none.
 * @returns milliseconds
 */
export function turnAfter(waitedMs: number, random: number, retryAfterSeconds: number): number {
  const wait = retryAfterSeconds * 1000 + random * Math.max(turnsMs, waitedMs / 2);
  return Math.round(Math.min(wait, maxQueueDelaySeconds * 1000));
}

/** How many seconds to wait between the tries of an endpoint: no longer than SQS delays a message. */
const endpointWaits = [5, 30, 2 * minute, 10 * minute, 13 * minute] as const;

/**
 * How long to wait for the next try of an endpoint. However often it has failed, there is another one.
 * @param failures how many tries have failed in a row, from 1
 * @returns milliseconds
 */
export function endpointWaitAfter(failures: number, random: number, retryAfterSeconds = 0): number {
  const [first] = endpointWaits;
  const last = endpointWaits[endpointWaits.length - 1] ?? first;
  const spreadOut = (endpointWaits[failures - 1] ?? last) * (1 - spread + 2 * spread * random);
  return Math.round(1000 * Math.max(spreadOut, Math.min(retryAfterSeconds, maxQueueDelaySeconds)));
}
