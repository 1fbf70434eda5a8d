import type { BatchStore } from '../../shared/domain/children/batch-ports.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { contracts } from '../job-types/contracts.ts';
import { childrenOf, order, settings, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import type { Mutant } from './mutant.ts';
import type { Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting } = contracts;
type Booking = World['handlers']['booking'];

const submitParent = async (client: Client): Promise<string> =>
  (await client.insist({ ...order, key: 'parent', tags: ['secret'] })).job?.id ?? '';

/** Erases a job, again and again while it cannot be erased yet: up to an hour, since a job may wait long for its next attempt. */
async function eraseAtLast(client: Client, id: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { status } = await client.erase(id);
    if (status === 202 || status === 404) return;
    await client.pause(60_000);
  }
}

/** What remains of each job that was erased says neither whose it was nor who its parent was. */
function expectNothing(world: World): void {
  const left = [...world.table.items.values()].filter(({ erased }) => !erased);
  const { roots, stored } = world.batches;
  if (left.length + roots.size + stored.size > 0)
    throw new Violation(
      'nothing of the children of an erased job is left',
      `${left.length} jobs, ${roots.size} roots, ${stored.size} shards`,
    );
  if (world.bucket.objects.size > 0 && !world.settings.plan)
    throw new Violation('nothing of the children of an erased job is left', 'objects');
}

/** Copies of all messages that are in the queue: they come when the job is erased, some time after that, and much later. */
function copiesLater(world: World): void {
  for (const copy of world.queue.bodies)
    for (const delayMs of [8_000, 30_000, 400_000]) world.queue.send(copy, { delayMs });
}

const three: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 1, ...(index === 2 ? { failFirst: 1 } : {}) }),
  });
  await batch.settled();
  return { seats: [], charge: null };
};

const ended: Scenario = {
  name: 'a job is erased with its three children, of which copies are in the queue',
  settings,
  arrange: withParent(three),
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.until(id, 'waiting');
    copiesLater(world);
    await client.until(id, 'succeeded', 'failed');
    await eraseAtLast(client, id);
  },
  assert: expectNothing,
};

/** In each call as many as one shard has. */
const inPieces: Scenario = {
  ...ended,
  name: 'a job is erased with its three children, some in each call',
  act: async (client, world) => {
    world.erasesAtOnce = { looks: 100, erases: 1 };
    await ended.act(client, world);
  },
};

/** Its children are still in the queue, and one runs. */
const slow: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 15 + index }),
  });
  await batch.succeeded();
  return { seats: [], charge: null };
};

const canceled: Scenario = {
  name: 'a job is canceled and erased while its children run',
  settings,
  arrange: withParent(slow),
  act: async (client) => {
    const id = await submitParent(client);
    await client.pause(5_000);
    await client.cancel(id);
    await client.until(id, 'canceled');
    await eraseAtLast(client, id);
  },
  assert: expectNothing,
};

/** Workers have seen that the batch is wanted, and are about to claim its children. */
const aboutToStart: Scenario = {
  name: 'a job is canceled and erased while workers are about to start its children',
  settings,
  arrange: withParent(slow),
  act: async (client, world) => {
    const id = await submitParent(client);
    const { promise: isErased, resolve } = Promise.withResolvers<void>();
    world.interpose = async (role, call, of) => {
      if (role === 'worker' && call === 'claim' && of !== id) await isErased;
    };
    await client.until(id, 'waiting');
    await client.cancel(id);
    await eraseAtLast(client, id);
    resolve();
  },
  assert: expectNothing,
};

/** Who erases them has seen that they have no items. */
const startsMeanwhile: Scenario = {
  name: 'the children of a job start, and end, right before they are erased',
  settings,
  faults: ['crash-before', 'crash-after', 'late-effect'],
  arrange: withParent(slow),
  act: async (client, world) => {
    const id = await submitParent(client);
    const { promise: isErased, resolve } = Promise.withResolvers<void>();
    world.interpose = async (role, call, of) => {
      if (role === 'worker' && call === 'claim' && of !== id) await isErased;
      if (call !== 'eraseUnborn') return;
      resolve();
      await client.pause(20_000);
    };
    await client.until(id, 'waiting');
    await client.cancel(id);
    await eraseAtLast(client, id);
    resolve();
  },
  assert: expectNothing,
};

