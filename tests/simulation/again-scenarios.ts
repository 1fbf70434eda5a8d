import { PermanentError } from '../../shared/domain/base/errors.ts';
import { contracts } from '../job-types/contracts.ts';
import { type Booking, parentOf, settings, submitParent, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { allButRepeat } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting } = contracts;

/** The first child fails in its first run, the second takes its time, and the third fails in every run. */
const mixed =
  (bounds: { readonly tolerate?: number } = {}): Booking =>
  async (_payload, job) => {
    const batch = await job.spawn('pages', counting, {
      ...bounds,
      count: 3,
      payload: (index) => ({
        seconds: index === 1 ? 12 : 0,
        ...(index === 1 ? {} : { failFirst: index + 1 }),
      }),
    });
    const { unsuccessful } = await batch.settled();
    return { seats: [String(unsuccessful)], charge: null };
  };

const arrangeWith =
  (booking: Booking): Scenario['arrange'] =>
  (world) => {
    withParent(booking)?.(world);
    const { counting: count } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (payload.failFirst !== 3) return count(payload, job);
        if (payload.seconds > 0) await job.pause(payload.seconds);
        throw new PermanentError('never');
      },
    };
  };

const arrange = arrangeWith(mixed());

const resultOf = (world: World): string | undefined => parentOf(world)?.result;
const rootOf = ({ batches }: World) => [...batches.roots.values()][0];

const withFailures = async (client: Client, world: World): Promise<string> => {
  const id = await submitParent(client);
  await client.until(id, 'waiting');
  for (let tries = 0; tries < 100 && failedOf(world).length < 2; tries += 1) await client.pause(200);
  return id;
};
const failedOf = ({ table }: World) =>
  [...table.items.values()].filter(({ parent, status }) => parent && status === 'failed');

/** A request has read a batch that was not decided, and its write comes after the parent has gone on. */
const delayRequests = (client: Client, world: World): void =>
  before(
    world,
    (call) => call === 'ask for a round',
    () => client.until(parentOf(world)?.id ?? '', 'succeeded'),
    'retry children',
  );

const expectUndisturbed = (
  world: World,
  isSo: boolean,
  { rule, found }: { readonly rule: string; readonly found: unknown },
): void => {
  if (!world.settings.plan && !isSo) throw new Violation(rule, `${found}`);
};

const expectSecondRound = (world: World, rule: string): void => {
  const { round = 0 } = rootOf(world) ?? {};
  expectUndisturbed(world, round === 2, { rule, found: `round ${round}` });
};

/** One of them is still at work. */
const whileSomeRun: Scenario = {
  name: 'children that have failed are asked for again while others run',
  settings,
  arrange,
  act: async (client, world) => {
    const id = await withFailures(client, world);
    const { status } = await client.retryChildren(id, 'pages');
    expectUndisturbed(world, status === 202, {
      rule: 'children can be asked for again while their parent waits',
      found: status,
    });
  },
  assert: (world) => {
    const { round = 0 } = rootOf(world) ?? {};
    if (round > 2 && !world.settings.plan)
      throw new Violation('what is asked for once is made again once', `${round}`);
    if (round > 3) throw new Violation('what is asked for is made again once', `round ${round}`);
    if (!world.settings.plan && resultOf(world) !== '{"seats":["1"],"charge":null}')
      throw new Violation('what has failed is made again', `${resultOf(world)}`);
  },
};

const askedTwice: Scenario = {
  name: 'children are asked for again by two callers',
  settings: { ...settings, wakers: 2 },
  arrange,
  act: async (client, world) => {
    const id = await withFailures(client, world);
    await Promise.all([client.retryChildren(id, 'pages'), client.retryChildren(id, 'pages')]);
  },
  assert: (world) => {
    expectSecondRound(world, 'what is asked for twice is made again once');
  },
};

const racingTheEnd: Scenario = {
  name: 'children are asked for again right after the last of them has ended',
  settings,
  faults: allButRepeat,
  arrange,
  act: async (client, world) => {
    delayRequests(client, world);
    const id = await withFailures(client, world);
    await client.retryChildren(id, 'pages');
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'failed');
  },
};

