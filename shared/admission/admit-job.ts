import { type ContractQueue, type Contracts, mustPassCancelOn, runQueueOf } from '../author/contract.ts';
import { classifyDelivery } from '../delivery/classify-delivery.ts';
import { type Disposition, deleted, returned } from '../delivery/disposition.ts';
import type { Received } from '../delivery/read-delivery.ts';
import { failUnclaimed, type ResolveDependencies, resolveDelivery } from '../delivery/resolve-delivery.ts';
import { unreachable } from '../domain/base/errors.ts';
import type { Random } from '../domain/base/ports.ts';
import { isWithinDelay, maxQueueDelaySeconds } from '../domain/base/schedule-time.ts';
import { admitWrite, deferWrite } from '../domain/state/admission-writes.ts';
import { dueAtOf, isPostponed, type JobItem } from '../domain/state/item.ts';
import type { JobQueue, MessageKeepingStore } from '../domain/state/ports.ts';
import { isClaimed, isWaiting } from '../domain/state/transitions.ts';
import { checkDependencies, type DependencyState, registerOnDependencies } from './check-dependencies.ts';
import { type PostponeDependencies, postponeJob } from './postpone-job.ts';

export type RunQueues = Readonly<Record<ContractQueue, Pick<JobQueue, 'send'>>>;

export interface AdmissionDependencies
  extends Omit<ResolveDependencies, 'beforeCancel'>,
    PostponeDependencies {
  readonly store: MessageKeepingStore;
  /** The queue that the messages come from. */
  readonly queue: JobQueue;
  readonly runQueues: RunQueues;
  readonly contracts: Contracts;
  readonly random: Random;
}

/** A message that waits to be woken is invisible for as long as SQS allows: the port makes less of it if need be. */
const untilWokenMs = 12 * 3600 * 1000;
const untilCheckedAgainMs = 60_000;
/** Clocks of functions differ by no more than seconds. */
const maxClockSkewMs = 60_000;

/**
 * Lets a job run when it may: when its time has come and all that it depends on has succeeded.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, SchedulesUnavailableError, NewerVersionError
 */
export async function admitJob(arrival: Arrival, deps: AdmissionDependencies): Promise<Disposition> {
  const disposition = await decide(arrival, deps);
  // If it is requeued, a wake must stay a wake.
  return arrival.wake && disposition.kind === 'return' && disposition.message
    ? { ...disposition, message: { ...disposition.message, wake: true } }
    : disposition;
}

export interface Arrival extends Received {
  readonly messageId: string;
  /** As a consistent read found it. */
  readonly item: JobItem | undefined;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
}

/** A job that has not been admitted yet. */
interface Candidate extends Arrival {
  /** When it may run at the earliest, by its message and by its item. */
  readonly dueAt: number;
}

async function decide(arrival: Arrival, deps: AdmissionDependencies): Promise<Disposition> {
  const { store, clock } = deps;
  const { message, item } = arrival;
  const state = classifyDelivery(item, { message, now: clock.now() });
  if (item && state.kind !== 'canceling' && isSentOn(item, arrival, clock.now()))
    return deleted('the job was admitted already');
  if (state.kind !== 'claimable' && state.kind !== 'notDue')
    return resolveDelivery(state, arrival, resolving(deps));

  const candidate = { ...arrival, dueAt: dueAtOf(message, item) };
  // What it depends on had succeeded then, but may have expired since.
  if (item && (item.admittedBy !== undefined || isPostponed(item)))
    return conclude(candidate, { kind: 'met' }, deps);
  const dependencies = await registerOnDependencies(message, deps);
  const mustWait = dependencies.kind !== 'met' && dependencies.kind !== 'broken';
  if (!mustWait || (item && isWaiting(item.status))) return conclude(candidate, dependencies, deps);
  const deferred = await store.write(deferWrite(message, clock.now()));
  if (!deferred) return returned('the item changed while it was read', clock.now(), message);
  // A dependency that ended before the job was marked as waiting has not woken it.
  return conclude(candidate, await checkDependencies(message, deps), deps);
}

