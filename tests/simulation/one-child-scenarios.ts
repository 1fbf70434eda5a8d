import { batchIdOf, childIdOf } from '../../shared/domain/children/batch.ts';
import { isTerminal, type JobStatus } from '../../shared/domain/state/job/transitions.ts';
import { cancelChild } from '../../shared/operations/act/cancel-child.ts';
import { contracts } from '../job-types/contracts.ts';
import {
  type Booking,
  childrenOf,
  parentOf,
  settings,
  submitParent,
  withParent,
} from './children-scenarios.ts';
import type { Client } from './client.ts';
import { before, unheard } from './interposed-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting } = contracts;

/** Three children in two shards. One that is canceled is no reason to fail. */
const counted =
  (seconds: number): Booking =>
  async (_payload, job) => {
    const batch = await job.spawn('pages', counting, { count: 3, payload: () => ({ seconds }) });
    const { unsuccessful } = await batch.settled();
    return { seats: [String(unsuccessful)], charge: null };
  };

/** They fail at once. */
const failing: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: () => ({ seconds: 0, failFirst: 1 }),
  });
  const { unsuccessful } = await batch.settled();
  return { seats: [String(unsuccessful)], charge: null };
};

const isChild =
  (world: World, index: number) =>
  (id: string): boolean =>
    world.table.items.get(id)?.parent?.index === index;

/** The first child is canceled, and the parent goes on. */
function expectCanceled(world: World): void {
  const { plan } = world.settings;
  if (plan) return;
  const first = childrenOf(world).find(({ parent }) => parent?.index === 0);
  if (first?.status !== 'canceled') throw new Violation('a child is canceled alone', `${first?.status}`);
  if (parentOf(world)?.result !== '{"seats":["1"],"charge":null}')
    throw new Violation('a parent goes on without a canceled child', `${parentOf(world)?.result}`);
}

/** Of a child that has no item yet. */
const indexOf = ({ batches }: World, id: string): number => {
  const [root] = [...batches.roots.values()];
  return [0, 1, 2].find((index) => root && childIdOf(root, index) === id) ?? -1;
};

const idOf = (world: World): string => parentOf(world)?.id ?? '';
const cancelFirst = (client: Client, world: World) => client.cancelChild(idOf(world), 'pages', 0);

/**
 * Makes something happen, once, right before a worker makes a call. Others that are about to make such a call wait for it, too: of a
 * message that is sent twice, both receivers.
 */
function holdWorkers(
  world: World,
  isIt: (call: string, id: string) => boolean,
  happen: (id: string) => Promise<unknown>,
): void {
  const { interpose } = world;
  let happening: Promise<unknown> | undefined;
  world.interpose = async (role, call, id) => {
    await interpose?.(role, call, id);
    if (role !== 'worker' || !isIt(call, id)) return;
    happening ??= happen(id);
    await happening;
  };
}

/** Before a worker looks at the batch of its first child, which it does before the claim. */
function beforeClaims(world: World, happen: () => Promise<unknown>): void {
  const { batches, records } = world;
  const isSent = (root: string) => records.items.has(root) && batches.stored.size > 0;
  holdWorkers(
    world,
    (call, id) => call === 'read a batch' && isSent(id) && childrenOf(world).length === 0,
    happen,
  );
}

const beforeItsClaim: Scenario = {
  name: 'a child is canceled before its claim',
  settings: { ...settings, batchSize: 1 },
  arrange: withParent(counted(0)),
  act: async (client, world) => {
    let answered: number | undefined;
    beforeClaims(world, async () => {
      const { status } = await cancelFirst(client, world);
      answered = status;
    });
    await submitParent(client);
    await client.pause(60_000);
    if (!world.settings.plan && answered !== 202)
      throw new Violation('a child can be canceled before its claim', `${answered}`);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'canceled');
  },
};