/** The write of the request comes before the end that makes the batch over. */
const beforeTheEnd: Scenario = {
  name: 'children are asked for again right before the last of them has ended',
  settings,
  arrange,
  act: async (client, world) => {
    before(
      world,
      (call, id) => call === 'succeed' && world.table.items.get(id)?.parent !== undefined,
      async (id) => {
        const { parent } = world.table.items.get(id) ?? {};
        await client.retryChildren(parent?.id ?? '', 'pages');
      },
      'worker',
    );
    await submitParent(client);
  },
  assert: (world) => {
    expectSecondRound(world, 'what is asked for in time is made again');
  },
};

const afterTheEnd: Scenario = {
  name: 'children are asked for again when their parent has ended',
  settings,
  arrange,
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.until(id, 'succeeded');
    const { status } = await client.retryChildren(id, 'pages');
    expectUndisturbed(world, status === 409, {
      rule: 'nobody asks for children again whose parent has ended',
      found: status,
    });
  },
};

const racingTheDecision: Scenario = {
  name: 'children are asked for again right after more have failed than their parent tolerates',
  settings,
  faults: allButRepeat,
  arrange: arrangeWith(mixed({ tolerate: 1 })),
  act: async (client, world) => {
    delayRequests(client, world);
    const id = await submitParent(client);
    await client.until(id, 'waiting');
    const { status } = await client.retryChildren(id, 'pages');
    expectUndisturbed(world, status !== 202, {
      rule: 'nobody asks for children again whose parent goes on',
      found: status,
    });
  },
};

/** It ends before it begins the round, and its retry makes them again. */
const thenCanceled: Scenario = {
  name: 'children are asked for again, and their parent is canceled and retried',
  settings,
  // The cancel races the start of the parent.
  faults: allButRepeat,
  arrange,
  act: async (client, world) => {
    const id = await withFailures(client, world);
    await client.retryChildren(id, 'pages');
    await client.cancel(id);
    await client.retry(id);
  },
};

const runOf = ({ table }: World, index: number): number | undefined =>
  [...table.items.values()].find(({ parent }) => parent?.index === index)?.run;

/** What each run of the children is, and what their parent says of them, if nothing is disturbed. */
const expectRuns = (
  world: World,
  { runs, unsuccessful }: { readonly runs: readonly number[]; readonly unsuccessful: number },
): void => {
  const { round = 0, again } = rootOf(world) ?? {};
  if (round > 1 && again) throw new Violation('a round begins without what was asked for before', `${round}`);
  if (world.settings.plan) return;
  const made = runs.map((_, index) => runOf(world, index));
  if (made.join() !== runs.join())
    throw new Violation('those are made again that were asked for', `the runs are ${made.join()}`);
  if (resultOf(world) !== `{"seats":["${unsuccessful}"],"charge":null}`)
    throw new Violation('those that were not asked for count as before', `${resultOf(world)}`);
};

const oneAlone: Scenario = {
  name: 'one of two children that have failed is asked for again',
  settings,
  arrange,
  act: async (client, world) => {
    const id = await withFailures(client, world);
    const answers = [0, 0, 1, 3].map((index) => client.retryChild(id, 'pages', index));
    const statuses = (await Promise.all(answers)).map(({ status }) => status).join();
    expectUndisturbed(world, statuses === '202,202,409,404', {
      rule: 'a child can be asked for again that has failed',
      found: statuses,
    });
  },
  assert: (world) => expectRuns(world, { runs: [2, 1, 1], unsuccessful: 1 }),
};

/** They share a shard, and the third child has one of its own. */
const sharing: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    list: [{ seconds: 0, failFirst: 1 }, { seconds: 0, failFirst: 3 }, { seconds: 12 }],
  });
  const { unsuccessful } = await batch.settled();
  return { seats: [String(unsuccessful)], charge: null };
};

