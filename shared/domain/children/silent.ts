import type { JobItem } from '../state/job/item.ts';
import { isTerminal } from '../state/job/transitions.ts';
import { maxClockSkewMs } from '../state/waits/stuck.ts';

interface SilentSince {
  readonly round: number;
  /** Epoch milliseconds: what was written then or later has shown itself. */
  readonly since: number;
  readonly now: number;
}

/**
 * Whether nothing shows that a message leads to a child whose end nobody has counted: it has no item of its round, or
 * one that was not written for a time, or it has ended unheard. It may be in its queue all the same, behind others.
 */
export function isSilent(item: JobItem | undefined, { round, since, now }: SilentSince): boolean {
  if (!item || item.run < round || isTerminal(item.status)) return true;
  const { dueKey, leaseUntil = 0, notBefore = 0, updatedAt } = item;
  // It waits outside of its queue, or a worker has it, or it is hidden until its next attempt.
  if (dueKey !== undefined || Math.max(leaseUntil, notBefore) + maxClockSkewMs > now) return false;
  return updatedAt < since;
}
