import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { admitJob } from '../../functions/admission/admit-job.ts';
import { resolveDeadLetter } from '../../functions/dead-letter/resolve-dead-letter.ts';
import { deliverNotification } from '../../functions/notify/deliver-notification.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import type { AnyHandler, JobContext } from '../../shared/job/handler.ts';
import { keepMessagesInObjects } from '../../shared/job/kept-messages.ts';
import type { NotificationMessage } from '../../shared/job/notification.ts';
import type { Log } from '../../shared/job/ports.ts';
import { invocationOf } from '../../shared/worker/invocation.ts';
import { processDelivery } from '../../shared/worker/process-delivery.ts';
import { lambdaContext } from '../../testkit/play/lambda-context.ts';
import type { AllHandlers } from '../fakes/handlers.ts';
import { EventSource, type Handler, type Mapping } from './event-source.ts';
import type { Instance } from './instance.ts';
import { retentionMs } from './limits.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

export const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Remembers why each message is deleted or returned. */
const rememberingWhys = ({ whys }: Instance): Log => ({
  ...quiet,
  info: (_text, { messageId, why } = {}) => {
    if (typeof messageId === 'string' && typeof why === 'string') whys.set(messageId, why);
  },
});

/** The functions that process queues, each with its event source. */
export function deploy(world: World): void {
  const { queue, single, ordered, earlier, waiting, deadLetters, notifying, figures } = world;
  const batchSize = world.settings.batchSize ?? figures.batchSize;
  const map = (mapping: Mapping, handle: Handler) =>
    new EventSource(world, mapping, async (event, instance, own) => {
      world.mutant.deliver?.(event, own);
      const answer = await handle(event, instance, own);
      const known = { lost: world.invariants.lostBy(instance.name), whys: instance.whys };
      return world.mutant.answer?.(answer, event, known) ?? answer;
    });
  map({ queue, role: 'worker', batchSize }, run);
  map({ queue: single, role: 'worker', batchSize: 1 }, run);
  map({ queue: ordered, role: 'worker', batchSize: 1 }, run);
  map({ queue: earlier, role: 'earlier-worker', batchSize }, sendOn);
  map({ queue: waiting, role: 'admission', batchSize }, admit);
  map({ queue: deadLetters, role: 'dead-letter', batchSize }, resolve);
  map({ queue: notifying, role: 'notify', batchSize }, notify);

  const depsOf = (instance: Instance, own: SimulatedQueue) => {
    const { store, ...ports } = world.portsOf(instance, own);
    const keeping = {
      ...ports,
      clock: instance.clock,
      random: world.random,
      log: rememberingWhys(instance),
    };
    return { ...keeping, store: keepMessagesInObjects(store, keeping), retentionMs };
  };

  const workerDepsOf = (instance: Instance, own: SimulatedQueue) => ({
    ...depsOf(instance, own),
    ...figures,
    changeVisibilityBeforeClaim: own.isOrdered || figures.changeVisibilityBeforeClaim,
    contracts: world.contractsFor(instance.role),
  });
  const invocationFor = ({ clock }: Instance, { Records }: SQSEvent) =>
    invocationOf(lambdaContext(clock.now, figures.functionTimeoutMs), Records, clock);

  async function run(event: SQSEvent, instance: Instance, own: SimulatedQueue): Promise<SQSBatchResponse> {
    // In a batch of one, no job ever needs to be sent elsewhere to run alone.
    const otherRunQueues = own === queue ? { long: world.portsOf(instance, single).queue } : {};
    const deps = { ...workerDepsOf(instance, own), handlers: watched(world, instance), otherRunQueues };
    const invocation = invocationFor(instance, event);
    return processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
  }

  /** A worker without handlers: the types of its messages run from another queue by now. */
  function sendOn(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const { queue: other } = world.portsOf(instance);
    const otherRunQueues = { standard: other, long: other, server: other };
    const deps = { ...workerDepsOf(instance, earlier), handlers: {}, otherRunQueues };
    const invocation = invocationFor(instance, event);
    return processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
  }

  function admit(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const { queue: runQueue, ...deps } = depsOf(instance, queue);
    const admission = {
      ...deps,
      contracts: world.contractsFor(instance.role),
      queue: deps.waiting,
      runQueues: { standard: runQueue, long: runQueue, server: runQueue },
    };
    return processBatch(event, (delivery) => admitJob(delivery, admission), admission);
  }

  function resolve(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const deps = depsOf(instance, deadLetters);
    return processBatch(event, (delivery) => resolveDeadLetter(delivery, deps), deps);
  }

  function notify(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const { givenUp, ...ports } = depsOf(instance, notifying);
    const deps = {
      ...ports,
      deadLetters: givenUp,
      tell: (message: NotificationMessage) =>
        instance.call('service', 'tell a target', async () =>
          world.targets.tell(message, () => world.guard(() => world.notifyRule.onTold(message))),
        ),
    };
    return processBatch(event, (delivery) => deliverNotification(delivery, deps), deps);
  }
}

/** The handlers, of which the invariants see each start. */
const watched = (world: World, instance: Instance): AllHandlers =>
  new Proxy(world.handlers, {
    get(all, type) {
      const handler: unknown = Reflect.get(all, type);
      if (typeof handler !== 'function') return handler;
      const run = (payload: unknown, job: JobContext) => {
        const item = world.table.items.get(job.id);
        if (item) world.guard(() => world.invariants.onStart(job, item));
        return watchedRun(world, job, (watchedJob) => handler(payload, watchedJob));
      };
      const { cancel } = handler as AnyHandler;
      return cancel ? Object.assign(run, { cancel: watchedCancel(cancel, world, instance) }) : run;
    },
  });

/** A call to another service, which can fail like every other. */
const watchedCancel =
  (cancel: NonNullable<AnyHandler['cancel']>, world: World, instance: Instance): typeof cancel =>
  (payload, job) => {
    const call = () => instance.call('service', 'cancel elsewhere', () => cancel(payload, job));
    return world.mutant.cancel?.(call, world) ?? call();
  };

async function watchedRun(
  world: World,
  job: JobContext,
  run: (job: JobContext) => unknown,
): Promise<unknown> {
  const { handlers: rule } = world.invariants;
  rule.onStart(job);
  const progress = (percent: number, message?: string): void => {
    rule.onProgress(job, percent);
    job.progress(percent, message);
  };
  try {
    const result = await run({ ...job, progress });
    rule.onEnd(job);
    return result;
  } catch (thrown) {
    rule.onEnd(job, thrown);
    throw thrown;
  }
}
