import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { EntryCache } from '../../shared/domain/access/entry-cache.ts';
import type { Charges, RunningCharges } from '../../shared/domain/access/ports.ts';
import { SignalLinks } from '../../shared/domain/access/signal-links.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { SendingStoppedError } from '../../shared/domain/base/errors.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { ErrorGrouping } from '../../shared/domain/state/error-grouping.ts';
import { RecentPauses } from '../../shared/domain/state/limits/recent-pauses.ts';
import type { JobQueue } from '../../shared/domain/state/ports.ts';
import { keepEachPayload, keepMessagesInObjects } from '../../shared/domain/state/stored-copies.ts';
import { submitFromJob } from '../../shared/http/requests/submit-from-job.ts';
import { chargesBy, runningChargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import type { ChildQueue } from '../../shared/worker/children/job-children.ts';
import type { JobSubmitter } from '../../shared/worker/children/job-submissions.ts';
import { RecentRoots } from '../../shared/worker/children/recent-roots.ts';
import { everyQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { stageSetup } from '../set-ups/samples.ts';
import type { Instance } from './instance.ts';
import { keepChildrenMs, retentionMs, unknownTypeMs } from './limits.ts';
import type { Ports } from './mutant.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

export const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Remembers why each message is deleted or returned, and which failures are in no group. */
function remembering({ errorGroupRule, stuckRule, guard }: World, { whys }: Instance): Log {
  const warn: Log['warn'] = (text, { jobId } = {}) => {
    if (text === 'failure not grouped') errorGroupRule.onGivenUp(String(jobId));
    if (text === 'a lost message is sent again') guard(() => stuckRule.onSentAgain(String(jobId)));
  };
  const remember: Log['info'] = (_text, { messageId, why } = {}) => {
    if (typeof messageId === 'string' && typeof why === 'string') whys.set(messageId, why);
  };
  return { ...quiet, warn, debug: remember, info: remember };
}

/** Of a stage that keeps each message from its submission on. */
export const keepPayloadOf = (
  { settings, random }: World,
  { clock }: Instance,
  { objects }: Pick<Ports, 'objects'>,
) => (settings.keepPayload ? keepEachPayload({ objects, clock, random }) : undefined);

/** What every function that processes a queue has. */
export function depsOf(world: World, instance: Instance, own: SimulatedQueue) {
  const { store, errorGroups, ...ports } = world.portsOf(instance, own);
  const meter = world.meterRule.meters.on('standard');
  const keeping = {
    ...ports,
    clock: instance.clock,
    random: world.random,
    log: remembering(world, instance),
    meter: world.mutant.meter?.(meter) ?? meter,
    meters: world.meterRule.meters,
  };
  const grouping = new ErrorGrouping({ ...keeping, groups: errorGroups });
  const family = new ParentNotifier({ ...keeping, store });
  return {
    ...keeping,
    store: keepMessagesInObjects(store, keeping),
    grouping,
    family,
    retentionMs,
    keepChildrenMs,
  };
}

/** Each message is a call of its own: SQS may take some of a batch and refuse others. */
export const simulatedChildQueue = (queue: Pick<JobQueue, 'send'>): ChildQueue => ({
  sendAll: async (messages, mayGoOn) => {
    for (const message of messages) {
      if (!mayGoOn()) throw new SendingStoppedError('the attempt has ended');
      await queue.send(message);
    }
  },
});

function childQueuesOf({ queue, ordered }: Ports) {
  const childQueue = simulatedChildQueue(queue);
  return { standard: childQueue, long: childQueue, ordered: simulatedChildQueue(ordered) };
}

/** Who counts what is made or retried. */
export function chargesOf(world: World, instance: Instance): Charges | undefined {
  const { jobsPerMinute } = world.settings;
  if (jobsPerMinute === undefined) return undefined;
  const ports = world.portsOf(instance);
  const door = world.tenantLimitRule.door({ jobsPerMinute }, { rates: ports.rates, clock: instance.clock });
  const charges = chargesBy({ door, log: quiet });
  return world.mutant.charges?.(charges, world, door) ?? charges;
}

/** Who counts for how long the jobs of a worker run. */
function runningChargesOf(world: World, instance: Instance): RunningCharges | undefined {
  const { runningSecondsPerHour } = world.settings;
  if (runningSecondsPerHour === undefined) return undefined;
  const { rates } = world.portsOf(instance);
  const door = world.tenantLimitRule.door({ runningSecondsPerHour }, { rates, clock: instance.clock });
  const { charge } = runningChargesBy({ door, log: quiet });
  const charges: RunningCharges = {
    charge(slice, seconds) {
      world.guard(() => world.runningRule.onCharge(slice, seconds));
      return charge(slice, seconds);
    },
  };
  return world.mutant.running?.(charges, world) ?? charges;
}

/** By what the jobs of a worker submit others. */
function submitterOf(world: World, instance: Instance, ports: Ports): JobSubmitter {
  const { store, queue, ordered, waiting, objects, firstTries, debounces, pointers } = ports;
  const deps = {
    ...{
      store,
      objects,
      firstTries,
      debounces,
      pointers,
      clock: instance.clock,
      random: world.random,
      log: quiet,
    },
    meters: world.meterRule.meters,
    queues: { ...everyQueue(() => queue), ordered, waiting },
    suspensions: world.suspensions,
    contracts: world.contractsFor(instance.role),
    setup: stageSetup,
    listShards: 1,
    keepPayload: keepPayloadOf(world, instance, { objects }),
    charges: chargesOf(world, instance),
  };
  const submitter: JobSubmitter = { submit: (order, mayGoOn) => submitFromJob(order, mayGoOn, deps) };
  const mutated = world.mutant.submit?.(submitter, world) ?? submitter;
  return {
    submit: async (order, mayGoOn) => {
      const id = await mutated.submit(order, mayGoOn);
      world.guard(() => world.submitRule.onSubmitted(order, id));
      return id;
    },
  };
}

/** What a worker has beside its handlers. */
export function workerDepsOf(world: World, instance: Instance, own: SimulatedQueue) {
  // For what jobs make and ask for, whichever queue they run from.
  const ports = world.portsOf(instance);
  const { clock } = instance;
  return {
    ...depsOf(world, instance, own),
    ...world.figures,
    childQueues: childQueuesOf(ports),
    submitter: submitterOf(world, instance, ports),
    ...defined({ charges: chargesOf(world, instance), runningCharges: runningChargesOf(world, instance) }),
    chargeEveryMs: 2 * world.figures.heartbeatMs,
    recentRoots: new RecentRoots({ batches: ports.batches, clock }),
    // So few that a batch has more than one.
    shardSize: 2,
    changeVisibilityBeforeClaim: own.isOrdered || world.figures.changeVisibilityBeforeClaim,
    contracts: world.contractsFor(instance.role),
    links: new SignalLinks({
      entries: new EntryCache({ store: ports.access, clock }),
      apiUrl: 'https://jobs.example',
    }),
    keepsLogs: true,
    pauses: world.settings.pauses ? new RecentPauses({ pauses: ports.pauses, clock }) : undefined,
    unknownTypeMs,
    spawnAllowance: 1_000_000,
  };
}
