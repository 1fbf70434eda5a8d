import { type ContractQueue, type Contracts, contractOf, mustPassCancelOn } from '../../author/contract.ts';
import type { Handlers } from '../../author/handler.ts';
import { ratesOf } from '../../author/work-limit.ts';
import {
  backoffMs,
  type Disposition,
  deleted,
  nearsQueueLimits,
  returned,
} from '../../delivery/disposition.ts';
import type { Received } from '../../delivery/read-delivery.ts';
import {
  failUnclaimed,
  type LeaveDependencies,
  leaveCancelToAdmission,
  type ResolveDependencies,
} from '../../delivery/resolve-delivery.ts';
import { sendCopy } from '../../delivery/send-copy.ts';
import { keepInvisible } from '../../delivery/visibility.ts';
import type { Charges, RunningCharges } from '../../domain/access/ports.ts';
import type { SignalLinks } from '../../domain/access/signal-links.ts';
import type { Random } from '../../domain/base/ports.ts';
import type { BatchStore, RootFinder } from '../../domain/children/batch-ports.ts';
import type { MultipartUploads, ObjectStore } from '../../domain/objects/object-ports.ts';
import type { Tracer } from '../../domain/observe/trace.ts';
import { type JobItem, pauseHolding } from '../../domain/state/job/item.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import { type JobPointer, pointerTo } from '../../domain/state/job/pointer.ts';
import { isQueued } from '../../domain/state/job/transitions.ts';
import type { WorkPlaces } from '../../domain/state/limits/place.ts';
import type { RecentPauses } from '../../domain/state/limits/recent-pauses.ts';
import { maxAheadMs, type StartRates } from '../../domain/state/limits/start-rate.ts';
import type { Delivery, JobQueue, MessageKeepingStore } from '../../domain/state/ports.ts';
import { beforeChild } from '../children/child-gate.ts';
import type { ChildQueues } from '../children/job-children.ts';
import type { JobSubmitter } from '../children/job-submissions.ts';
import { passCancelOn } from '../children/pass-cancel-on.ts';
import type { HeartbeatDependencies } from '../hold/heartbeat.ts';
import { hasTime, type Invocation, mustRequeueFirst } from '../hold/invocation.ts';

export interface WorkerDependencies
  extends HeartbeatDependencies,
    Omit<ResolveDependencies, 'beforeCancel'>,
    LeaveDependencies {
  readonly store: MessageKeepingStore;
  readonly random: Random;
  readonly objects: ObjectStore;
  readonly multipart: MultipartUploads;
  readonly contracts: Contracts;
  /** The handlers of the types that this worker runs. */
  readonly handlers: Handlers;
  /** The queues of types that this worker has no handler for. */
  readonly otherRunQueues: Readonly<Partial<Record<ContractQueue, Pick<JobQueue, 'send'>>>>;
  /** For how long a job waits for a build that can run it. */
  readonly unknownTypeMs: number;
  /** What is paused. Absent where nothing can be. */
  readonly pauses?: RecentPauses | undefined;
  /** When attempts of types with a limit may start. */
  readonly startRates: StartRates;
  /** Where attempts have their places whose types limit how many run. */
  readonly workPlaces: Omit<WorkPlaces, 'lines' | 'forgetLine'>;
  /** How many jobs all descendants of a job without a parent may be. */
  readonly spawnAllowance: number;
  /** Whether the last lines of all jobs are kept, whose contract does not say that. */
  readonly keepsLogs?: boolean;
  /** Set where the queue's visibility timeout is much longer than a lease. */
  readonly changeVisibilityBeforeClaim: boolean;
  readonly tracer?: Tracer | undefined;
  /** Makes links for who answers jobs. Absent where no job waits for an answer. */
  readonly links?: Pick<SignalLinks, 'make'> | undefined;
  readonly batches: BatchStore;
  /** The same for a look at a child: they may be a second old. */
  readonly recentRoots: RootFinder;
  /** Absent where no handler submits jobs. */
  readonly submitter?: JobSubmitter;
  /** Counts the children that jobs spawn. Absent where nobody counts them. */
  readonly charges?: Charges;
  /** Counts for how long jobs run. Absent where nobody counts that. */
  readonly runningCharges?: RunningCharges;
  /** How often the time of an attempt is charged while it goes on. */
  readonly chargeEveryMs?: number;
  /** The queues that children run from. */
  readonly childQueues: ChildQueues;
}

/** A worker has the handlers, and with them what a cancel calls. */
export const resolving = (deps: WorkerDependencies) => ({
  ...deps,
  beforeCancel: async (item: JobItem, message: JobMessage) => {
    await passCancelOn(item, message, deps);
    return undefined;
  },
});