/** It fails, because one of its children does. */
const failing: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 0, ...(index === 2 ? { failFirst: 1 } : {}) }),
  });
  await batch.succeeded();
  return { seats: [], charge: null };
};

const retried: Scenario = {
  name: 'a job is retried while it is erased with its children',
  settings,
  arrange: withParent(failing),
  act: async (client, world) => {
    world.erasesAtOnce = { looks: 100, erases: 1 };
    const id = await submitParent(client);
    await client.until(id, 'failed');
    before(
      world,
      (call) => call === 'erase',
      () => client.retry(id),
      'erase',
    );
    await eraseAtLast(client, id);
  },
  assert: expectNothing,
};

/** Its children outlive it. */
const leaving: Booking = async (_payload, job) => {
  await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 5 * index }),
    whenParentEnds: 'leave',
  });
  return { seats: [], charge: null };
};

const left: Scenario = {
  name: 'a job is erased as soon as its children have ended, which outlive it',
  settings,
  arrange: withParent(leaving),
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.until(id, 'succeeded');
    await eraseAtLast(client, id);
    const item = world.table.items.get(id);
    if (item?.erased && childrenOf(world).some(({ status }) => !isTerminal(status)))
      throw new Violation('a job is not erased while its children run', id);
  },
  assert: (world) => {
    expectNothing(world);
    const [started] = [...world.table.items.values()].filter(({ status }) => status === 'canceled');
    if (started && !world.settings.plan)
      throw new Violation('children that outlive their parent end as they do', started.id);
  },
};

/** Children of children. */
const nested: Booking = async ({ seats }, job) => {
  const batch =
    seats > 0
      ? await job.spawn('orders', contracts.booking, { list: [{ ...order.payload, seats: seats - 1 }] })
      : await job.spawn('pages', counting, { list: [{ seconds: 0 }, { seconds: 1 }] });
  await batch.settled();
  return { seats: [], charge: null };
};

const ofThree: Scenario = {
  name: 'a job is erased with the children of its children',
  settings,
  arrange: withParent(nested),
  act: async (client, world) => {
    world.erasesAtOnce = { looks: 100, erases: 2 };
    const payload = { ...order.payload, seats: 1 };
    const id = (await client.insist({ ...order, payload, key: 'parent' })).job?.id ?? '';
    await client.until(id, 'succeeded', 'failed');
    await eraseAtLast(client, id);
  },
  assert: expectNothing,
};

export const childrenEraseScenarios: readonly Scenario[] = [
  ended,
  inPieces,
  canceled,
  aboutToStart,
  startsMeanwhile,
  retried,
  left,
  ofThree,
];

/** Changes how the call uses the batches that erases a job. */
const ofErase =
  (change: (batches: BatchStore) => Partial<BatchStore>): Mutant['ports'] =>
  (ports, role) =>
    role === 'erase' ? { ...ports, batches: { ...ports.batches, ...change(ports.batches) } } : ports;

export const childrenEraseMutants: readonly Mutant[] = [
  {
    name: 'of a child that nobody has started nothing is left',
    shownBy: aboutToStart.name,
    ports: (ports, role, world) => {
      const { store } = ports;
      const write: typeof store.write = async (made) => {
        const item = await store.write(made);
        if (made.transition === 'eraseUnborn') world.table.items.delete(made.id);
        return item;
      };
      return role === 'erase' ? { ...ports, store: { ...store, write } } : ports;
    },
  },
  {
    name: 'a shard is said to be erased before its children are',
    shownBy: inPieces.name,
    ports: ofErase((batches) => ({
      eraseShard: async (place, expiresAt) => {
        await batches.keepErased(place.batch, place.shard + 1);
        return batches.eraseShard(place, expiresAt);
      },
    })),
  },
  {
    name: 'a root is erased before its children are',
    shownBy: ended.name,
    ports: ofErase((batches) => ({
      beginErase: async (batch) => {
        const root = await batches.beginErase(batch);
        await batches.finishErase(batch, 0);
        return root;
      },
    })),
  },
  {
    name: 'a job is erased while its children run',
    shownBy: left.name,
    ports: ofErase(() => ({ read: async () => undefined })),
  },
];
