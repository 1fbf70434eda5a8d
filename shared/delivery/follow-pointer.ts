import { FutureRunError } from '../domain/base/errors.ts';
import type { Clock } from '../domain/base/ports.ts';
import { MissingObjectError } from '../domain/objects/object-errors.ts';
import type { ObjectStore } from '../domain/objects/object-ports.ts';
import { type EndObserver, logEnd } from '../domain/observe/log-job-line.ts';
import { isPostponed, type JobItem, waitsInGroup } from '../domain/state/job/item.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import type { JobPointer } from '../domain/state/job/pointer.ts';
import { isTerminal } from '../domain/state/job/transitions.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { orMissing, readStoredCopy } from '../domain/state/stored-copies.ts';
import { failForgottenWrite } from '../domain/state/writes/message-writes.ts';
import { type Disposition, deleted, itemChanged } from './disposition.ts';
import { type DeliveredEndDependencies, notifyThenDelete } from './notify-end.ts';

export interface FollowDependencies extends DeliveredEndDependencies, EndObserver {
  readonly store: JobStore;
  /** Where large messages are. */
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly clock: Clock;
  readonly retentionMs: number;
  readonly keepChildrenMs?: number | undefined;
}

/**
 * What a pointer led to: a job that has not ended, with the message that its item keeps; one without a message that is
 * to be canceled; or one that has ended.
 */
export type Followed =
  | { readonly kind: 'open'; readonly item: JobItem; readonly message: JobMessage }
  | { readonly kind: 'canceling'; readonly item: JobItem }
  | { readonly kind: 'ended'; readonly item: JobItem };

const messageIsGone = {
  name: 'MessageLostError',
  message: 'The job was due, but its payload was in an object that is not in the bucket any more.',
};

/**
 * Finds the job that a pointer stands for.
 * @returns the job; or what becomes of the pointer, if it is of no use any more
 * @throws FutureRunError, as a restored table makes it; UnreadableMessageError, if the kept text is no message;
 * StoreUnavailableError, ObjectsUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function followPointer(
  { id, run, fingerprint }: JobPointer,
  deps: FollowDependencies,
): Promise<Followed | Disposition> {
  const item = await deps.store.read(id);
  // A pointer to a debounced job may be older than its payload. Its id is never that of another job.
  if (item?.fingerprint !== fingerprint && !item?.debounced) return deleted('the job it points to is gone');
  if (item.run > run) return deleted('the job was retried since');
  if (item.run < run)
    throw new FutureRunError(`the pointer is to run ${run}, the item is of run ${item.run}`);
  if (isTerminal(item.status)) return { kind: 'ended', item };
  if (item.message === undefined && item.cancelRequested) return { kind: 'canceling', item };
  if (item.message === undefined || hasCopy(item)) return deleted('the message itself is in a queue');
  const message = await readStoredCopy(item.message, deps.objects).catch(orMissing);
  if (message instanceof MissingObjectError) return failForgotten(item, deps);
  if (message instanceof Error) throw message;
  const { left } = item;
  // Its claim is to be refused once the message has left its queue again.
  return { kind: 'open', item, message: { ...message, left } };
}

/**
 * Whether the item has a copy of a message that is in a queue: the job sleeps for minutes. A cancel call sent the
 * pointer, and did not write. If it has requested the cancel, that is not to wait for the message. A pointer to a
 * parent in a group asks for it.
 */
const hasCopy = (item: JobItem): boolean =>
  item.notBefore !== undefined && !item.cancelRequested && !isPostponed(item) && !waitsInGroup(item);

/** The object is gone because the job has gone on since its item was read; or else nobody can run the job any more. */
async function failForgotten(item: JobItem, deps: FollowDependencies): Promise<Disposition> {
  const now = deps.clock.now();
  const { retentionMs, keepChildrenMs } = deps;
  const end = { now, retentionMs, keepChildrenMs, error: messageIsGone };
  const failed = await deps.store.write(failForgottenWrite(item, end));
  if (!failed) return itemChanged(now);
  logEnd(failed, 'forgotten', deps);
  return notifyThenDelete(failed, deps);
}
