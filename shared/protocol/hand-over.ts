import type { HistoryEntry, JobItem, JobProgress } from '../contracts/job-item.ts';
import { writeMessage } from '../contracts/job-message.ts';
import { transitions } from '../job.ts';
import { conditionOf } from './condition.ts';
import { historyWith } from './history.ts';
import { type Lease, receiptOf } from './holder-writes.ts';
import type { JobWrite } from './job-write.ts';

interface HandOver {
  readonly now: number;
  readonly checkpoint: string | undefined;
  readonly progress: JobProgress | undefined;
  /** For a sleep: when the job is to go on, epoch milliseconds. */
  readonly wakeAt?: number | undefined;
}

/** Gives the job to whoever receives its message next, from what it has saved, with all its attempts. */
export function handOverWrite(lease: Lease, { now, wakeAt, checkpoint, progress }: HandOver): JobWrite {
  const { item, message } = lease;
  const transition = wakeAt === undefined ? 'handOver' : 'sleep';
  return {
    id: item.id,
    transition,
    condition: conditionOf(transition, { now, token: item.token }),
    set: {
      status: transitions[transition].to,
      attempt: 0,
      updatedAt: now,
      history: foldedHistory(item, now),
      // A held-up try of this very claim is too early then: it would start a slice that nobody works at.
      notBefore: wakeAt ?? item.updatedAt + 1,
      // Should it be canceled asleep, a retry must not have to wait for the hidden message.
      ...(wakeAt === undefined ? {} : { ...receiptOf(lease), message: writeMessage(message) }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(progress ? { progress } : {}),
    },
    increment: ['slices'],
    remove: ['claimId', 'leaseUntil', 'error'],
  };
}

/** A slice that was handed on without trouble leaves nothing but the time of the latest hand-over. */
function foldedHistory({ history, maxAttempts }: JobItem, now: number): HistoryEntry[] {
  const smooth = history.at(-1)?.event === 'started' && history.at(-2)?.event === 'handed-over';
  return historyWith(
    { history: smooth ? history.slice(0, -2) : history, maxAttempts },
    { event: 'handed-over', at: now, attempt: 0 },
  );
}