/** Its worker has looked at the batch, and its write comes after that of the call. */
const racingTheClaim: Scenario = {
  name: 'a child is canceled right before it is claimed',
  settings: { ...settings, batchSize: 1 },
  arrange: withParent(counted(0)),
  act: async (client, world) => {
    holdWorkers(
      world,
      (call, id) => call === 'claim' && id !== idOf(world),
      async (id) => {
        const index = indexOf(world, id);
        await client.cancelChild(idOf(world), 'pages', index);
        const child = world.table.items.get(id);
        if (!world.settings.plan && child?.status !== 'canceled')
          throw new Violation('a child is canceled before its claim', `${child?.status}`);
      },
    );
    await submitParent(client);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'canceled');
  },
};

/** The call has seen no item, and a worker is faster. */
const overtaken = (what: string, booking: Booking, status: JobStatus): Scenario => ({
  name: `a child ${what} right before its cancel is stored`,
  settings: { ...settings, batchSize: 1 },
  arrange: withParent(booking),
  act: async (client, world) => {
    let hasLooked = () => {};
    const looked = new Promise<void>((resolve) => {
      hasLooked = resolve;
    });
    before(
      world,
      (call) => call === 'cancelUnborn',
      (id) => {
        hasLooked();
        return client.until(id, status);
      },
      'cancel a child',
    );
    let asked: Promise<unknown> | undefined;
    beforeClaims(world, async () => {
      asked = cancelFirst(client, world);
      await Promise.race([looked, client.pause(5_000)]);
    });
    await submitParent(client);
    await client.pause(20_000);
    await asked;
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'failed', 'canceled');
  },
});

/** The shard of the third one is not made by then. */
const notSentYet: Scenario = {
  name: 'a child is canceled before it is sent',
  settings,
  arrange: withParent(counted(1)),
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'renew' && world.batches.roots.size === 1 && world.batches.stored.size === 1,
      () => client.cancelChild(idOf(world), 'pages', 2),
      'worker',
    );
    await submitParent(client);
  },
  assert: (world) => {
    const third = childrenOf(world).find(({ parent }) => parent?.index === 2);
    if (!world.settings.plan && third?.status !== 'canceled')
      throw new Violation('a child can be canceled before it is sent', `${third?.status}`);
  },
};

const whileItRuns: Scenario = {
  name: 'a child is canceled while it runs',
  settings,
  arrange: withParent(counted(20)),
  act: async (client, world) => {
    await submitParent(client);
    await client.pause(8_000);
    await cancelFirst(client, world);
  },
  assert: expectCanceled,
};

const racingItsEnd: Scenario = {
  name: 'a child is canceled right before its end is stored',
  settings,
  arrange: withParent(counted(2)),
  act: async (client, world) => {
    before(
      world,
      (call, id) => call === 'succeed' && isChild(world, 0)(id),
      () => cancelFirst(client, world),
      'worker',
    );
    await submitParent(client);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'canceled');
  },
};

/** By two callers at the same time, and once more after its end. */
const twice: Scenario = {
  name: 'a child is canceled twice',
  settings: { ...settings, batchSize: 1 },
  arrange: withParent(counted(0)),
  act: async (client, world) => {
    beforeClaims(world, async () => {
      await Promise.all([cancelFirst(client, world), cancelFirst(client, world)]);
    });
    const id = await submitParent(client);
    await client.until(id, 'succeeded');
    const { status } = await client.cancelChild(id, 'pages', 0);
    const first = childrenOf(world).find(({ parent }) => parent?.index === 0);
    if (!world.settings.plan && status !== (first?.status === 'canceled' ? 202 : 409))
      throw new Violation('a child that has ended otherwise is not canceled', `${status}`);
  },
};

/** Nobody repeats the call: the receiver of the child's message makes up for what it has left out. */
const once: Scenario = {
  name: 'a call that cancels a child is not repeated',
  settings: { ...settings, batchSize: 1 },
  arrange: withParent(counted(0)),
  act: async (client, world) => {
    beforeClaims(world, () => client.cancelChildOnce(idOf(world), 'pages', 0));
    await submitParent(client);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'canceled');
  },
};

