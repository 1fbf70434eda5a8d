import { type Contracts, mustPassCancelOn } from '../author/contract.ts';
import { type Disposition, deleted, itemChanged } from '../delivery/disposition.ts';
import type { FollowDependencies } from '../delivery/follow-pointer.ts';
import { notifyThenDelete } from '../delivery/notify-end.ts';
import { logEnd } from '../domain/observe/log-job-line.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';
import { maxClockSkewMs } from '../domain/state/waits/stuck.ts';
import { cancelForgottenWrite } from '../domain/state/writes/message-writes.ts';

interface FinishDependencies extends FollowDependencies {
  readonly contracts: Contracts;
}

/** So long, after the last sign of life, the receiver of the job's message may call the handler's `cancel`. */
const patienceMs = 3600_000;

const mayStillRun = {
  name: 'MessageLostError',
  message:
    'The message of the job was lost. What the job has started elsewhere was not canceled, and may still run.',
};

/**
 * Carries out a requested cancel whose job has no message that leads to it: its worker may be dead, and its message
 * lost. While a worker may live, or the message may come, the pointer is sent again.
 * @returns what becomes of the pointer
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function finishLostCancel(item: JobItem, deps: FinishDependencies): Promise<Disposition> {
  const { store, pointers, clock, retentionMs, keepChildrenMs, contracts } = deps;
  const now = clock.now();
  const isToBePassedOn = mustPassCancelOn(item, contracts);
  const waitedFor = isToBePassedOn ? item.updatedAt + patienceMs : 0;
  const due = Math.max(waitedFor, item.leaseUntil === undefined ? 0 : item.leaseUntil + maxClockSkewMs);
  if (due > now) {
    await pointers.send(pointerTo(item), (due - now) / 1000, item.tenant);
    return deleted('the holder of the job, or the receiver of its message, is to carry the cancel out');
  }
  const error = isToBePassedOn ? mayStillRun : undefined;
  const canceled = await store.write(cancelForgottenWrite(item, { now, retentionMs, keepChildrenMs, error }));
  if (!canceled) return itemChanged(now);
  logEnd(canceled, 'canceled', deps);
  return notifyThenDelete(canceled, deps);
}
