import { isOver, lookEveryMs } from '../../shared/domain/children/batch.ts';
import { pointerTo } from '../../shared/domain/state/job/pointer.ts';
import { contracts } from '../job-types/contracts.ts';
import {
  type Booking,
  order,
  parentOf,
  settings,
  slow,
  submitParent,
  withParent,
} from './children-scenarios.ts';
import type { Client } from './client.ts';
import { allButRepeat } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting } = contracts;

/** One child crashes its worker in each attempt. */
const crashing: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, { list: [{ seconds: 13 }, { seconds: 0 }] });
  const { unsuccessful } = await batch.settled();
  return { seats: [String(unsuccessful)], charge: null };
};

const crashes: Scenario = {
  name: 'a child crashes its worker each time',
  settings: { ...settings, batchSize: 1 },
  arrange: (world) => {
    withParent(crashing)?.(world);
    const { counting: count } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (payload.seconds !== 13) return count(payload, job);
        await job.pause(1);
        world.crash(job.id);
        return new Promise(() => {});
      },
    };
  },
  act: async (client) => void (await submitParent(client)),
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'failed');
  },
};

/** The queue has given it up, and its worker is gone. */
const deadLetter: Scenario = {
  name: 'the message of a child is a dead letter',
  settings: { ...settings, batchSize: 1 },
  // Of two copies, the other one would run.
  faults: allButRepeat,
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, { list: [{ seconds: 0 }] });
    const { unsuccessful } = await batch.settled();
    return { seats: [String(unsuccessful)], charge: null };
  }),
  act: async (client, world) => {
    before(
      world,
      (call, id) => call === 'claim' && id !== parentOf(world)?.id,
      async () => {
        await client.pause(1_000);
        // Its own message must not be lost with that of the child.
        if (parentOf(world)?.status !== 'waiting' || world.waiting.length > 0) return;
        const [body] = world.queue.bodies.filter((text) => text.includes('"parent"'));
        if (body) world.deadLetters.send(body);
        world.queue.purge();
        world.workers.at(-1)?.kill('its message is gone');
      },
      'worker',
    );
    await submitParent(client);
  },
};

/** What was made again takes longer than a request may be late. */
const failsThenLong: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    list: [
      { seconds: 0, failFirst: 1 },
      { seconds: 0, failFirst: 1 },
      { seconds: 0, failFirst: 1 },
    ],
  });
  await batch.succeeded();
  return { seats: [], charge: null };
};

const countedLate: Scenario = {
  name: 'an end of the first round is counted late',
  arrange: (world) => {
    withParent(failsThenLong)?.(world);
    const { counting: count } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (job.run > 1) await job.pause(30);
        return count(payload, job);
      },
    };
  },
  act: async (client) => {
    const id = await submitParent(client);
    await client.until(id, 'failed');
    await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** It waits for the second one for longer than a request may be late. */
const oneAfterTheOther: Scenario = {
  name: 'a job waits for one child, and then for another one',
  arrange: (world) => {
    withParent(async (_payload, job) => {
      await job.call('a', counting, { seconds: 0 });
      await job.call('b', counting, { seconds: 40 });
      return { seats: [], charge: null };
    })?.(world);
    const { counting: count } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        await job.pause(payload.seconds);
        return count({ seconds: 0 }, job);
      },
    };
  },
  act: async (client) => void (await submitParent(client)),
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** Its worker looks at the batch only then. */
const canceledBeforeClaim: Scenario = {
  name: 'a job is canceled right before its children are claimed',
  settings,
  // What is made again may come after the cancel.
  faults: allButRepeat,
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, { list: [{ seconds: 0 }, { seconds: 0 }] });
    await job.step('a step', () => job.pause(30));
    await batch.succeeded();
    return { seats: [], charge: null };
  }),
  act: async (client, world) => {
    const id = await submitParent(client);
    const { interpose } = world;
    world.interpose = async (role, call, which) => {
      await interpose?.(role, call, which);
      if (role !== 'worker' || call !== 'read a batch' || !world.records.items.has(which)) return;
      await client.pause(1_000);
      await client.cancel(id);
      await client.until(id, 'canceled', 'succeeded');
    };
  },
};