/** A retry of its parent makes it again: it has not succeeded. */
const madeAgain: Scenario = {
  name: 'a child is canceled, and its parent is retried',
  settings: { ...settings, batchSize: 1 },
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, { count: 3, payload: () => ({ seconds: 1 }) });
    await batch.succeeded();
    return { seats: [], charge: null };
  }),
  act: async (client, world) => {
    beforeClaims(world, () => cancelFirst(client, world));
    const id = await submitParent(client);
    if (await client.until(id, 'failed')) await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** Nothing of a child is left that was canceled before it was sent. */
const thenErased: Scenario = {
  name: 'a child is canceled before it is sent, and its parent is canceled and erased',
  settings,
  arrange: withParent(counted(1)),
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'renew' && world.batches.roots.size === 1 && world.batches.stored.size === 1,
      async () => {
        await client.cancelChild(idOf(world), 'pages', 2);
        await client.cancel(idOf(world));
      },
      'worker',
    );
    const id = await submitParent(client);
    await client.until(id, 'canceled', 'succeeded');
    await client.pause(120_000);
    await client.erase(id);
  },
  assert: ({ table, batches }) => {
    const parent = [...table.items.values()].find(({ batches: some }) => some);
    const left = [...table.items.values()].filter(({ erased, status }) => !erased && isTerminal(status));
    if (!parent && (left.length > 0 || batches.roots.size > 0))
      throw new Violation('an erased job leaves no child', `${left.length} items are left`);
  },
};

/**
 * A child is canceled by a call that dies before it has counted the end. Then the worker of its parent dies before it has sent the child's
 * message, and the parent is canceled: nobody counts the end, and nobody waits for it.
 */
async function cancelUncounted(client: Client, world: World): Promise<void> {
  before(
    world,
    (call) => call === 'renew' && world.batches.roots.size === 1 && world.batches.stored.size === 1,
    async () => {
      const which = { id: idOf(world), tenant: 'someone', by: 'somebody else', index: 2 };
      await unheard(world, 'cancel a child', (deps) =>
        cancelChild({ ...which, batch: batchIdOf(which.id, 'pages') }, deps),
      );
      world.crash(which.id);
      await client.cancel(which.id);
    },
    'worker',
  );
  await submitParent(client);
}

/** They go on when their parent has ended. */
const left: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    ...{ count: 3, payload: () => ({ seconds: 1 }), whenParentEnds: 'leave' },
  });
  const { unsuccessful } = await batch.settled();
  return { seats: [String(unsuccessful)], charge: null };
};

const endOfThird = ({ batches }: World): boolean =>
  [...batches.stored.values()].some(({ ended }) => ended?.has('2'));

const uncounted: Scenario = {
  name: 'a child is canceled by a call that dies, and its parent is canceled before it has sent it',
  settings,
  arrange: withParent(left),
  act: cancelUncounted,
  assert: (world) => {
    const third = childrenOf(world).find(({ parent }) => parent?.index === 2);
    if (!world.settings.plan && (third?.status !== 'canceled' || endOfThird(world)))
      throw new Violation('nobody counts the end of a child that nobody has sent', `${third?.status}`);
  },
};

const countedLater: Scenario = {
  name: 'a child is canceled by a call that dies, and its parent is canceled before it has sent it, and retried',
  settings,
  arrange: withParent(left),
  act: async (client, world) => {
    await cancelUncounted(client, world);
    if (await client.until(idOf(world), 'canceled')) await client.retry(idOf(world));
  },
  // Its message counts the end, and the next round makes it again.
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** One child is acted on alone. */
export const oneChildScenarios: readonly Scenario[] = [
  beforeItsClaim,
  racingTheClaim,
  overtaken('is claimed', counted(12), 'running'),
  overtaken('has ended', counted(0), 'succeeded'),
  overtaken('has failed', failing, 'failed'),
  notSentYet,
  whileItRuns,
  racingItsEnd,
  twice,
  once,
  madeAgain,
  thenErased,
  uncounted,
  countedLater,
];
