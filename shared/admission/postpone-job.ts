import { type Disposition, deleted, itemChanged } from '../delivery/disposition.ts';
import type { Clock, Log, Random } from '../domain/base/ports.ts';
import { firesAt, maxQueueDelaySeconds } from '../domain/base/schedule-time.ts';
import { SchedulesUnavailableError } from '../domain/schedules/schedule-errors.ts';
import type { OneTimeSchedules, PointerQueue } from '../domain/schedules/schedule-ports.ts';
import { isPostponed, type JobItem } from '../domain/state/job/item.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import { type JobPointer, pointerTo, scheduleNameOf } from '../domain/state/job/pointer.ts';
import { isWaiting } from '../domain/state/job/transitions.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { postponeWrite } from '../domain/state/writes/admission-writes.ts';

export interface PostponeDependencies {
  readonly store: JobStore;
  /** They send pointers to the waiting queue. */
  readonly schedules: OneTimeSchedules<JobPointer>;
  /** The same queue. */
  readonly pointers: PointerQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Early {
  readonly message: JobMessage;
  readonly messageId: string;
  /** As it was read. */
  readonly item: JobItem | undefined;
  /** Epoch milliseconds. */
  readonly dueAt: number;
}

/**
 * Leaves a job to a schedule, which brings a pointer to it when it is almost due. The item keeps the message before the
 * schedule exists, and the delivered message is deleted only after that: a function that dies in between leaves the
 * message.
 * @returns what becomes of the message
 * @throws StoreUnavailableError; QueueUnavailableError, if Scheduler refuses, and no pointer can be sent
 */
export async function postponeJob(early: Early, deps: PostponeDependencies): Promise<Disposition> {
  const { message, messageId, item, dueAt } = early;
  const { store, schedules, clock, log } = deps;
  const kept = isKept(item, message)
    ? item
    : await store.write(postponeWrite(message, { admittedBy: messageId, dueAt }, clock.now()));
  if (!kept) return itemChanged(clock.now(), message);
  const pointer = pointerTo(message);
  const name = scheduleNameOf(pointer, dueAt);
  try {
    await schedules.create({ name, at: firesAt(name, dueAt), message: pointer });
  } catch (error) {
    if (!(error instanceof SchedulesUnavailableError)) throw error;
    log.warn('schedule not created', { error, jobId: message.id });
    return comeAgain(pointer, kept, deps);
  }
  return deleted('a schedule brings the job back when it is due');
}

/** Scheduler has refused. An invisible message would be in flight, and throttled jobs would fill their queue. */
async function comeAgain(
  pointer: JobPointer,
  { updatedAt, tenant }: JobItem,
  { pointers, clock, random }: PostponeDependencies,
): Promise<Disposition> {
  await pointers.send(pointer, pauseAfterRefusal(clock.now() - updatedAt, random.fraction()) / 1000, tenant);
  return deleted('Scheduler refuses, and a pointer comes again');
}

const minPauseMs = 120_000;

/**
 * How long a job waits until it asks Scheduler again: half as long to as long as it has waited by then, and never
 * longer than SQS delays a message. A job that needs a schedule is due later than that, so no pause makes it late.
 * @param random uniform in [0, 1) @returns milliseconds
 */
export const pauseAfterRefusal = (waitedMs: number, random: number): number =>
  Math.round(Math.min(Math.max(waitedMs, minPauseMs), maxQueueDelaySeconds * 1000) * (1 - random / 2));

/**
 * A worker has done so, or it was postponed before: the delivery is repeated; or a pointer came that was not needed.
 */
const isKept = (item: JobItem | undefined, { options }: JobMessage): item is JobItem =>
  item?.message !== undefined &&
  isWaiting(item.status) &&
  (options.dependsOn === undefined || item.admittedBy !== undefined || isPostponed(item));
