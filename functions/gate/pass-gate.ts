import type { JobItem } from '../../shared/contracts/job-item.ts';
import { UnreadableMessageError } from '../../shared/errors.ts';
import { queueOf } from '../../shared/jobs/catalog.ts';
import type { ContractQueue } from '../../shared/jobs/define-job.ts';
import type { Log } from '../../shared/logger.ts';
import type { Delivery, JobQueue, Random } from '../../shared/ports.ts';
import { decideRefusal } from '../../shared/protocol/decide-refusal.ts';
import { deleted, type Fate, kept } from '../../shared/protocol/fate.ts';
import { openWrite, parkWrite } from '../../shared/protocol/gate-writes.ts';
import { giveUp } from '../../shared/protocol/give-up.ts';
import { putAside } from '../../shared/protocol/put-aside.ts';
import { type Received, readDelivery } from '../../shared/protocol/read-delivery.ts';
import { type SettleDependencies, settleRefusal } from '../../shared/protocol/settle-refusal.ts';
import { lookAtDependencies, noteOnDependencies, type Standing } from './look-at-dependencies.ts';

export interface GateDependencies extends SettleDependencies {
  /** The queue that the messages come from. */
  readonly queue: JobQueue;
  readonly runQueues: Readonly<Record<ContractQueue, Pick<JobQueue, 'send'>>>;
  readonly log: Log;
  readonly random: Random;
}

/** A message that is to be woken is hidden for as long as SQS allows. */
const untilWokenMs = 12 * 3600 * 1000;
const untilAskedAgainMs = 60_000;
/** Clocks of functions differ by seconds at the most. */
const mostSkewMs = 60_000;

/**
 * Lets a job run when it may: when its time has come and all that it depends on has succeeded.
 * @returns what is to become of the message
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function passGate(delivery: Delivery, deps: GateDependencies): Promise<Fate> {
  const received = readDelivery(delivery);
  if (received instanceof UnreadableMessageError) return putAside(delivery, received, deps);
  const { messageId } = delivery;
  const fate = await decide({ ...received, messageId, arrivedAt: deps.clock.now() }, deps);
  // Sent anew, a wake must be one still.
  return received.wake && fate.kind === 'keep' && fate.message
    ? { ...fate, message: { ...fate.message, wake: true } }
    : fate;
}

interface Arrival extends Received {
  readonly messageId: string;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
}

/** A job that has yet to be let through. */
interface Candidate extends Arrival {
  /** When it may run at the earliest, by its message and by its item. */
  readonly dueAt: number;
}

async function decide(arrival: Arrival, deps: GateDependencies): Promise<Fate> {
  const { store, clock } = deps;
  const { message } = arrival;
  const item = await store.read(message.id);
  const refusal = decideRefusal(item, { message, now: clock.now() });
  if (item && refusal.kind !== 'cancel' && isSentOn(item, arrival, clock.now()))
    return deleted('the job was let through already');
  if (refusal.kind !== 'free' && refusal.kind !== 'notDue') return settleRefusal(refusal, arrival, deps);
  // What it depends on had succeeded then, but may have expired since.
  if (item?.openedBy !== undefined) return send(arrival, deps);

  const candidate = { ...arrival, dueAt: Math.max(message.options.runAt ?? 0, item?.runAt ?? 0) };
  const dependencies = await noteOnDependencies(message, deps);
  const mustWait =
    dependencies.kind === 'met' ? candidate.dueAt > clock.now() : dependencies.kind !== 'broken';
  if (!mustWait || item?.status === 'waiting') return conclude(candidate, dependencies, deps);
  const parked = await store.write(parkWrite(message, clock.now()));
  if (!parked) return kept('the item changed while it was looked at', clock.now(), message);
  // Nobody was woken by what ended before the job was seen to wait.
  return conclude(candidate, await lookAtDependencies(message, deps), deps);
}

/** Either a worker has written to the item, which has its message from a run queue; or another wake sends it there. */
function isSentOn(item: JobItem, { message, wake, messageId }: Arrival, now: number): boolean {
  const { status, notBefore = 0, openedBy = messageId } = item;
  const isSame = item.fingerprint === message.fingerprint && item.run === message.run;
  return isSame && (status === 'running' || notBefore > now || (wake && openedBy !== messageId));
}

async function conclude(candidate: Candidate, dependencies: Standing, deps: GateDependencies): Promise<Fate> {
  const { message, wake, arrivedAt, dueAt } = candidate;
  const now = deps.clock.now();
  const wait = (why: string, until: number) => (wake ? deleted(why) : kept(why, until, message));
  switch (dependencies.kind) {
    case 'broken':
      return giveUp({ ...candidate, error: { name: 'DependencyError', message: dependencies.why } }, deps);
    case 'noted':
      // If it was not due when this began, a wake that came meanwhile was deleted: the job is looked at when it is.
      return wait(
        'it waits for other jobs',
        dueAt <= arrivedAt ? now + untilWokenMs : Math.min(now + untilWokenMs, dueAt),
      );
    case 'unnoted':
    case 'full':
      return wait(
        'it waits for other jobs, and will not be woken',
        now + untilAskedAgainMs * (1 + deps.random.fraction()),
      );
    default:
      if (dueAt <= now) return sendOn(candidate, deps);
      // Whoever hid the message itself may have taken it for due, by a clock that is ahead of this one.
      return dueAt - now <= mostSkewMs
        ? kept('it is almost time', dueAt, message)
        : wait('the job is not due', dueAt);
  }
}

/**
 * Lets the job through, and sends it on to its run queue. A wake does so only if it has let the job through itself: of
 * the wakes of many dependencies that end at once, each would add a copy, and each copy of that wakes again.
 */
async function sendOn(arrival: Arrival, deps: GateDependencies): Promise<Fate> {
  const { message, messageId, wake } = arrival;
  const { store, clock } = deps;
  const opened = await store.write(openWrite(message, messageId, clock.now()));
  // An earlier delivery may have let it through, or this one, its answer lost and the repetition refused.
  if (!opened && wake && (await store.read(message.id))?.openedBy !== messageId)
    return deleted('the job was let through already');
  return send(arrival, deps);
}

async function send({ message }: Arrival, { runQueues }: GateDependencies): Promise<Fate> {
  await runQueues[queueOf(message.type)].send(message);
  return deleted('the job may run');
}