/** If something must be ended before the job is, the worker of its run queue does it. */
const resolving = (deps: AdmissionDependencies): AdmissionDependencies & ResolveDependencies => ({
  ...deps,
  beforeCancel: async (item, message) => {
    if (!mustPassCancelOn(item, deps.contracts)) return undefined;
    await deps.runQueues[runQueueOf(deps.contracts, item.type)].send({ ...message, requeued: true });
    return deleted('a worker passes its cancel on');
  },
});

/** Whether the job needs no admission any more: a worker has claimed it, or another wake sends it to its run queue. */
function isSentOn(item: JobItem, { message, wake, messageId }: Arrival, now: number): boolean {
  const { status, notBefore = 0, admittedBy = messageId } = item;
  const isSame = item.fingerprint === message.fingerprint && item.run === message.run;
  const isBackingOff = notBefore > now && !isPostponed(item);
  return isSame && (isClaimed(status) || isBackingOff || (wake && admittedBy !== messageId));
}

async function conclude(
  candidate: Candidate,
  dependencies: DependencyState,
  deps: AdmissionDependencies,
): Promise<Disposition> {
  const { message, wake, arrivedAt, dueAt } = candidate;
  const now = deps.clock.now();
  const { startBefore = 0 } = message.options;
  // When its time to start is over, which may be by now, it is looked at again, and fails.
  const lookAt = (until: number) => (startBefore > arrivedAt ? Math.min(until, startBefore) : until);
  const wait = (why: string, until: number) => (wake ? deleted(why) : returned(why, lookAt(until), message));
  switch (dependencies.kind) {
    case 'broken': {
      const error = { name: 'DependencyError', message: dependencies.why };
      return failUnclaimed({ ...candidate, error }, resolving(deps));
    }
    case 'registered':
      return wait('it waits for other jobs', Math.min(now + untilWokenMs, lookedAtAgain(dueAt, arrivedAt)));
    case 'unregistered':
    case 'full':
      return wait(
        'it waits for other jobs, and will not be woken',
        now + untilCheckedAgainMs * (1 + deps.random.fraction()),
      );
    case 'met':
      if (!isWithinDelay(dueAt, now)) return postponeJob(candidate, deps);
      if (dueAt <= now || !wake) return admit(candidate, deps);
      // Whoever made the message invisible may have taken it for due, by a clock that is ahead of this one.
      return dueAt - now <= maxClockSkewMs
        ? returned('it is almost time', dueAt, message)
        : deleted('the job is not due');
    default:
      return unreachable(dependencies);
  }
}

/**
 * When the message of a job that waits for others is worth a look, whether it is woken or not. A wake that comes in the
 * last minutes before the job is due is deleted: so it is looked at when it is due. Before that, a wake may have left the
 * job to a schedule, and the message is of no use any more.
 */
function lookedAtAgain(dueAt: number, arrivedAt: number): number {
  if (dueAt <= arrivedAt) return Number.POSITIVE_INFINITY;
  const shortlyBefore = dueAt - maxQueueDelaySeconds * 1000 - maxClockSkewMs;
  return shortlyBefore > arrivedAt ? shortlyBefore : dueAt;
}

/**
 * Admits the job, and sends it on to its run queue, which delays it until it is due. A wake does so only if it has admitted
 * the job itself: when many dependencies end at once each sends a wake, and otherwise each wake would add a copy.
 */
async function admit(candidate: Candidate, deps: AdmissionDependencies): Promise<Disposition> {
  const { message, messageId, wake, item } = candidate;
  const { store, clock } = deps;
  // Without dependencies there is no wake, and the claim asks for the time.
  if (item?.admittedBy !== undefined || !message.options.dependsOn) return send(candidate, deps);
  const admitted = await store.write(admitWrite(message, messageId, clock.now()));
  // An earlier delivery may have admitted it, or this one, whose answer was lost and whose repetition was refused.
  if (!admitted && wake && (await store.read(message.id))?.admittedBy !== messageId)
    return deleted('the job was admitted already');
  return send(candidate, deps);
}

async function send(
  { message, dueAt }: Candidate,
  { runQueues, contracts, clock }: AdmissionDependencies,
): Promise<Disposition> {
  const delaySeconds = Math.max(0, dueAt - clock.now()) / 1000;
  await runQueues[runQueueOf(contracts, message.type)].send(message, delaySeconds);
  return deleted('the job may run');
}
