import { type ContractQueue, type Contracts, mustPassCancelOn, runQueueOf } from '../author/contract.ts';
import { classifyDelivery } from '../delivery/classify-delivery.ts';
import { type Disposition, deleted, itemChanged } from '../delivery/disposition.ts';
import type { Received } from '../delivery/read-delivery.ts';
import { failUnclaimed, type ResolveDependencies, resolveDelivery } from '../delivery/resolve-delivery.ts';
import { sendCopy } from '../delivery/send-copy.ts';
import { makeVisibleAt } from '../delivery/visibility.ts';
import { unreachable } from '../domain/base/errors.ts';
import { isWithinDelay } from '../domain/base/schedule-time.ts';
import {
  awaitedBatches,
  dueAtOf,
  isDebouncing,
  isPostponed,
  type JobItem,
  pauseHolding,
  waitsInGroup,
} from '../domain/state/job/item.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';
import { isClaimed, isQueued, isWaiting } from '../domain/state/job/transitions.ts';
import type { JobQueue, MessageKeepingStore } from '../domain/state/ports.ts';
import type { ShownGroupQueue } from '../domain/state/tenant-queues.ts';
import { firstLook, nextLook } from '../domain/state/waits/looks.ts';
import { lastSeenAt } from '../domain/state/waits/stuck.ts';
import { admitWrite, deferWrite, endPauseWrite } from '../domain/state/writes/admission-writes.ts';
import { noteCopyWrite } from '../domain/state/writes/message-writes.ts';
import { checkDependencies, type DependencyState, registerOnDependencies } from './check-dependencies.ts';
import { type PostponeDependencies, postponeJob } from './postpone-job.ts';
import { type StartParentDependencies, startParent } from './start-parent.ts';

export type RunQueues = Readonly<Record<ContractQueue, Pick<JobQueue, 'send'>>>;

export interface AdmissionDependencies
  extends Omit<ResolveDependencies, 'beforeCancel'>,
    PostponeDependencies,
    StartParentDependencies {
  readonly store: MessageKeepingStore;
  /** The queue that the messages come from. */
  readonly queue: JobQueue;
  readonly runQueues: RunQueues;
  /** The queue of the jobs of groups. */
  readonly ordered: Pick<ShownGroupQueue, 'changeVisibility'>;
  readonly contracts: Contracts;
}

export interface Arrival extends Received {
  readonly messageId: string;
  /** As a consistent read found it. */
  readonly item: JobItem | undefined;
}

/** A job that has not been admitted yet. */
interface Candidate extends Arrival {
  /** When it may run at the earliest, by its message and by its item. */
  readonly dueAt: number;
}

/**
 * Lets a job run when it may: when its time has come and all that it depends on has succeeded. Until then its message
 * is in no queue.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function admitJob(arrival: Arrival, deps: AdmissionDependencies): Promise<Disposition> {
  const { store, clock } = deps;
  const { message, item } = arrival;
  const now = clock.now();
  const state = classifyDelivery(item, { message, now });
  if (item && state.kind !== 'canceling' && isSentOn(item, arrival, now))
    return deleted('the job was admitted already');
  if (state.kind !== 'claimable' && state.kind !== 'notDue')
    return resolveDelivery(state, arrival, resolving(deps));

  const candidate = { ...arrival, dueAt: dueAtOf(message, item) };
  const byItem = item && (await admitByItem({ ...candidate, item }, deps));
  if (byItem) return byItem;
  // What it depends on had succeeded then, but may have expired since.
  if (item && (item.admittedBy !== undefined || isPostponed(item)))
    return conclude(candidate, { kind: 'met' }, deps);
  const dependencies = await registerOnDependencies(message, deps);
  const mustWait = dependencies.kind !== 'met' && dependencies.kind !== 'broken';
  if (!mustWait || isMarkedWaiting(item)) return conclude(candidate, dependencies, deps);
  await lookAtEndOfStart(message, deps);
  const lookAt = firstLook(message, dependencies.kind === 'registered', clock.now());
  const deferred = await store.write(deferWrite(message, lookAt, clock.now()));
  if (!deferred) return itemChanged(clock.now(), message);
  // A dependency that ended before the job was marked as waiting has not woken it.
  return conclude({ ...candidate, item: deferred }, await checkDependencies(message, deps), deps);
}

/**
 * @returns undefined if it is held by no pause, waits for no submissions, and for no children, or for a time as well
 */