const oneOfAShard: Scenario = {
  name: 'one of two children of a shard that have failed is asked for again',
  settings,
  arrange: arrangeWith(sharing),
  act: async (client, world) => {
    const id = await withFailures(client, world);
    await client.retryChild(id, 'pages', 0);
  },
  assert: (world) => expectRuns(world, { runs: [2, 1, 1], unsuccessful: 1 }),
};

/** Two of three fail, one late: that would be more than their parent tolerates, and the round comes first. */
const tolerating: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    list: [{ seconds: 0, failFirst: 1 }, { seconds: 1 }, { seconds: 12, failFirst: 3 }],
    tolerate: 1,
  });
  const { unsuccessful, isEarly } = await batch.settled();
  return { seats: [String(unsuccessful)], charge: isEarly ? 'early' : null };
};

const oneWithinBounds: Scenario = {
  name: 'a child is asked for again, and then more have failed than their parent tolerates',
  settings,
  arrange: arrangeWith(tolerating),
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.until(id, 'waiting');
    for (let tries = 0; tries < 100 && failedOf(world).length < 1; tries += 1) await client.pause(200);
    await client.retryChild(id, 'pages', 0);
  },
  assert: (world) => expectRuns(world, { runs: [2, 1, 1], unsuccessful: 1 }),
};

const bothSingly: Scenario = {
  name: 'two children that have failed are asked for again one by one',
  settings,
  arrange,
  act: async (client, world) => {
    const id = await withFailures(client, world);
    for (const index of [2, 0]) await client.retryChild(id, 'pages', index);
  },
  assert: (world) => expectRuns(world, { runs: [2, 1, 2], unsuccessful: 1 }),
};

/** The round of all has a number of its own. */
const oneThenAll: Scenario = {
  name: 'one child is asked for again, and then all that have failed',
  settings,
  arrange,
  act: async (client, world) => {
    const id = await withFailures(client, world);
    await client.retryChild(id, 'pages', 2);
    await client.retryChildren(id, 'pages');
    await client.retryChild(id, 'pages', 0);
  },
  assert: (world) => expectRuns(world, { runs: [3, 1, 3], unsuccessful: 1 }),
};

const oneRacingTheEnd: Scenario = {
  name: 'a child is asked for again right after the last of them has ended',
  settings,
  faults: allButRepeat,
  arrange,
  act: async (client, world) => {
    delayRequests(client, world);
    const id = await withFailures(client, world);
    await client.retryChild(id, 'pages', 0);
  },
  assert: (world) => expectRuns(world, { runs: [1, 1, 1], unsuccessful: 2 }),
};

const oneThenCanceled: Scenario = {
  name: 'a child is asked for again, and its parent is canceled and retried',
  settings,
  arrange,
  act: async (client, world) => {
    const id = await withFailures(client, world);
    await client.retryChild(id, 'pages', 0);
    await client.cancel(id);
    await client.retry(id);
  },
};

/** The shards of the round of one are there, and that round never begins. */
const canceledBetween: Scenario = {
  name: 'a child is asked for again, and its parent is canceled before the round begins, and retried',
  settings,
  arrange,
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'begin a round',
      async () => {
        const id = parentOf(world)?.id ?? '';
        await client.cancel(id);
        await client.until(id, 'canceled');
        await client.retry(id);
        await client.until(id, 'succeeded');
      },
      'worker',
    );
    const id = await withFailures(client, world);
    await client.retryChild(id, 'pages', 0);
  },
  assert: (world) => expectRuns(world, { runs: [3, 1, 3], unsuccessful: 1 }),
};

/** Children are asked for again while their parent waits. */
export const againScenarios: readonly Scenario[] = [
  whileSomeRun,
  askedTwice,
  racingTheEnd,
  beforeTheEnd,
  racingTheDecision,
  afterTheEnd,
  thenCanceled,
  oneAlone,
  oneOfAShard,
  oneWithinBounds,
  bothSingly,
  oneThenAll,
  oneRacingTheEnd,
  oneThenCanceled,
  canceledBetween,
];
