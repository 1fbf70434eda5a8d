import { FutureRunError, UnreadableMessageError } from '../domain/base/errors.ts';
import type { Random } from '../domain/base/ports.ts';
import { isWithinDelay, maxQueueDelaySeconds } from '../domain/base/schedule-time.ts';
import { readWaitingMessage } from '../domain/schedules/waiting-message.ts';
import { dueAtOf } from '../domain/state/job/item.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import type { JobPointer } from '../domain/state/job/pointer.ts';
import type { Delivery, JobQueue, MessageKeepingStore } from '../domain/state/ports.ts';
import { dueSince } from '../domain/state/waits/looks.ts';
import { deliveredText } from './delivered-text.ts';
import { type Disposition, deleted } from './disposition.ts';
import { type FollowDependencies, followPointer } from './follow-pointer.ts';
import { notifyAgainThenDelete } from './notify-end.ts';
import { quarantine, receivedOf } from './read-delivery.ts';
import {
  failUnclaimed,
  type LeaveDependencies,
  leaveCancelToAdmission,
  type ResolveDependencies,
} from './resolve-delivery.ts';

export interface DeadLetterDependencies
  extends Omit<ResolveDependencies, 'beforeCancel'>,
    LeaveDependencies,
    FollowDependencies {
  readonly store: MessageKeepingStore;
  /** The dead-letter queue that the message came from. */
  readonly queue: JobQueue;
  readonly random: Random;
}

const undeliverable = {
  name: 'DeadLetterError',
  message: 'The message was delivered too often without any worker coming to an end with it.',
};

const undeliveredPointer = {
  name: 'DeadLetterError',
  message: 'The job was due, but what brings it back could not be delivered, or was delivered too often.',
};

const resolving = (deps: DeadLetterDependencies): DeadLetterDependencies & ResolveDependencies => ({
  ...deps,
  beforeCancel: (_item, message) => leaveCancelToAdmission(message, deps),
});

/**
 * Fails the job of a dead letter, visibly and retriably, unless it has ended or a worker holds it. A message that
 * cannot be read, or is of a run that its job does not know, goes to quarantine.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function resolveDeadLetter(
  delivery: Delivery,
  deps: DeadLetterDependencies,
): Promise<Disposition> {
  const read = readDeadLetter(delivery.body);
  if (read instanceof UnreadableMessageError) return quarantine(delivery, read, deps);
  try {
    if ('kind' in read) return await resolvePointer(read, deps);
    const { message } = receivedOf(read, delivery);
    return await failUnclaimed({ message, error: undeliverable }, resolving(deps));
  } catch (error) {
    if (!(error instanceof FutureRunError)) throw error;
    // No queue will receive it after this one.
    return quarantine(delivery, error, deps);
  }
}

/** Fails the job that a pointer leads to, if it is due: its item keeps the message for a retry. */
async function resolvePointer(pointer: JobPointer, deps: DeadLetterDependencies): Promise<Disposition> {
  const followed = await followPointer(pointer, deps);
  switch (followed.kind) {
    case 'open': {
      const { item, message } = followed;
      if (dueSince(item) === undefined) return deleted('it waits for other jobs, and is looked at again');
      // A cancel call sent the pointer, and died before it wrote.
      if (!isWithinDelay(dueAtOf(message, item), deps.clock.now()))
        return deleted('a schedule brings the job back when it is due');
      return failUnclaimed({ message, error: undeliveredPointer }, resolving(deps));
    }
    case 'canceling':
      await deps.pointers.send(pointer, maxQueueDelaySeconds, followed.item.tenant);
      return deleted('admission sees to its cancel');
    case 'ended':
      return notifyAgainThenDelete(followed.item, deps);
    default:
      return followed;
  }
}

/**
 * Reads a dead letter: of a queue, or of Scheduler.
 * @returns the message of a job, or a pointer to one; or an error if it is neither. An occurrence of a recurring
 * schedule is for a person: nobody else knows whether its job is still wanted
 * @throws NewerVersionError
 */
function readDeadLetter(body: string): JobMessage | JobPointer | UnreadableMessageError {
  const read = readWaitingMessage(deliveredText(body));
  if (read instanceof Error || !('kind' in read) || read.kind === 'pointer') return read;
  return new UnreadableMessageError(`the schedule ${read.schedule} has made no job for ${read.at}`);
}
