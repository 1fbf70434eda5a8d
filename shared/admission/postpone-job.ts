import { type Disposition, deleted, returned } from '../delivery/disposition.ts';
import type { Clock } from '../domain/base/ports.ts';
import { firesAt } from '../domain/base/schedule-time.ts';
import type { OneTimeSchedules } from '../domain/schedules/schedule-ports.ts';
import { postponeWrite } from '../domain/state/admission-writes.ts';
import { isPostponed, type JobItem } from '../domain/state/item.ts';
import type { JobMessage } from '../domain/state/message.ts';
import { type JobPointer, pointerTo, scheduleNameOf } from '../domain/state/pointer.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { isWaiting } from '../domain/state/transitions.ts';

export interface PostponeDependencies {
  readonly store: JobStore;
  /** They send pointers to the waiting queue. */
  readonly schedules: OneTimeSchedules<JobPointer>;
  readonly clock: Clock;
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
 * schedule exists, and the delivered message is deleted only after that: whoever dies in between leaves the message.
 * @returns what becomes of the message
 * @throws StoreUnavailableError; SchedulesUnavailableError, if Scheduler throttles: then the message comes again
 */
export async function postponeJob(
  { message, messageId, item, dueAt }: Early,
  { store, schedules, clock }: PostponeDependencies,
): Promise<Disposition> {
  if (!isKept(item, message)) {
    const postponed = await store.write(
      postponeWrite(message, { admittedBy: messageId, dueAt }, clock.now()),
    );
    if (!postponed) return returned('the item changed while it was read', clock.now(), message);
  }
  const pointer = pointerTo(message);
  const name = scheduleNameOf(pointer, dueAt);
  await schedules.create({ name, at: firesAt(name, dueAt), message: pointer });
  return deleted('a schedule brings the job back when it is due');
}

/** A worker has done so, or it was postponed before: the delivery is repeated; or a pointer came that was not needed. */
const isKept = (item: JobItem | undefined, { options }: JobMessage): boolean =>
  item?.message !== undefined &&
  isWaiting(item.status) &&
  (options.dependsOn === undefined || item.admittedBy !== undefined || isPostponed(item));