export const netSettings = {
  ...settings,
  net: true,
  maxAdmissions: 24,
  maxDays: 9,
  // A crash and a purge together: only the parent finds what is lost.
  takenOverWithinMs: Number.POSITIVE_INFINITY,
};

/** What is in the queue of children is lost once their parent waits: its own message is in its item by then, or in its group. */
export const purgeWhenWaiting = (world: World): void => {
  let hasPurged = false;
  const { interpose } = world;
  world.interpose = async (role, call, id) => {
    await interpose?.(role, call, id);
    if (hasPurged || parentOf(world)?.status !== 'waiting') return;
    hasPurged = true;
    world.queue.purge();
  };
};

/** The messages of children that nobody has received are lost. */
const purged: Scenario = {
  name: 'the messages of children are purged',
  settings: { ...netSettings, batchSize: 1 },
  faults: ['crash-before', 'crash-after', 'late-effect', 'outage'],
  arrange: withParent(slow),
  act: async (client, world) => {
    purgeWhenWaiting(world);
    await submitParent(client);
  },
};

/** Every pointer is lost that says that children have ended. */
const unheard: Scenario = {
  name: 'what wakes a parent is lost',
  settings: netSettings,
  faults: ['crash-before', 'crash-after', 'late-effect', 'outage'],
  arrange: withParent(slow),
  act: async (client, world) => {
    await submitParent(client);
    await client.pause(15_000);
    for (let times = 0; times < 60; times += 1) {
      await client.pause(1_000);
      world.waiting.purge();
    }
  },
};

/** The messages of children are lost with their workers, right before they are claimed: of those that come after the first ones. */
export function loseMessages(client: Client, world: World, { allBut = 0 } = {}): void {
  const { interpose } = world;
  let [claims, isOver] = [0, false];
  world.interpose = async (role, call, id) => {
    await interpose?.(role, call, id);
    if (isOver || role !== 'worker' || call !== 'claim' || id === parentOf(world)?.id) return;
    claims += 1;
    if (claims <= allBut) return;
    await client.pause(1_000);
    // Its own message must not be lost with those of the children.
    if (isOver || parentOf(world)?.status !== 'waiting' || world.waiting.length > 0) return;
    isOver = true;
    world.queue.purge();
    for (const worker of world.workers) worker.kill('its message is gone');
    world.childRule.onLost();
  };
}

/** The seconds around the two times at which a batch is looked at: at the second one, its parent is to look for lost children. */
const around = [1, 2].flatMap((look) =>
  Array.from({ length: 9 }, (_, place) => 0.75 * look * lookEveryMs + (place - 4) * 10_000),
);

/** By the clock of admission it is time to look for lost children, and by that of the worker it is not. */
const byClocksThatDiffer: Scenario = {
  name: 'lost children are looked for by clocks that differ',
  settings: { ...netSettings, batchSize: 1, clocksDifferMs: 55_000, seed: 6 },
  faults: ['crash-before', 'late-effect'],
  arrange: withParent(slow),
  act: async (client, world) => {
    loseMessages(client, world);
    await submitParent(client);
    await client.pause(60_000);
    const root = [...world.batches.roots.values()][0];
    if (!root) return;
    for (const after of around) {
      await client.pause(root.createdAt + after - world.time.now);
      const parent = parentOf(world);
      if (parent?.status === 'waiting') world.waiting.send(JSON.stringify(pointerTo(parent)));
    }
  },
  assert: ({ calls, settings: { plan } }) => {
    const starts = calls.filter((call) => call === 'startParent').length;
    // To look, and after all ends.
    if (!plan && starts > 2)
      throw new Violation('a parent that is started to look does so', `${starts} starts`);
  },
};

export const five: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, { count: 5, payload: () => ({ seconds: 0 }) });
  await batch.succeeded();
  return { seats: [], charge: null };
};

/** Looking at a shard takes so long that a slice, of ten minutes, has room for two of the three. */
const shardMs = 297_500;

/** When it is time to look: the reads of shards that come after this are those of a look, and each takes long. */
function slowLook(client: Client, world: World, happen: (shards: number) => void = () => {}): void {
  const { interpose } = world;
  let shards = 0;
  world.interpose = async (role, call, which) => {
    await interpose?.(role, call, which);
    const root = world.batches.roots.get(which.split('/')[1] ?? '');
    if (role !== 'worker' || call !== 'read shards' || !root || isOver(root)) return;
    shards += 1;
    happen(shards);
    await client.pause(shardMs);
  };
}

