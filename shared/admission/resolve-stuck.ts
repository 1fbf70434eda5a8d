import { type Contracts, mustPassCancelOn, runQueueOf } from '../author/contract.ts';
import { type Disposition, deleted, itemChanged } from '../delivery/disposition.ts';
import type { FollowDependencies } from '../delivery/follow-pointer.ts';
import { notifyAgainThenDelete, notifyThenDelete } from '../delivery/notify-end.ts';
import { routeOf } from '../delivery/route.ts';
import { type WantLookDependencies, wantLook } from '../delivery/want-look.ts';
import { MissingObjectError } from '../domain/objects/object-errors.ts';
import { logEnd } from '../domain/observe/log-job-line.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import { type JobPointer, pointerTo } from '../domain/state/job/pointer.ts';
import { isTerminal, isWaiting } from '../domain/state/job/transitions.ts';
import type { JobQueue } from '../domain/state/ports.ts';
import { textInObject } from '../domain/state/stored/stored-text.ts';
import { orMissing, readStoredCopy } from '../domain/state/stored-copies.ts';
import { isStuck, lastSeenAt } from '../domain/state/waits/stuck.ts';
import { failLostWrite, noteCopyWrite } from '../domain/state/writes/message-writes.ts';
import type { RunQueues } from './admit-job.ts';
import { finishLostCancel } from './finish-lost-cancel.ts';

export interface StuckJobDependencies extends FollowDependencies, WantLookDependencies {
  readonly contracts: Contracts;
  readonly runQueues: RunQueues;
  /** The queue of the jobs of groups. */
  readonly ordered: Pick<JobQueue, 'send'>;
  /** The queue that the pointer comes from. */
  readonly queue: Pick<JobQueue, 'send'>;
}

/** A FIFO queue takes no message twice within five minutes. */
const deduplicationMs = 6 * 60_000;

const lost = 'No queue has the message of the job any more, and its payload was kept nowhere.';
const errorOf = (item: JobItem, contracts: Contracts) => ({
  name: 'MessageLostError',
  message: mustPassCancelOn(item, contracts)
    ? `${lost} What the job has started elsewhere may still run.`
    : lost,
});

/**
 * Sees to a job that somebody took for stuck. If its payload is kept, its message is sent again: a copy is harmless.
 * Else the job has failed.
 * @returns what becomes of the pointer
 * @throws StoreUnavailableError, QueueUnavailableError, ObjectsUnavailableError, NewerVersionError;
 * UnreadableMessageError, if the kept text is no message
 */
export async function resolveStuck(
  { id, run, fingerprint, lostUnlessSeenSince }: JobPointer & { readonly lostUnlessSeenSince: number },
  deps: StuckJobDependencies,
): Promise<Disposition> {
  const item = await deps.store.read(id);
  if (item?.fingerprint !== fingerprint || item.run !== run) return deleted('the job has gone on since');
  // The process that ended the job may have died before the notification.
  if (isTerminal(item.status)) return notifyAgainThenDelete(item, deps);
  if (!isStuck(item, { now: deps.clock.now(), lostUnlessSeenSince })) return deleted('the job is not stuck');
  const message = await keptMessage(item, deps);
  if (message) return sendAgain(item, { message, lostUnlessSeenSince }, deps);
  if (await isSentByParent(item, deps)) return deleted('its parent sends its message again');
  // Of a job that waits only the object with its message can be gone: there is nobody left to ask for its cancel.
  return item.cancelRequested && !isWaiting(item.status) ? finishLostCancel(item, deps) : fail(item, deps);
}

/** Of a child the parent has the payload, as long as it waits. */
async function isSentByParent({ parent: place }: JobItem, deps: StuckJobDependencies): Promise<boolean> {
  const parent = place && (await deps.store.read(place.id));
  return parent !== undefined && place !== undefined && wantLook({ parent, batch: place.batch }, deps);
}

/** The message of the item's run. The object stays when a claim forgets that it has the message. */
async function keptMessage(
  { message, keptMessage, messageObject, run, fingerprint, left }: JobItem,
  { objects }: StuckJobDependencies,
): Promise<JobMessage | undefined> {
  const kept =
    message ?? keptMessage ?? (messageObject === undefined ? undefined : textInObject(messageObject));
  if (kept === undefined) return undefined;
  const read = await readStoredCopy(kept, objects).catch(orMissing);
  if (read instanceof MissingObjectError) return undefined;
  if (read instanceof Error) throw read;
  return read.fingerprint === fingerprint ? { ...read, run, left } : undefined;
}

interface Kept {
  readonly message: JobMessage;
  readonly lostUnlessSeenSince: number;
}

/**
 * The message is sent before the item says so: a process that dies in between makes the pointer's next receiver
 * send one more.
 */
async function sendAgain(
  item: JobItem,
  { message, lostUnlessSeenSince }: Kept,
  deps: StuckJobDependencies,
): Promise<Disposition> {
  const { store, pointers, clock, log, contracts } = deps;
  const now = clock.now();
  const takenAt = lastSeenAt(item) + deduplicationMs;
  if (item.group !== undefined && takenAt > now) {
    await pointers.send({ ...pointerTo(item), lostUnlessSeenSince }, (takenAt - now) / 1000, item.tenant);
    return deleted('its queue would take the message for the one that was lost');
  }
  const { queue, delaySeconds } = routeOf(message, contracts, now);
  // What it depends on has succeeded, and may have expired since.
  const hasBegun = item.startedAt !== undefined && message.options.group === undefined;
  const place = hasBegun ? runQueueOf(contracts, item.type) : queue;
  log.warn('a lost message is sent again', { jobId: item.id, type: item.type });
  await queuesOf(deps)[place].send({ ...message, requeued: true }, hasBegun ? 0 : delaySeconds);
  await store.write(noteCopyWrite(message, clock.now()));
  return deleted('its message was lost, and is sent again');
}

const queuesOf = ({ runQueues, ordered, queue }: StuckJobDependencies) => ({
  ...runQueues,
  ordered,
  waiting: queue,
});

async function fail(item: JobItem, deps: StuckJobDependencies): Promise<Disposition> {
  const now = deps.clock.now();
  const error = errorOf(item, deps.contracts);
  const { retentionMs, keepChildrenMs } = deps;
  const failed = await deps.store.write(failLostWrite(item, { now, retentionMs, keepChildrenMs, error }));
  if (!failed) return itemChanged(now);
  deps.log.error('job failed: its message is lost', { jobId: item.id, type: item.type });
  logEnd(failed, 'forgotten', deps);
  return notifyThenDelete(failed, deps);
}
