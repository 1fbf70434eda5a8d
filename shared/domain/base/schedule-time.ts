/** How EventBridge Scheduler and SQS share a wait: the schedule brings the message early, and SQS delays the rest. */

/** SQS delays a message by 15 minutes at most. */
export const maxQueueDelaySeconds = 900;

/** A job can be due a year ahead. An object that a waiting job's message is in is kept for longer. */
export const maxAheadSeconds = 365 * 24 * 3600;

/** For how long Scheduler tries to send a message to its queue: its own default, and its maximum. */
export const retryPolicy = { MaximumEventAgeInSeconds: 24 * 3600, MaximumRetryAttempts: 185 } as const;

const minuteMs = 60_000;
export const dayMs = 24 * 3600 * 1000;

/**
 * Scheduler fires anywhere within its minute, and 1,000 schedules a second. What is due in the same minute is spread
 * over some minutes before, as many as SQS can delay: it comes 1 to 14 minutes early.
 */
const minMinutesEarly = 2;
const spreadMinutes = 12;

/**
 * When the schedule of what is due at a time fires: a full minute. The same for the same name.
 * @param name of the schedule; it ends with hexadecimal digits @param dueAt epoch milliseconds
 */
export function firesAt(name: string, dueAt: number): number {
  const minutesEarly = minMinutesEarly + (Number.parseInt(name.slice(-8), 16) % spreadMinutes);
  return (Math.floor(dueAt / minuteMs) - minutesEarly) * minuteMs;
}

/** Whether SQS can delay a message until then. Times are epoch milliseconds. */
export const isWithinDelay = (dueAt: number, now: number): boolean =>
  dueAt - now <= maxQueueDelaySeconds * 1000;

/** How the tags of the jobs of schedules begin. Nobody else gives a job such a tag. */
export const scheduleTags = 'schedule:';