/** Its children wait for hours when they have started: no shard is full before the look is complete. */
const ofSleepers: Booking = async ({ seats: isParent }, job) => {
  if (!isParent) await job.waitFor('hours', { until: 6 * 3600 });
  else {
    const payload = () => ({ seats: 0, waitSeconds: 0 });
    await (await job.spawn('sleepers', contracts.booking, { count: 5, payload })).succeeded();
  }
  return { seats: [], charge: null };
};

/** How many reads of shards were those of a look of the parent. */
const looked = new WeakMap<World, number>();

const longLook: Scenario = {
  name: 'a look for lost children is longer than a slice',
  settings: { ...netSettings, batchSize: 1, looksCut: 1 },
  arrange: withParent(ofSleepers),
  act: async (client, world) => {
    loseMessages(client, world, { allBut: 1 });
    slowLook(client, world, (shards) => looked.set(world, shards));
    await client.insist({ ...order, key: 'parent', payload: { seats: 1, waitSeconds: 0 } });
  },
  assert: (world) => {
    const shards = looked.get(world) ?? 0;
    // Three, once; some may be cut.
    if (shards > 8) throw new Violation('a look that is cut goes on', `${shards} reads of shards`);
  },
};

/** Its second shard is the one that it dies at. */
const diesInLook: Scenario = {
  name: 'a worker dies in the middle of a look for lost children',
  settings: { ...netSettings, batchSize: 1, looksCut: 1 },
  arrange: withParent(five),
  act: async (client, world) => {
    loseMessages(client, world);
    slowLook(client, world, (shards) => {
      const { id = '' } = parentOf(world) ?? {};
      if (shards !== 2) return;
      for (const worker of world.workers) if (worker.jobs.has(id)) worker.kill('it dies while it looks');
    });
    await submitParent(client);
  },
};

/** Their queue is emptied, and the command that sees to that says so. Nothing else looks at the parent. */
const askedFor: Scenario = {
  name: 'lost children are looked for at once when somebody asks for that',
  settings: { ...netSettings, batchSize: 1 },
  arrange: withParent(slow),
  act: async (client, world) => {
    loseMessages(client, world);
    const id = await submitParent(client);
    await client.pause(120_000);
    const [root] = world.batches.roots.values();
    const parent = parentOf(world);
    if (!root || parent?.status !== 'waiting') return;
    const lostAt = world.time.now;
    await client.retryChildren(id, root.key);
    await client.until(id, 'succeeded', 'failed');
    if (!world.settings.plan && world.time.now - lostAt > 10 * 60_000)
      throw new Violation(
        'lost children come back at once when somebody asks',
        `${world.time.now - lostAt} ms`,
      );
  },
};

/** Four at a time, for eighty minutes: what waits behind the others is in its queue all the time. */
const behindOthers: Scenario = {
  name: 'children that wait behind others for long are not sent again',
  settings: { ...netSettings, batchSize: 1 },
  arrange: (world) => {
    withParent(async (_payload, job) => {
      const batch = await job.spawn('pages', counting, { count: 24, payload: () => ({ seconds: 800 }) });
      await batch.succeeded();
      return { seats: [], charge: null };
    })?.(world);
    const { counting: count } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        await job.pause(payload.seconds);
        return count({ seconds: 0 }, job);
      },
    };
  },
  act: async (client) => void (await submitParent(client)),
  assert: ({ calls, settings: { plan } }) => {
    const looks = calls.filter((call) => call === 'want a look').length;
    if (!plan && looks > 0)
      throw new Violation('children of a queue that flows are late, and not lost', `${looks} looks`);
  },
};

/** Messages are lost, workers die, and requests are late. */
export const lostChildrenScenarios: readonly Scenario[] = [
  crashes,
  deadLetter,
  countedLate,
  oneAfterTheOther,
  canceledBeforeClaim,
  purged,
  byClocksThatDiffer,
  longLook,
  diesInLook,
  unheard,
  askedFor,
  behindOthers,
];
