import { checkOrder } from './check-order.ts';
import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import { unwritten } from './late-message-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { backAfterMs, check, goneFor, settings, submit } from './unknown-type-scenarios.ts';
import type { World } from './world.ts';

const spanId = '00f067aa0ba902b7';
const notify = [{ url: 'https://receiver.example/' }];

/** Their submissions died when they had sent the messages. One is erased when it has ended. */
const withoutItems: Scenario = {
  name: 'jobs without an item wait for their type, with all that was ordered',
  settings,
  act: async (client, world) => {
    const traceparent = `00-${spanId}${spanId}-${spanId}-01`;
    const first = unwritten(world, { tags: ['first'], notify, traceparent });
    world.queue.send(first.body);
    if ((await client.until(first.id, 'succeeded', 'failed'))?.status !== 'succeeded') return;
    goneFor(backAfterMs)(world);
    const { now } = world.time;
    const common = { startBefore: now + 3_600_000, dependsOn: [first.id], tags: ['waits'], notify };
    const one = unwritten(world, { ...common, traceparent, delaySeconds: 1, runAt: now });
    const ordered = unwritten(world, { ...common, group: 'g' });
    world.queue.send(one.body);
    world.ordered.send(ordered.body, { group: JSON.stringify(['someone', 'g']) });
    await client.until(one.id, 'waiting', 'succeeded', 'failed');
    await client.until(ordered.id, 'waiting', 'succeeded', 'failed');
    for (const { id, order } of [first, one, ordered]) {
      const item = world.table.items.get(id);
      world.guard(() => checkOrder(item, order));
      world.guard(() => check(item?.traceparent === order.traceparent, `${id} has another trace`));
    }
    await client.until(one.id, 'succeeded', 'failed');
    await client.erase(one.id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** Something happens to a job at the moment at which a worker makes it wait for its type, with a copy of its message. */
const interposed = (
  what: string,
  happen: (
    client: Client,
    world: World,
    job: { readonly id: string; readonly copy: string },
  ) => Promise<unknown>,
): Scenario => ({
  name: `a job is ${what} right before it would wait for its type`,
  settings,
  faults: ['crash-after', 'late-effect'],
  arrange: goneFor(backAfterMs),
  act: async (client, world) => {
    let copy = '';
    before(
      world,
      (call) => call === 'awaitHandler',
      (id) => happen(client, world, { id, copy }),
      'worker',
    );
    await submit(client, { key: 'k' });
    [copy = ''] = world.queue.bodies;
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed', 'canceled'),
});

/** The copy saves its message, so that its next run has a message of its own. */
async function cancelAndRetry(client: Client, world: World, { id, copy }: { id: string; copy: string }) {
  await client.cancel(id);
  world.queue.send(copy);
  await client.pause(2_000);
  await client.retry(id);
}

/** Its worker stands still for longer than a lease, and comes to 26 s after its claim. The look is 21 s after that. */
const comesTo = (name: string, { seconds, waitMs }: { seconds: number; waitMs: number }): Scenario => ({
  name,
  settings,
  faults: ['crash-after', 'late-effect'],
  arrange: (world) => {
    let isFirst = true;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (isFirst) {
          goneFor(40_000)(world);
          world.workers.at(-1)?.freeze();
        }
        isFirst = false;
        await job.pause(payload.seconds);
        return { seconds: payload.seconds };
      },
    };
  },
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'awaitHandler',
      () => client.pause(waitMs),
      'worker',
    );
    await submit(client, { payload: { seconds }, maxAttempts: 2 });
    const [copy = ''] = world.queue.bodies;
    world.queue.send(copy, { delayMs: 21_000 });
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
});

/** Jobs whose type is gone have no item, or something happens to them at that moment. */
export const unknownTypeRaceScenarios: readonly Scenario[] = [
  withoutItems,
  comesTo('a worker renews its lease right before its job would wait for its type', {
    seconds: 30,
    waitMs: 6_000,
  }),
  comesTo('a worker ends its job right before that would wait for its type', { seconds: 30, waitMs: 10_000 }),
  comesTo('a worker comes to when its job waits for its type', { seconds: 3, waitMs: 0 }),
  interposed('canceled', (client, _world, { id }) => client.cancel(id)),
  interposed('canceled and retried', cancelAndRetry),
  interposed('failed', async (client, world, { id, copy }) => {
    world.deadLetters.send(copy);
    await client.until(id, 'failed');
  }),
];
