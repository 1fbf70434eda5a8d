import { failing, failingFirst } from './broken-scenarios.ts';
import type { Client, Order } from './client.ts';
import { countingDown, line } from './group-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const order: Order & { key: string } = {
  key: 'k',
  payload: countingDown(1, { failFirst: 1 }),
  tags: ['secret'],
  maxAttempts: 4,
};

const expectErased = (world: World, count: number): void => {
  const erased = [...world.table.items.values()].filter((item) => item.erased);
  if (erased.length !== count)
    throw new Violation('jobs end as they should', `${erased.length} are erased, not ${count}`);
};

const copiesLater = (world: World): void => {
  const [copy] = world.queue.bodies;
  if (copy) for (const delayMs of [500, 3_000, 9_000, 400_000]) world.queue.send(copy, { delayMs });
};

const withCopies: Scenario = {
  name: 'a job is erased while copies of its message are in the queue, and its key is used again',
  act: async (client, world) => {
    const { job: erased } = await client.insist(order);
    if (!erased) return;
    copiesLater(world);
    await client.until(erased.id, 'succeeded');
    await client.erase(erased.id);
    const { status } = await client.insist(order);
    if (status !== 409)
      throw new Violation('the key of an erased job is not used again', `it was answered with ${status}`);
  },
  assert: (world) => expectErased(world, 1),
};

/** The process that stored its end may have died before it woke the others. */
const withDependent: Scenario = {
  name: 'a job is erased as soon as it has ended, and another waits for it',
  settings: { figures: waitingFigures },
  act: async (client) => {
    const a = await job(client, 'a', 3);
    const b = await job(client, 'b', 0, [a]);
    await client.until(a.job?.id ?? '', 'succeeded');
    await client.erase(a.job?.id ?? '');
    await client.until(b.job?.id ?? '', 'succeeded');
    await client.erase(b.job?.id ?? '');
  },
  assert: (world) => {
    expectErased(world, 2);
    expectStatus(world, 'succeeded');
  },
};

const whileQueued = (name: string, more: Partial<Order>): Scenario => ({
  name,
  act: async (client) => {
    if (more.group) await line(client, more.group, [countingDown(9)]);
    const { job: erased } = await client.insist({ ...order, ...more });
    if (more.group) await line(client, `${more.group}`, [countingDown(9), countingDown(0)]);
    await client.pause(1_000);
    await client.cancel(erased?.id ?? '');
    await client.until(erased?.id ?? '', 'canceled');
    await client.erase(erased?.id ?? '');
  },
  assert: (world) => {
    expectErased(world, 1);
    expectStatus(world, 'succeeded', 'canceled');
  },
});

/** It has all that an item can have: it was in a group, asleep, had to start by a time, and saved its state. */
const asleep: Scenario = {
  name: 'a job of a group sleeps, is canceled, and is erased some time later',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, context) => {
        if (seconds > 0 && !context.resume) await context.sleep(300, { passed: seconds });
        return { seconds };
      },
    };
  },
  act: async (client, world) => {
    const startBefore = world.time.now + 240_000;
    const payload = countingDown(9);
    const { job: first } = await client.insist({ ...order, group: 'g', payload, startBefore });
    await line(client, 'g', [countingDown(0)]);
    await client.until(first?.id ?? '', 'waiting');
    await client.cancel(first?.id ?? '');
    await client.until(first?.id ?? '', 'canceled');
    await client.pause(20_000);
    await client.erase(first?.id ?? '');
  },
  assert: (world) => {
    expectErased(world, 1);
    expectStatus(world, 'succeeded', 'canceled', ...(world.settings.plan ? ['failed'] : []));
  },
};

const racing = (
  name: string,
  race: (id: string, client: Client, world: World) => Promise<unknown>,
): Scenario => ({
  name,
  arrange: failingFirst,
  act: async (client, world) => {
    const { job: failed } = await failing(client, 'a', 3);
    if (!failed) return;
    copiesLater(world);
    await client.until(failed.id, 'failed');
    await race(failed.id, client, world);
  },
  assert: (world) => {
    for (const { erased, status } of world.table.items.values())
      if (!erased && status !== 'succeeded')
        throw new Violation('jobs end as they should', `it is ${status}`);
  },
});

/** In the middle of one call, the other is made. */
const interposed = (
  one: 'retry' | 'erase',
  what: string,
  happen: (id: string, client: Client) => Promise<unknown>,
): Scenario =>
  racing(`a failed job is ${what}`, async (id, client, world) => {
    before(
      world,
      (call) => call === one,
      () => happen(id, client),
      one,
    );
    await client[one](id);
  });

const retriedToTheEnd = async (id: string, client: Client) => {
  await client.retry(id);
  await client.until(id, 'succeeded');
};

/** A list is older than what it shows. */
const asSeen: Scenario = {
  name: 'a client cancels, retries and erases jobs as it saw them in a list',
  arrange: failingFirst,
  act: async (client, world) => {
    const orders = [
      client.insist({ key: 'a', payload: countingDown(30) }),
      failing(client, 'b'),
      failing(client, 'c'),
    ];
    const [a = '', b = '', c = ''] = (await Promise.all(orders)).map((answer) => answer.job?.id);
    for (const id of [b, c]) await client.until(id, 'failed');
    await client.until(a, 'running');
    const { items } = world.table;
    const answers = await Promise.all([
      client.cancel(a, items.get(a)),
      client.retry(b, items.get(b)),
      client.erase(c, items.get(c)),
    ]);
    const statuses = answers.map(({ status }) => status).join();
    if (!world.settings.plan && statuses !== '202,202,202')
      throw new Violation('what the client saw has not changed', statuses);
  },
  assert: (world) => expectErased(world, 1),
};

/** Jobs are erased. */
export const eraseScenarios: readonly Scenario[] = [
  withCopies,
  withDependent,
  whileQueued('a delayed job is canceled, and erased before its message is received', { delaySeconds: 60 }),
  whileQueued('a job of a group is canceled, and erased before its message is received', { group: 'g' }),
  asleep,
  racing('a failed job is erased and retried at once', (id, client) =>
    Promise.all([client.retry(id), client.erase(id)]),
  ),
  interposed('retry', 'erased while it is retried', (id, client) => client.erase(id)),
  interposed('erase', 'retried while it is erased', (id, client) => client.retry(id)),
  interposed('erase', 'retried, and succeeds, while it is erased', retriedToTheEnd),
  asSeen,
];