async function admitByItem(
  candidate: Candidate & { readonly item: JobItem },
  deps: AdmissionDependencies,
): Promise<Disposition | undefined> {
  if (candidate.again && isHeldOutside(candidate.item)) return endPause(candidate, deps);
  return isDebouncing(candidate.item) ? admitDebounced(candidate, deps) : admitParent(candidate, deps);
}

/** Whether a pause holds it whose message is in no queue. */
const isHeldOutside = (item: JobItem): boolean =>
  item.group === undefined && pauseHolding(item) !== undefined;

/**
 * The sweeper sends the pointer of a paused job before it writes that the job is due, and that write may be late, or
 * never made. Until then the item has a time that keeps delayed claims away, and is no time until which a queue should
 * delay the message. Whether another pause holds the job, a worker finds.
 */
async function endPause(
  arrival: Arrival & { readonly item: JobItem },
  deps: AdmissionDependencies,
): Promise<Disposition> {
  const { item, message } = arrival;
  const now = deps.clock.now();
  const lookAt = nextLook(item, Math.max(item.lookAt ?? 0, now));
  const due = await deps.store.write(endPauseWrite(item, { lookAt, dueAt: now }, now));
  if (due) return admitJob({ ...arrival, item: due }, deps);
  return itemChanged(now, message);
}

/**
 * Lets a debounced job run, unless a submission has moved its time since the pointer was sent. Of that submission and
 * this write one is refused, and what is sent on is the message that the item had when it was read.
 */
async function admitDebounced(
  candidate: Candidate & { readonly item: JobItem },
  deps: AdmissionDependencies,
): Promise<Disposition> {
  const { item, messageId, message, dueAt } = candidate;
  const now = deps.clock.now();
  if (!isWithinDelay(dueAt, now)) return postponeJob(candidate, deps);
  if (dueAt > now) {
    await deps.pointers.send(pointerTo(item), (dueAt - now) / 1000, item.tenant);
    return deleted('its time was moved, and a pointer comes again');
  }
  if (await deps.store.write(admitWrite(item, messageId, now))) return send(candidate, deps);
  return itemChanged(deps.clock.now(), message);
}

/** @returns undefined if it waits for no children, or for a time as well */
async function admitParent(
  candidate: Candidate & { readonly item: JobItem },
  deps: AdmissionDependencies,
): Promise<Disposition | undefined> {
  if (awaitedBatches(candidate.item).length === 0) return undefined;
  const parent = await startParent(candidate, deps);
  return parent?.kind === 'started' ? send({ ...candidate, item: parent.item, dueAt: 0 }, deps) : parent;
}

/** A job that has not started in time fails then, not up to five minutes later. @throws QueueUnavailableError */
async function lookAtEndOfStart(message: Arrival['message'], deps: AdmissionDependencies): Promise<void> {
  const now = deps.clock.now();
  const { startBefore = 0 } = message.options;
  if (startBefore > now && isWithinDelay(startBefore, now))
    await deps.pointers.send(pointerTo(message), (startBefore - now) / 1000, message.tenant);
}

/** Whether it is marked as waiting. Its item keeps the message. */
const isMarkedWaiting = (item: JobItem | undefined): item is JobItem =>
  item !== undefined && isWaiting(item.status);

/** If something must be ended before the job is, the worker of its run queue does it. */
const resolving = (deps: AdmissionDependencies): AdmissionDependencies & ResolveDependencies => ({
  ...deps,
  beforeCancel: async (item, message) => {
    if (!mustPassCancelOn(item, deps.contracts)) return undefined;
    await sendCopy(message, { queue: deps.runQueues[runQueueOf(deps.contracts, item.type)] }, deps);
    return deleted('a worker passes its cancel on');
  },
});

