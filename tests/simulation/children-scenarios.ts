import { PermanentError } from '../../shared/domain/base/errors.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { isOver } from '../../shared/domain/children/batch.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import { allButRepeat } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { longFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

export type Booking = World['handlers']['booking'];

export const settings = { figures: longFigures };
export const order = { type: 'booking', payload: { seats: 0, waitSeconds: 0 }, maxAttempts: 6 };
const { counting } = contracts;

/** A child fails in its first run if its payload says so. */
export const withParent =
  (booking: Booking): Scenario['arrange'] =>
  (world) => {
    const { counting: count } = world.handlers;
    world.handlers = {
      ...world.handlers,
      booking,
      counting: async (payload, job) => {
        if (payload.failFirst && job.run === 1) throw new PermanentError('not in this run');
        return count({ seconds: payload.seconds }, job);
      },
    };
  };

export const childrenOf = ({ table }: World) => [...table.items.values()].filter(({ parent }) => parent);
export const parentOf = ({ table }: World) => [...table.items.values()].find(({ parent }) => !parent);

/** What a booking has returned, and nothing before that. */
export const bookedOf = (item: JobItem | undefined) =>
  item?.result === undefined ? undefined : contracts.booking.result.parse(readJson(item.result));

export const submitParent = async (client: Client): Promise<string> =>
  (await client.insist({ ...order, key: 'parent' })).job?.id ?? '';

/** Three children in two shards, of which the last fails. */
const listed: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: index, ...(index === 2 ? { failFirst: 1 } : {}) }),
  });
  const seats: string[] = [];
  for await (const child of batch.results()) seats.push(`${child.index} ${child.status}`);
  return { seats, charge: null };
};

const spawned: Scenario = {
  name: 'a job waits for three children, of which one fails',
  settings,
  arrange: withParent(listed),
  act: async (client) => void (await submitParent(client)),
  assert: (world) => {
    const result = parentOf(world)?.result;
    if (result !== undefined && result !== '{"seats":["0 succeeded","1 succeeded","2 failed"],"charge":null}')
      throw new Violation('a parent sees the end of each child', result);
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'failed');
    if (childrenOf(world).length > 3)
      throw new Violation('a child is one job', `${childrenOf(world).length} children`);
  },
};

/** All have ended before the parent waits. */
const endedBefore: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, { list: [{ seconds: 0 }, { seconds: 0 }] });
  await job.step('a long step', () => job.pause(30));
  await batch.succeeded();
  return { seats: [], charge: null };
};

export const alreadyEnded: Scenario = {
  name: 'all children have ended before their parent waits',
  settings,
  arrange: withParent(endedBefore),
  act: async (client) => void (await submitParent(client)),
};

/** They end after it has looked at the batch, and before it has stored that it waits. */
const endsInBetween: Scenario = {
  name: 'all children end right before their parent stores that it waits',
  settings,
  arrange: withParent(async (_payload, job) => {
    await job.call('one', counting, { seconds: 1 });
    return { seats: [], charge: null };
  }),
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'sleep',
      () => client.pause(5_000),
      'worker',
    );
    await submitParent(client);
  },
};

/** The first run of the parent fails, because children have. */
export const needsAll: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 0, ...(index === 0 ? {} : { failFirst: 1 }) }),
  });
  await batch.succeeded();
  return { seats: [], charge: null };
};

const retried: Scenario = {
  name: 'a job fails because children have, and is retried with them',
  settings,
  arrange: withParent(needsAll),
  act: async (client) => {
    const id = await submitParent(client);
    await client.until(id, 'failed');
    await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
    const first = childrenOf(world).find(({ parent }) => parent?.index === 0);
    if (first?.status === 'succeeded' && first.run > 1 && !world.settings.plan)
      throw new Violation('a child that has succeeded is not made again', `run ${first.run}`);
  },
};

export const slow: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 20 + index }),
  });
  await batch.succeeded();
  return { seats: [], charge: null };
};

const canceled: Scenario = {
  name: 'a job is canceled while its children run',
  settings,
  arrange: withParent(slow),
  act: async (client) => {
    const id = await submitParent(client);
    await client.pause(8_000);
    await client.cancel(id);
  },
  assert: (world) => {
    for (const { status, startedAt = 0 } of childrenOf(world))
      if (status === 'succeeded' && !world.settings.plan)
        throw new Violation('children end with their parent', `${status}, started at ${startedAt}`);
  },
};