/** Fails a job whose limit has no key although it should. */
export const failWithoutKey = ({ message }: Error, { received }: Arrival, deps: WorkerDependencies) =>
  failUnclaimed({ ...received, error: { name: 'LimitKeyError', message } }, resolving(deps));

/**
 * A cancel that could not be passed on until now must not end with the queue's patience: admission has it passed on.
 */
const requeueing = (deps: WorkerDependencies) => ({
  ...deps,
  beforeCancel: async (item: JobItem, message: JobMessage) =>
    mustPassCancelOn(item, deps.contracts) ? leaveCancelToAdmission(message, deps) : undefined,
});

/** A delivery to a worker. */
export interface Arrival {
  readonly received: Received;
  readonly delivery: Delivery;
  readonly invocation: Invocation;
}

/** A message of a group cannot be requeued without losing its place. */
const queueLimitReached = {
  name: 'QueueLimitError',
  message: 'The job was in its group for 12 days, or was delivered 900 times: its queue would soon drop it.',
};

/**
 * Checks what must be settled before a job is claimed.
 * @returns what becomes of a message that this worker does not claim; undefined if it may
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function beforeClaim(
  { received, delivery, invocation }: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition | undefined> {
  const { message } = received;
  const ofChild = message.parent && (await beforeChild(message.parent, message, resolving(deps)));
  if (ofChild) return ofChild;
  const now = deps.clock.now();
  if (deps.queue.isOrdered && nearsQueueLimits(delivery, now))
    return failUnclaimed({ ...received, error: queueLimitReached }, requeueing(deps));
  const contract = contractOf(deps.contracts, message.type);
  // A job of a group must not leave the queue that keeps the group's order.
  const otherQueue = contract && !deps.queue.isOrdered ? deps.otherRunQueues[contract.queue] : undefined;
  if (otherQueue && !Object.hasOwn(deps.handlers, message.type)) {
    // The type has moved to another queue since the message was sent.
    await sendCopy(message, { queue: otherQueue }, deps);
    return deleted('its type runs from another queue');
  }
  if (invocation.stopping?.requested.aborted) return returned('the server stops', now, message);
  if (mustRequeueFirst(invocation, delivery, now))
    return returned('it is requeued before a long run', now, message);
  // A fresh invocation has the time.
  const backoff = backoffMs(delivery.receiveCount, deps.random.fraction());
  // What has limits may have to wait for its starts.
  const startsBy = now + ratesOf(contract?.limits).length * maxAheadMs;
  if (!hasTime(contract, invocation, startsBy))
    return returned('too little time left', now + backoff, message);
  // Before the claim, not after it: if a worker died in between, no worker would get the message until the queue's own
  // visibility timeout ends, a quarter of an hour later.
  if (deps.changeVisibilityBeforeClaim) await keepInvisible(delivery, now + deps.leaseMs, deps);
  return undefined;
}

/**
 * Sends a job that crashed in company to the long queue, whose worker runs one job an invocation: there a crash has but
 * one cause. Its attempt in company does not count.
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function sendToRunAlone(
  message: Received['message'],
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { long } = deps.otherRunQueues;
  if (!long) return returned('it crashed in company', deps.clock.now(), message);
  await sendCopy(message, { queue: long }, deps);
  return deleted('it runs alone now');
}

/**
 * Leaves a job to admission, which makes a schedule for it, or sends it on. The item keeps the message, and the
 * delivered one is deleted last: a worker that dies before that leaves the message. Only a copy that is older than the
 * wait may be deleted: the table refuses a claim of an older copy, however late its request comes.
 * @param again whether admission is to send the job on although an earlier arrival has
 * @throws QueueUnavailableError
 */
export async function leaveQueue(
  item: JobItem,
  { pointers }: WorkerDependencies,
  again: Pick<JobPointer, 'again'> = {},
): Promise<Disposition> {
  await pointers.send({ ...pointerTo(item), ...again }, 0, item.tenant);
  return deleted('the job waits outside of its queue');
}

/**
 * Deletes a copy that is older than the wait of its job. The worker that has stored the wait may have died before it
 * sent the pointer; and a copy that was made from the item may be lost, unless the queue still delays that one. The end
 * of a pause looks at all jobs that the pause holds.
 * @throws QueueUnavailableError
 */
export async function deleteStray(item: JobItem, deps: WorkerDependencies): Promise<Disposition> {
  if (pauseHolding(item)) return deleted('it is paused, and waits outside of its queue');
  const { status, notBefore = 0 } = item;
  const mayBeLost = isQueued(status) && notBefore <= deps.clock.now();
  return leaveQueue(item, deps, mayBeLost ? { again: true } : {});
}
