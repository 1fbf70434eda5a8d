import { keyedJobId } from '../../shared/domain/base/fingerprint.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { checkOrder } from './check-order.ts';
import type { Order } from './client.ts';
import { countingDown } from './group-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { soon } from './late-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

interface Unwritten extends Order {
  readonly runAt?: number;
  readonly traceparent?: string;
}

/** The message of a submission that died before it wrote the item. */
export const unwritten = (world: World, order: Unwritten, id = world.random.uuid()) => ({
  id,
  order,
  body: writeMessage(
    submissionMessage(
      { tenant: 'someone', type: 'counting', payload: countingDown(0), maxAttempts: 3, ...order },
      { id, fingerprint: 'f', now: world.time.now },
    ),
  ),
});

const group = 'g';
const notify = [{ url: 'https://receiver.example/' }];

/**
 * The jobs have no item yet: the process that fails them makes it from the message. Of one, two workers have a copy, and the second is
 * faster.
 */
const withoutItems: Scenario = {
  name: 'messages arrive when it is too late to start their jobs',
  settings: { batchSize: 1 },
  act: async (client, world) => {
    const startBefore = soon(world, 3);
    const times = { delaySeconds: 1, runAt: soon(world, 1), startBefore };
    const one = unwritten(world, { ...times, tags: ['one'] });
    const ordered = unwritten(world, { startBefore, group });
    const waiting = unwritten(world, { startBefore, dependsOn: [one.id], tags: ['waits'] });
    const late = unwritten(world, { startBefore, tags: ['late'], notify });
    const dead = unwritten(world, {
      ...{ ...times, startBefore: soon(world, 3_600), group, dependsOn: [one.id], tags: ['dead'], notify },
    });
    let hasPaused = false;
    world.interpose = async (role, call) => {
      if (role !== 'worker' || call !== 'failLate' || hasPaused) return;
      hasPaused = true;
      await client.pause(1_500);
    };
    await client.pause(3_000);
    for (const delayMs of [0, 500, 4_000]) world.queue.send(one.body, { delayMs });
    world.ordered.send(ordered.body, { group: JSON.stringify(['someone', group]) });
    world.waiting.send(waiting.body);
    world.deadLetters.send(late.body);
    world.deadLetters.send(dead.body);
    await client.pause(1_000_000);
    world.guard(() => {
      for (const { id, order } of [one, ordered, waiting, late, dead])
        checkOrder(world.table.items.get(id), order);
    });
  },
  assert: (world) => {
    expectStatus(world, 'failed');
    const errors = [...world.table.items.values()].map(({ error }) => error?.name).sort();
    if (errors.join() !== `DeadLetterError,${Array(4).fill('NotStartedInTimeError').join()}`)
      throw new Violation('jobs end as they should', errors.join());
  },
};

/** The item of another request under the same key is written right before the job would be failed. */
const anotherBody = (name: string, role: string, send: (world: World, id: string) => void): Scenario => ({
  name: `another body takes a key right before the first one is failed ${name}`,
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'failLate' || call === 'failUnclaimed',
      () => client.insist({ key: 'k', delaySeconds: 5 }),
      role,
    );
    send(world, keyedJobId('secret', 'someone', 'k'));
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
});
const anotherBodies = [
  anotherBody('because it is late', 'worker', (world, id) => {
    world.queue.send(unwritten(world, { startBefore: soon(world, 1) }, id).body, { delayMs: 1_000 });
  }),
  anotherBody('by a dead letter', 'dead-letter', (world, id) => {
    world.deadLetters.send(unwritten(world, {}, id).body);
  }),
];

/** Of messages whose jobs have no item when it is too late to start them. */
export const lateMessageScenarios: readonly Scenario[] = [withoutItems, ...anotherBodies];