/** Two batches at a time. The second one is made while the first one is on its way. */
const two: Booking = async (_payload, job) => {
  const batches = ['a', 'b'].map(async (key, place) => {
    const batch = await job.spawn(key, counting, { list: [{ seconds: 3 * place }] });
    await batch.succeeded();
  });
  await Promise.all(batches);
  return { seats: [], charge: null };
};

const sideBySide: Scenario = {
  name: 'a job waits for two batches side by side',
  settings,
  arrange: withParent(two),
  act: async (client) => void (await submitParent(client)),
  assert: (world) => {
    if (parentOf(world)?.status === 'succeeded' && ![...world.batches.roots.values()].every(isOver))
      throw new Violation('a parent goes on when its children have ended', 'a batch is not over');
  },
};

/** A child spawns children of its own. */
const nested: Booking = async ({ seats: depth }, job) => {
  if (depth > 0) await job.call('one', contracts.booking, { seats: depth - 1, waitSeconds: 0 });
  else await job.call('last', counting, { seconds: 20 });
  return { seats: [], charge: null };
};

const cascade: Scenario = {
  name: 'a job is canceled, and so are its children and theirs',
  settings,
  arrange: withParent(nested),
  act: async (client) => {
    const parent = await client.insist({ ...order, key: 'parent', payload: { seats: 1, waitSeconds: 0 } });
    await client.pause(5_000);
    await client.cancel(parent.job?.id ?? '');
  },
  assert: (world) => {
    const parents = [...world.table.items.values()].filter(({ type }) => type === 'booking');
    if (!world.settings.plan && parents.some(({ status }) => status !== 'canceled'))
      throw new Violation('children end with their parent', 'a child was not canceled');
  },
};

const allTheWay: Scenario = {
  name: 'a result comes up from the children of a child',
  settings,
  arrange: withParent(nested),
  act: async (client) =>
    void (await client.insist({ ...order, key: 'parent', payload: { seats: 1, waitSeconds: 0 } })),
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** It is canceled while it waits, and its children are canceled with it. */
const canceledAndRetried: Scenario = {
  name: 'a job that waits for its children is canceled, and retried at once',
  settings,
  // A copy of its message may start the next run before its children have stopped: then they go on.
  faults: allButRepeat,
  arrange: withParent(slow),
  act: async (client) => {
    const id = await submitParent(client);
    await client.pause(8_000);
    await client.cancel(id);
    await client.retry(id);
  },
  assert: (world) => {
    const parent = parentOf(world);
    if (!world.settings.plan && parent?.status !== 'succeeded')
      throw new Violation(
        'children that were canceled are made again by a retry',
        `${parent?.error?.message}`,
      );
  },
};

/** Its children wait for hours. A retry of it fails before it asks for them, and ends them all the same. */
const endsUnasked: Booking = async ({ seats }, job) => {
  if (seats === 0 && job.run > 1) throw new PermanentError('before it asks for its children');
  if (seats > 0) await job.waitFor('hours', { until: 5 * 3600 });
  else {
    const list = [1, 2].map((seat) => ({ seats: seat, waitSeconds: 0 }));
    await (await job.spawn('parts', contracts.booking, { list })).settled();
  }
  return { seats: [], charge: null };
};

const retriedUnasked: Scenario = {
  name: 'a job is canceled while its children wait, and its retry ends before it asks for them',
  settings,
  arrange: withParent(endsUnasked),
  act: async (client) => {
    const id = await submitParent(client);
    await client.pause(60_000);
    await client.cancel(id);
    await client.retry(id);
  },
  assert: (world) => {
    const statuses = childrenOf(world).map(({ status }) => status);
    if (!world.settings.plan && statuses.join() !== 'canceled,canceled')
      throw new Violation('children end with their parent', statuses.join());
  },
};

/** There is too little time left for all children after its step. */
const late: Booking = async (_payload, job) => {
  await job.step('a long step', () => job.pause(400));
  const batch = await job.spawn('pages', counting, { count: 5, payload: () => ({ seconds: 0 }) });
  await batch.succeeded();
  return { seats: [], charge: null };
};

const handedOver: Scenario = {
  name: 'a job is handed over between the children that it makes',
  settings,
  faults: ['crash-before', 'crash-after', 'repeat', 'late-effect', 'slow-request'],
  arrange: withParent(late),
  act: async (client) => void (await submitParent(client)),
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

export const childrenScenarios: readonly Scenario[] = [
  spawned,
  alreadyEnded,
  endsInBetween,
  retried,
  canceled,
  sideBySide,
  cascade,
  allTheWay,
  canceledAndRetried,
  retriedUnasked,
  handedOver,
];
