import { deliveredText } from '../delivery/delivered-text.ts';
import type { Disposition } from '../delivery/disposition.ts';
import { type FollowDependencies, followPointer } from '../delivery/follow-pointer.ts';
import { notifyAgainThenDelete } from '../delivery/notify-end.ts';
import { quarantine, receivedOf } from '../delivery/read-delivery.ts';
import { asError, UnreadableMessageError } from '../domain/base/errors.ts';
import { readWaitingMessage } from '../domain/schedules/waiting-message.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import { type JobPointer, scheduleNameOf } from '../domain/state/job/pointer.ts';
import type { Delivery } from '../domain/state/ports.ts';
import { type AdmissionDependencies, admitJob } from './admit-job.ts';
import { finishLostCancel } from './finish-lost-cancel.ts';
import { makeScheduledJob, type ScheduledJobDependencies } from './make-scheduled-job.ts';
import { resolveStuck, type StuckJobDependencies } from './resolve-stuck.ts';

export type ArrivalDependencies = AdmissionDependencies &
  ScheduledJobDependencies &
  FollowDependencies &
  StuckJobDependencies;

/**
 * Does what a text from the waiting queue calls for.
 * @returns what becomes of it
 * @throws StoreUnavailableError, QueueUnavailableError, ObjectsUnavailableError, NewerVersionError; FutureRunError
 */
export async function processArrival(delivery: Delivery, deps: ArrivalDependencies): Promise<Disposition> {
  // What Scheduler gave up may be moved here from quarantine.
  const read = readWaitingMessage(deliveredText(delivery.body));
  if (read instanceof UnreadableMessageError) return quarantine(delivery, read, deps);
  const { messageId } = delivery;
  if (!('kind' in read)) {
    const received = receivedOf(read, delivery);
    const item = await deps.store.read(read.id);
    return admitJob({ ...received, messageId, item }, deps);
  }
  if (read.kind === 'occurrence') return makeScheduledJob(read, deps);
  const { lostUnlessSeenSince } = read;
  if (lostUnlessSeenSince !== undefined) return resolveStuck({ ...read, lostUnlessSeenSince }, deps);
  const followed = await followPointer(read, deps);
  switch (followed.kind) {
    case 'open': {
      const { item, message } = followed;
      const received = receivedOf(message, delivery);
      const { again = received.again } = read;
      return admitJob({ ...received, again, messageId, item }, deps);
    }
    case 'canceling':
      return finishLostCancel(followed.item, deps);
    case 'ended': {
      // The process that ended it may have died before it notified of that, and no message is left that could make up
      // for it.
      const disposition = await notifyAgainThenDelete(followed.item, deps);
      await forgetSchedule(read, followed.item, deps);
      return disposition;
    }
    default:
      return followed;
  }
}

/** What fires for a job that has ended does no harm. It is in the way of a person, and of the account's quota. */
async function forgetSchedule(
  pointer: JobPointer,
  { runAt, postponedUntil = runAt }: JobItem,
  { schedules, log }: AdmissionDependencies,
): Promise<void> {
  if (postponedUntil === undefined) return;
  try {
    await schedules.delete(scheduleNameOf(pointer, postponedUntil));
  } catch (thrown) {
    log.warn('schedule not deleted', { error: asError(thrown), jobId: pointer.id });
  }
}
