import { classifyDelivery } from '../../shared/delivery/classify-delivery.ts';
import { type Disposition, deleted, returned } from '../../shared/delivery/disposition.ts';
import { quarantine, type Received, readDelivery } from '../../shared/delivery/read-delivery.ts';
import {
  failUnclaimed,
  type ResolveDependencies,
  resolveDelivery,
} from '../../shared/delivery/resolve-delivery.ts';
import { admitWrite, deferWrite } from '../../shared/job/admission-writes.ts';
import {
  type ContractQueue,
  type Contracts,
  mustPassCancelOn,
  runQueueOf,
} from '../../shared/job/contract.ts';
import { UnreadableMessageError, unreachable } from '../../shared/job/errors.ts';
import type { JobItem } from '../../shared/job/item.ts';
import type { Delivery, JobQueue, Log, Random } from '../../shared/job/ports.ts';
import { isClaimed, isWaiting } from '../../shared/job/transitions.ts';
import { checkDependencies, type DependencyState, registerOnDependencies } from './check-dependencies.ts';

export interface AdmissionDependencies extends Omit<ResolveDependencies, 'beforeCancel'> {
  /** The queue that the messages come from. */
  readonly queue: JobQueue;
  readonly runQueues: Readonly<Record<ContractQueue, Pick<JobQueue, 'send'>>>;
  readonly contracts: Contracts;
  readonly log: Log;
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
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function admitJob(delivery: Delivery, deps: AdmissionDependencies): Promise<Disposition> {
  const received = readDelivery(delivery);
  if (received instanceof UnreadableMessageError) return quarantine(delivery, received, deps);
  const { messageId } = delivery;
  const disposition = await decide({ ...received, messageId, arrivedAt: deps.clock.now() }, deps);
  // If it is requeued, a wake must stay a wake.
  return received.wake && disposition.kind === 'return' && disposition.message
    ? { ...disposition, message: { ...disposition.message, wake: true } }
    : disposition;
}

interface Arrival extends Received {
  readonly messageId: string;
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
  const { message } = arrival;
  const item = await store.read(message.id);
  const state = classifyDelivery(item, { message, now: clock.now() });
  if (item && state.kind !== 'canceling' && isSentOn(item, arrival, clock.now()))
    return deleted('the job was admitted already');
  if (state.kind !== 'claimable' && state.kind !== 'notDue')
    return resolveDelivery(state, arrival, resolving(deps));
  // What it depends on had succeeded then, but may have expired since.
  if (item?.admittedBy !== undefined) return send(arrival, deps);

  const candidate = { ...arrival, dueAt: Math.max(message.options.runAt ?? 0, item?.runAt ?? 0) };
  const dependencies = await registerOnDependencies(message, deps);
  const mustWait =
    dependencies.kind === 'met' ? candidate.dueAt > clock.now() : dependencies.kind !== 'broken';
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
  return isSame && (isClaimed(status) || notBefore > now || (wake && admittedBy !== messageId));
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
      // If it was not due on arrival, a wake that came meanwhile was deleted: so it is checked again when it is due.
      return wait(
        'it waits for other jobs',
        dueAt <= arrivedAt ? now + untilWokenMs : Math.min(now + untilWokenMs, dueAt),
      );
    case 'unregistered':
    case 'full':
      return wait(
        'it waits for other jobs, and will not be woken',
        now + untilCheckedAgainMs * (1 + deps.random.fraction()),
      );
    case 'met':
      if (dueAt <= now) return admit(candidate, deps);
      // Whoever made the message invisible may have taken it for due, by a clock that is ahead of this one.
      return dueAt - now <= maxClockSkewMs
        ? returned('it is almost time', dueAt, message)
        : wait('the job is not due', dueAt);
    default:
      return unreachable(dependencies);
  }
}

/**
 * Admits the job, and sends it on to its run queue. A wake sends it on only if it has admitted the job itself: when many
 * dependencies end at once each sends a wake, and otherwise each wake would add a copy.
 */
async function admit(arrival: Arrival, deps: AdmissionDependencies): Promise<Disposition> {
  const { message, messageId, wake } = arrival;
  const { store, clock } = deps;
  const admitted = await store.write(admitWrite(message, messageId, clock.now()));
  // An earlier delivery may have admitted it, or this one, whose answer was lost and whose repetition was refused.
  if (!admitted && wake && (await store.read(message.id))?.admittedBy !== messageId)
    return deleted('the job was admitted already');
  return send(arrival, deps);
}

async function send(
  { message }: Arrival,
  { runQueues, contracts }: AdmissionDependencies,
): Promise<Disposition> {
  await runQueues[runQueueOf(contracts, message.type)].send(message);
  return deleted('the job may run');
}