/**
 * Whether the job needs no admission any more: a worker has claimed it, or another arrival sends it to its run queue.
 */
function isSentOn(item: JobItem, { message, again, messageId }: Arrival, now: number): boolean {
  const { status, notBefore = 0, admittedBy = messageId } = item;
  const isSame = item.fingerprint === message.fingerprint && item.run === message.run;
  const isBackingOff = notBefore > now && !isPostponed(item) && !waitsInGroup(item);
  const isAdmitted = isQueued(status) && admittedBy !== messageId && !again;
  return isSame && (isClaimed(status) || isBackingOff || isAdmitted);
}

async function conclude(
  candidate: Candidate,
  dependencies: DependencyState,
  deps: AdmissionDependencies,
): Promise<Disposition> {
  switch (dependencies.kind) {
    case 'broken': {
      const error = { name: 'DependencyError', message: dependencies.why };
      return failUnclaimed({ ...candidate, error }, resolving(deps));
    }
    case 'registered':
      return waitsOutside;
    case 'unregistered':
    case 'full':
      return waitUnregistered(candidate, deps);
    case 'met':
      return isWithinDelay(candidate.dueAt, deps.clock.now())
        ? admit(candidate, deps)
        : postponeJob(candidate, deps);
    default:
      return unreachable(dependencies);
  }
}

const waitsOutside = deleted('it waits for other jobs, outside of its queue');

/**
 * Nothing wakes the job but its next look, and nobody looks at one that has failed. So a failure that was decided
 * before, and whose request is late, must be refused: nobody would tell of it.
 */
async function waitUnregistered({ message }: Candidate, { store, clock }: AdmissionDependencies) {
  const now = clock.now();
  const noted = await store.write(noteCopyWrite(message, now));
  return noted ? waitsOutside : itemChanged(now, message);
}

/**
 * Sends the job to its run queue, which delays it until it is due. A job that has waited for others is sent by the
 * invocation that has admitted it: when many dependencies end at once, each sends a wake, and otherwise each wake would
 * add a copy.
 */
async function admit(candidate: Candidate, deps: AdmissionDependencies): Promise<Disposition> {
  const { message, messageId, item } = candidate;
  const { store, clock } = deps;
  if (!isMarkedWaiting(item) || item.admittedBy !== undefined || !message.options.dependsOn)
    return send(candidate, deps);
  if (await store.write(admitWrite(item, messageId, clock.now()))) return send(candidate, deps);
  // Another arrival may have admitted it, or this one, whose answer was lost and whose repetition was refused.
  return itemChanged(clock.now(), message);
}

/** So long after the item was written, what goes to a run queue begins days of its own: see stuck.ts. */
const freshMs = 3600_000;

async function send(candidate: Candidate, deps: AdmissionDependencies): Promise<Disposition> {
  const { message, dueAt, item } = candidate;
  if (item?.group !== undefined) return showInGroup(item, deps);
  const { store, runQueues, contracts, clock } = deps;
  const now = clock.now();
  const delaySeconds = Math.max(0, dueAt - now) / 1000;
  // A job whose message the item keeps is in the index of what waits until it is claimed.
  if (item && item.dueKey === undefined && now - lastSeenAt(item) > freshMs)
    await store.write(noteCopyWrite(message, now));
  await runQueues[runQueueOf(contracts, message.type)].send(message, delaySeconds);
  return deleted('the job may run');
}

/**
 * Makes the message of a parent in a group visible: it has never left its queue. With a receipt handle that is outdated
 * by now, this does nothing, and the message comes back by itself, within an hour.
 */
async function showInGroup(
  { receiptHandle, tenant }: JobItem,
  { ordered: queue, clock, log }: AdmissionDependencies,
): Promise<Disposition> {
  if (receiptHandle !== undefined)
    await makeVisibleAt({ receiptHandle, tenant }, clock.now(), { queue, clock, log });
  return deleted('its own message is visible');
}
