import { FutureRunError, unreachable } from '../domain/base/errors.ts';
import type { Clock } from '../domain/base/ports.ts';
import type { JobEnded } from '../domain/observe/job-line.ts';
import { type EndObserver, logEnd } from '../domain/observe/log-job-line.ts';
import type { JobError, JobItem } from '../domain/state/job/item.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import { isWaiting } from '../domain/state/job/transitions.ts';
import type { JobQueue, MessageKeepingStore } from '../domain/state/ports.ts';
import { nextRunWrite } from '../domain/state/writes/control-writes.ts';
import type { JobWrite } from '../domain/state/writes/job-write.ts';
import {
  failExhaustedWrite,
  failLateWrite,
  failUnclaimedWrite,
  finishCancelWrite,
  saveMessageWrite,
  saveReceiptHandleWrite,
} from '../domain/state/writes/message-writes.ts';
import { classifyDelivery, type DeliveryState } from './classify-delivery.ts';
import { type Disposition, deleted, itemChanged, returned, visibleFor, waiting } from './disposition.ts';
import {
  type DeliveredEndDependencies,
  notifyAgainThenDelete,
  notifyThenDelete,
  sendNotifications,
} from './notify-end.ts';
import type { Received } from './read-delivery.ts';
import { type CopyDependencies, sendCopy } from './send-copy.ts';

export interface ResolveDependencies extends DeliveredEndDependencies, EndObserver {
  readonly store: MessageKeepingStore;
  readonly clock: Clock;
  readonly retentionMs: number;
  readonly keepChildrenMs?: number | undefined;
  /**
   * Called before a requested cancel is carried out: a job may have started something elsewhere, which is to be ended
   * first.
   * @returns what becomes of the message, if the job is to be canceled by another function
   */
  readonly beforeCancel: (item: JobItem, message: JobMessage) => Promise<Disposition | undefined>;
}

const exhausted = {
  name: 'AttemptsExhaustedError',
  message: 'Every attempt was started, and the last one never came to an end.',
};

const notStartedInTime = {
  name: 'NotStartedInTimeError',
  message: 'No worker started the job before the time that its submission names in startBefore.',
};

interface Delivered extends Pick<Received, 'message'> {
  readonly receiptHandle?: string;
}

/**
 * Does what a message calls for that may not start its job.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError; FutureRunError; what `beforeCancel` throws
 */
export async function resolveDelivery(
  state: DeliveryState,
  { message, receiptHandle }: Delivered,
  deps: ResolveDependencies,
): Promise<Disposition> {
  const now = deps.clock.now();
  const end = { now, retentionMs: deps.retentionMs, keepChildrenMs: deps.keepChildrenMs };
  const endedAs = (outcome: JobEnded['outcome']) => (item: JobItem) => {
    logEnd(item, outcome, deps);
    return notifyThenDelete(item, deps);
  };
  const notifyAgain = (item: JobItem) => notifyAgainThenDelete(item, deps);
  const write = async (
    made: JobWrite,
    next: (item: JobItem) => Disposition | Promise<Disposition>,
  ): Promise<Disposition> => {
    const item = await deps.store.write(made);
    return item ? next(item) : returned('the item changed meanwhile', deps.clock.now(), message);
  };
  switch (state.kind) {
    case 'obsolete':
      return deleted(state.why);
    case 'finished':
      // The process that ended the job may have died before the notification, and only this message can make up for
      // that: SQS's count of receives is approximate.
      return notifyAgain(state.item);
    case 'stray':
      return deleted('it is older than the wait of its job, whose item keeps the message');
    case 'leased':
      return returned('a worker has the job', state.until, message);
    case 'notDue': {
      const { item, until } = state;
      const isOfGroup = message.options.group !== undefined;
      const make = item && isWaiting(item.status) && !isOfGroup ? waiting : returned;
      const notDue = make('the job is not due', until, message);
      if (!item || !isOfGroup || receiptHandle === undefined) return notDue;
      // An answer may have come since the item was read.
      return write(saveReceiptHandleWrite(item, receiptHandle, now), (saved) =>
        returned('the job is not due', visibleFor(saved, deps.clock.now()), message),
      );
    }
    case 'canceling':
      return (
        (await deps.beforeCancel(state.item, message)) ??
        write(finishCancelWrite(state.item, message, end), endedAs('canceled'))
      );
    case 'exhausted':
      return write(
        failExhaustedWrite(state.item, message, { ...end, error: exhausted }),
        endedAs('exhausted'),
      );
    case 'late':
      return write(
        failLateWrite(message, { ...end, item: state.item, error: notStartedInTime }),
        endedAs('late'),
      );
    case 'canceledUnsaved':
      return write(saveMessageWrite(message, now), notifyAgain);
    case 'nextRun':
      // The next run forgets the end of this one, and nobody may have notified of it yet.
      await sendNotifications(state.item, deps);
      await deps.family.runsAgain(state.item);
      return write(nextRunWrite(state.item, message, now), () => returned('retried', now, message));
    case 'futureRun':
      throw new FutureRunError(`the message is of run ${message.run}, the item of run ${state.itemRun}`);
    case 'crashedWithOthers':
    case 'ownClaim':
    case 'claimable':
      return itemChanged(now, message);
    default:
      return unreachable(state);
  }
}

export interface LeaveDependencies extends CopyDependencies {
  /** The queue that admission receives from. */
  readonly waiting: Pick<JobQueue, 'send'>;
}

/**
 * Leaves a cancel to admission: it knows the queue whose worker can pass the cancel on.
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function leaveCancelToAdmission(
  message: JobMessage,
  deps: LeaveDependencies,
): Promise<Disposition> {
  await sendCopy(message, { queue: deps.waiting }, deps);
  return deleted('admission sees to its cancel');
}

/** Whether a job may be failed by somebody who does not hold it. */
const mayFail: Readonly<Record<DeliveryState['kind'], boolean>> = {
  claimable: true,
  notDue: true,
  crashedWithOthers: true,
  exhausted: true,
  canceledUnsaved: false,
  canceling: false,
  finished: false,
  futureRun: false,
  late: false,
  leased: false,
  nextRun: false,
  obsolete: false,
  ownClaim: false,
  stray: false,
};

interface Unclaimed extends Pick<Received, 'message'> {
  readonly error: JobError;
}

/**
 * Fails a job that no worker will run, visibly and retriably; unless it has ended, or a worker holds it.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function failUnclaimed(
  { message, error }: Unclaimed,
  deps: ResolveDependencies,
): Promise<Disposition> {
  const { store, clock, log, retentionMs, keepChildrenMs } = deps;
  const now = clock.now();
  const item = await store.read(message.id);
  const state = classifyDelivery(item, { message, now });
  if (!mayFail[state.kind]) return resolveDelivery(state, { message }, deps);
  const failed = await store.write(
    failUnclaimedWrite(message, { item, now, retentionMs, keepChildrenMs, error }),
  );
  if (!failed) return returned('the item changed meanwhile', now, message);
  log.error('job failed unclaimed', { jobId: message.id, type: message.type, error });
  logEnd(failed, 'unclaimed', deps);
  return notifyThenDelete(failed, deps);
}
