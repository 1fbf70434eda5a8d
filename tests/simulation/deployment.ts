import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { processArrival } from '../../shared/admission/process-arrival.ts';
import { returnDeliveries } from '../../shared/aws/ports/queue-function.ts';
import { processDeliveries } from '../../shared/delivery/process-deliveries.ts';
import { resolveDeadLetter } from '../../shared/delivery/resolve-dead-letter.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import { deliverNotification } from '../../shared/notify/deliver-notification.ts';
import { breakerLimits, EndpointBreakers } from '../../shared/notify/endpoint-breakers.ts';
import { notifyWithinLimit } from '../../shared/notify/within-limit.ts';
import { processDelivery } from '../../shared/worker/attempt/process-delivery.ts';
import { invocationOf } from '../../shared/worker/hold/invocation.ts';
import { everyQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { lambdaContext } from '../../testkit/play/lambda-context.ts';
import { chargesOf, depsOf, keepPayloadOf, quiet, workerDepsOf } from './dependencies.ts';
import { EventSource, type Handler, type Mapping } from './event-source.ts';
import type { Instance } from './instance.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import { watched } from './watched-handlers.ts';
import type { World } from './world.ts';

/** The functions that process queues, each with its event source. */
export function deploy(world: World): void {
  const { queue, single, ordered, earlier, waiting, deadLetters, notifying, slowNotifying, figures } = world;
  const batchSize = world.settings.batchSize ?? figures.batchSize;
  const map = (mapping: Mapping, handle: Handler) =>
    new EventSource(world, mapping, async (received, instance, own) => {
      const event = world.builds?.delivered(received, instance) ?? received;
      world.mutant.deliver?.(event, own);
      const answer = await (world.lacksConfiguration(instance.role) ? giveBack : handle)(
        event,
        instance,
        own,
      );
      const known = { lost: world.invariants.lostBy(instance.name), whys: instance.whys };
      return world.mutant.answer?.(answer, event, known) ?? answer;
    });
  const { servers } = world.settings;
  const alone = { role: 'worker', batchSize: 1 };
  if (servers?.besideLambda) map({ queue: world[servers.polls], ...alone, concurrency: 1 }, run);
  if (servers?.polls !== 'queue') map({ queue, role: 'worker', batchSize }, run);
  if (servers?.polls !== 'ordered') map({ queue: ordered, ...alone }, run);
  for (const other of world.orderedQueues.slice(1)) map({ queue: other, ...alone }, run);
  map({ queue: single, ...alone }, run);
  map({ queue: earlier, role: 'earlier-worker', batchSize }, sendOn);
  map({ queue: waiting, role: 'admission', batchSize }, admit);
  map({ queue: deadLetters, role: 'dead-letter', batchSize }, resolve);
  map({ queue: notifying, role: 'notify', batchSize }, notify);
  map({ queue: slowNotifying, role: 'notify', batchSize }, notify);

  const invocationFor = ({ clock }: Instance, { Records }: SQSEvent) =>
    invocationOf(lambdaContext(clock.now, figures.functionTimeoutMs), Records, clock);

  async function run(event: SQSEvent, instance: Instance, own: SimulatedQueue): Promise<SQSBatchResponse> {
    // In a batch of one, no job ever needs to be sent elsewhere to run alone.
    const otherRunQueues = own === queue ? { long: world.portsOf(instance, single).queue } : {};
    const deps = {
      ...workerDepsOf(world, instance, own),
      handlers: watched(world, instance),
      otherRunQueues,
    };
    const invocation = invocationFor(instance, event);
    return processDeliveries(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
  }

  /** What a function does that cannot read its configuration. */
  function giveBack(event: SQSEvent, instance: Instance, own: SimulatedQueue): Promise<SQSBatchResponse> {
    return returnDeliveries(event, { queue: world.portsOf(instance, own).queue, log: quiet });
  }

  /** A worker without handlers: the types of its messages run from another queue by now. */
  function sendOn(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const { queue: other } = world.portsOf(instance);
    const otherRunQueues = everyQueue(() => other);
    const deps = { ...workerDepsOf(world, instance, earlier), handlers: {}, otherRunQueues };
    const invocation = invocationFor(instance, event);
    return processDeliveries(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
  }

  function admit(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const { queue: runQueue, ...deps } = depsOf(world, instance, queue);
    const admission = {
      ...deps,
      contracts: world.contractsFor(instance.role),
      queue: deps.waiting,
      runQueues: everyQueue(() => runQueue),
      suspensions: world.suspensions,
      recurring: world.settings.recurring ?? [],
      paused: { read: () => instance.call('table', 'read the paused', async () => world.paused) },
      listShards: 1,
      keepPayload: keepPayloadOf(world, instance, deps),
      notify: world.settings.notify ?? [],
      charges: chargesOf(world, instance),
    };
    return processDeliveries(event, (delivery) => processArrival(delivery, admission), admission);
  }

  function resolve(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const deps = depsOf(world, instance, deadLetters);
    return processDeliveries(event, (delivery) => resolveDeadLetter(delivery, deps), deps);
  }

  function notify(event: SQSEvent, instance: Instance, own: SimulatedQueue): Promise<SQSBatchResponse> {
    const { givenUp, slowNotifications, ...ports } = depsOf(world, instance, own);
    const limits = { ...breakerLimits, ...world.settings.breakers };
    const { webhooksPerMinute } = world.settings;
    const notify = (message: NotificationMessage) => {
      world.guard(() => world.webhookLimitRule.onAttempt(message));
      if (own === notifying) world.guard(() => world.endpointRule.onCommonAttempt(message));
      return instance.call('service', 'tell a target', async () =>
        world.targets.notify(message, {
          time: world.time,
          onNotified: () => world.guard(() => world.notifyRule.onNotified(message, world.time.now)),
        }),
      );
    };
    const door = world.tenantLimitRule.door(defined({ webhooksPerMinute }), {
      ...ports,
      clock: instance.clock,
    });
    const deps = {
      ...ports,
      breakers: new EndpointBreakers({ ...ports, limits }),
      suspensions: world.suspensions,
      slowNotifications: own === notifying ? slowNotifications : undefined,
      deadLetters: givenUp,
      schedules: ports.notificationSchedules,
      notify: notifyWithinLimit(notify, door),
    };
    return processDeliveries(event, (delivery) => deliverNotification(delivery, deps), deps);
  }
}
