import type { JobItem } from '../../shared/contracts/job-item.ts';
import { isDue, type JobMessage } from '../../shared/contracts/job-message.ts';
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
  const isTime = isDue(received.message, deps.clock.now());
  const fate = await decide({ ...received, messageId, isTime }, deps);
  // Sent anew, a wake must be one still.
  return received.wake && fate.kind === 'keep' && fate.message
    ? { ...fate, message: { ...fate.message, wake: true } }
    : fate;
}

interface Look extends Received {
  readonly messageId: string;
  /** Whether it was time when the look began: what is found out later was perhaps not so when a wake came early. */
  readonly isTime: boolean;
}

async function decide(look: Look, deps: GateDependencies): Promise<Fate> {
  const { store, clock } = deps;
  const { message } = look;
  const item = await store.read(message.id);
  const refusal = decideRefusal(item, { message, now: clock.now() });
  if (item && refusal.kind !== 'cancel' && isSentOn(item, message, clock.now()))
    return deleted('the job was let through already');
  if (refusal.kind !== 'free' && refusal.kind !== 'notDue') return settleRefusal(refusal, look, deps);

  const dependencies = await noteOnDependencies(message, deps);
  const mustWait =
    dependencies.kind === 'met' ? !isDue(message, clock.now()) : dependencies.kind !== 'broken';
  if (!mustWait || item?.status === 'waiting') return conclude(look, dependencies, deps);
  const parked = await store.write(parkWrite(message, clock.now()));
  if (!parked) return kept('the item changed while it was looked at', clock.now(), message);
  // Nobody was woken by what ended before the job was seen to wait.
  return conclude(look, await lookAtDependencies(message, deps), deps);
}

/** Only a worker's write leaves a job so, and the worker has its message from a run queue. */
const isSentOn = (item: JobItem, { fingerprint, run }: JobMessage, now: number): boolean =>
  item.fingerprint === fingerprint &&
  item.run === run &&
  (item.status === 'running' || (item.notBefore ?? 0) > now);

async function conclude(look: Look, dependencies: Standing, deps: GateDependencies): Promise<Fate> {
  const { message, wake, isTime } = look;
  const now = deps.clock.now();
  const { runAt = 0 } = message.options;
  const wait = (why: string, until: number) => (wake ? deleted(why) : kept(why, until, message));
  switch (dependencies.kind) {
    case 'broken':
      return giveUp({ ...look, error: { name: 'DependencyError', message: dependencies.why } }, deps);
    case 'noted':
      // A wake that comes before its time is of no use: the message itself comes then.
      return wait(
        'it waits for other jobs',
        isTime ? now + untilWokenMs : Math.min(now + untilWokenMs, runAt),
      );
    case 'unnoted':
    case 'full':
      return wait(
        'it waits for other jobs, and will not be woken',
        now + untilAskedAgainMs * (1 + deps.random.fraction()),
      );
    default:
      if (isDue(message, now)) return sendOn(look, deps);
      // Whoever hid the message itself may have taken it for due, by a clock that is ahead of this one.
      return runAt - now <= mostSkewMs
        ? kept('it is almost time', runAt, message)
        : wait('the job is not due', runAt);
  }
}

/**
 * Sends the job on to its run queue. A wake does so only if it has let the job through itself: of the wakes of many
 * dependencies that end at once, each would add a copy, and each copy of that wakes again.
 */
async function sendOn({ message, messageId, wake }: Look, deps: GateDependencies): Promise<Fate> {
  const { store, clock, runQueues } = deps;
  const opened = await store.write(openWrite(message, messageId, clock.now()));
  // An earlier delivery may have let it through, or this one, its answer lost and the repetition refused.
  if (!opened && wake && (await store.read(message.id))?.openedBy !== messageId)
    return deleted('the job was let through already');
  await runQueues[queueOf(message.type)].send(message);
  return deleted('the job may run');
}
