import { dayMs } from '../../base/schedule-time.ts';
import type { JobItem } from '../job/item.ts';
import { isTerminal } from '../job/transitions.ts';

/*
 * When a job is stuck: it has not ended, and no message leads to it any more. A queue keeps a message for 14 days, and
 * no queue can be asked which messages it has. So what an item proves about its message decides. Times are epoch
 * milliseconds.
 */

/** As infra/resources/queues.yml has it: `MessageRetentionPeriod`. */
const retentionMs = 14 * dayMs;
/** A message is sent within a day of the write that proves it: a function may have to be called again. */
const proofMs = retentionMs + dayMs;

/** The clocks of two functions, or of a worker and a function, differ by no more. */
export const maxClockSkewMs = 60_000;

/** A job whose message was sent earlier has none any more, unless something has proved another one since. */
export const seenLongAgo = (now: number): number => now - proofMs;

/** When it was last sure that a queue has the job's message, or that a worker has it. */
export const lastSeenAt = ({ updatedAt, seenAt = 0 }: JobItem): number => Math.max(updatedAt, seenAt);

export interface Look {
  readonly now: number;
  /** What was not seen since then has no message in a queue any more. */
  readonly lostUnlessSeenSince: number;
}

/** Why a job is not stuck: one of these is enough. */
export const signsOfLife = {
  ended: ({ status }) => isTerminal(status),
  /** The item keeps its message, and the function `overdue` brings the job back, if no schedule and no wake does. */
  waits: ({ dueKey }) => dueKey !== undefined,
  leased: ({ leaseUntil = 0 }, { now }) => leaseUntil + maxClockSkewMs > now,
  seen: (item, { lostUnlessSeenSince }) => lastSeenAt(item) > lostUnlessSeenSince,
} as const satisfies Record<string, (item: JobItem, look: Look) => boolean>;

/** Whether no message leads to a job that has not ended. */
export const isStuck = (item: JobItem, look: Look): boolean =>
  !Object.values(signsOfLife).some((holds) => holds(item, look));
