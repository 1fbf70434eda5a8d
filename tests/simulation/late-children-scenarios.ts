import { PermanentError } from '../../shared/domain/base/errors.ts';
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
import { before } from './interposed-scenarios.ts';
import { keepChildrenMs, retentionMs } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting, booking } = contracts;
const dayMs = 24 * 3_600_000;
const nothing = { seats: [], charge: null };

/** TTL takes what is past its time: jobs, roots and shards. */
const forgetful = { ...settings, forgets: { afterMs: 0, chance: 1 } };

/** Its child fails after two attempts, and has expired when the job fails itself. */
const failsLate: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    list: [{ seconds: 0, failFirst: 1 }],
    tags: () => ['page'],
  });
  await batch.settled();
  if (job.run === 1) await job.waitFor('weeks', { until: (keepChildrenMs + dayMs) / 1000 });
  await batch.succeeded();
  return nothing;
};

const madeAgain: Scenario = {
  name: 'a child has expired when it is made again',
  settings: forgetful,
  arrange: (world) => {
    withParent(failsLate)?.(world);
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, job) => {
        if (job.run > 1) return { seconds: 0 };
        throw job.attempt > 1 ? new PermanentError('not in this run') : new Error('not in this attempt');
      },
    };
  },
  act: async (client) => {
    const id = await submitParent(client);
    await client.pause(18 * dayMs);
    if (await client.until(id, 'failed')) await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** The child waits for longer than what is left of its parent is kept, and works for more than a heartbeat then. */
const leaves: Booking = async ({ seats }, job) => {
  if (seats === 0) {
    await job.spawn('one', booking, { list: [{ seats: 1, waitSeconds: 0 }], whenParentEnds: 'leave' });
    return nothing;
  }
  await job.waitFor('weeks', { until: (retentionMs + 3 * dayMs) / 1000 });
  await job.step('a long step', () => job.pause(350));
  return nothing;
};

const outlives: Scenario = {
  name: 'a child outlives the root of its batch',
  settings: forgetful,
  arrange: withParent(leaves),
  act: async (client) => {
    await submitParent(client);
    await client.pause(20 * dayMs);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
    for (const { status } of childrenOf(world))
      if (status === 'canceled') throw new Violation('a child that is left outlives its parent', status);
  },
};

/** In its second run it waits for longer than it would be kept. */
const asksLate: Booking = async (_payload, job) => {
  if (job.run > 1) await job.waitFor('weeks', { until: (retentionMs + 3 * dayMs) / 1000 });
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 0, ...(index === 0 ? {} : { failFirst: 1 }) }),
  });
  await batch.succeeded();
  return nothing;
};

const retriedAfter = (afterMs: number, when: string): Scenario => ({
  name: `a job is retried ${when}, and waits before it asks for its children`,
  settings: forgetful,
  arrange: withParent(asksLate),
  act: async (client) => {
    const id = await submitParent(client);
    if (!(await client.until(id, 'failed'))) return;
    await client.pause(afterMs);
    await client.retry(id);
    await client.pause(22 * dayMs);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
    const { error, status } = parentOf(world) ?? {};
    if (error?.message.includes('is gone'))
      throw new Violation('a job that is retried finds its children', `${status}: ${error.message}`);
  },
});

/** It looks at its children when the shards have expired, of which one of two has failed. */
const looksLate: Booking = async (_payload, job) => {
  const list = [{ seconds: 0 }, { seconds: 0, failFirst: 1 }];
  const batch = await job.spawn('pages', counting, { list });
  for (const key of ['a', 'b']) await job.waitFor(key, { until: 210 * 24 * 3600 });
  const { succeeded, unsuccessful } = await batch.settled();
  if (job.run > 1) return { seats: [`${succeeded} ${unsuccessful}`], charge: null };
  throw new PermanentError(`${succeeded} ${unsuccessful}`);
};

/** In the next run nobody knows which of them has failed: it cannot be made again. */
const shardsExpire: Scenario = {
  name: 'a job waits for longer than the shards of its children are kept',
  settings: { ...forgetful, maxDays: 460 },
  arrange: withParent(looksLate),
  act: async (client) => {
    const id = await submitParent(client);
    await client.pause(425 * dayMs);
    const failed = await client.until(id, 'failed');
    if (failed?.error?.message !== '1 1')
      throw new Violation('a parent hears how many have failed', `${failed?.error?.message}`);
    await client.retry(id);
  },
  assert: (world) => {
    const { status, result, error } = parentOf(world) ?? {};
    if (status === 'succeeded' || !error?.message.includes('is gone'))
      throw new Violation('what is not known is no success', `${status}: ${result ?? error?.message}`);
  },
};

/** Which parents are canceled by now. */
const canceled = new WeakSet<World>();
const half = { until: 210 * 24 * 3600 };

/**
 * Its first attempt fails when it has made its child. In what follows, which is the same run, it asks for the child after months, and the
 * child takes as long.
 */
const revived: Scenario = {
  name: 'a job is canceled between two attempts, retried at once, and waits for longer than its root was kept',
  // It waits for a time, and then for its child.
  settings: { ...forgetful, maxDays: 460, maxAdmissions: 4 },
  arrange: (world) =>
    withParent(async ({ seats }, job) => {
      const isParent = seats === 0;
      if (!isParent) await job.waitFor(`months ${job.run}`, half);
      if (!isParent) return nothing;
      if (canceled.has(world)) await job.waitFor('months', half);
      const batch = await job.spawn('one', booking, { list: [{ seats: 1, waitSeconds: 0 }] });
      if (!canceled.has(world)) throw new Error('before it is canceled');
      await batch.succeeded();
      return nothing;
    })?.(world),
  act: async (client, world) => {
    const id = await submitParent(client);
    await untilPutOff(client, world, id);
    await client.cancel(id);
    canceled.add(world);
    await client.retry(id);
    await client.pause(425 * dayMs);
  },
  assert: (world) => {
    const { error, status } = parentOf(world) ?? {};
    if (error?.message.includes('is gone'))
      throw new Violation('a job that is retried finds its children', `${status}: ${error.message}`);
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

const diedSending = new WeakSet<World>();

/** Its item says that nothing was sent. One child has succeeded, and has expired; the other one waits for longer. */
const sendsAgain: Scenario = {
  name: 'a job dies before it notes what it has sent, and goes on when its child has expired',
  settings: forgetful,
  arrange: (world) => {
    withParent(async ({ seats }, job) => {
      const until = (days: number) => ({ until: (keepChildrenMs + days * dayMs) / 1000 });
      if (seats === 2) await job.waitFor('longer', until(3));
      if (seats > 0) return nothing;
      if (diedSending.has(world)) await job.waitFor('weeks', until(1));
      const list = [1, 2].map((each) => ({ seats: each, waitSeconds: 0 }));
      await (await job.spawn('pages', booking, { list })).succeeded();
      return nothing;
    })?.(world);
    const isNote = (call: string, id: string) =>
      call === 'renew' && id === parentOf(world)?.id && world.batches.stored.size > 0;
    const die = async (id: string) => {
      diedSending.add(world);
      world.crash(id);
    };
    before(world, isNote, die, 'worker');
  },
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.until(id, 'succeeded');
    if (!world.settings.plan && !diedSending.has(world)) throw new Error('it has not died');
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** The message of its next round comes when its parent has long ended: it gets its new run, and is not started. */
const receivedLate: Scenario = {
  name: 'the message of a next round comes when the parent has long ended',
  arrange: withParent(async (_payload, job) => {
    const list = [{ seconds: 0, failFirst: 1 }];
    await (await job.spawn('pages', counting, { list, tags: () => ['page'] })).succeeded();
    return nothing;
  }),
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.until(id, 'failed');
    before(
      world,
      (call) => call === 'begin a round',
      async () => world.queue.standStill(5_000),
      'worker',
    );
    await client.retry(id);
    await client.until(id, 'waiting');
    const late = world.queue.bodies.find((body) => /"run":2.*"parent":/.test(body));
    world.queue.purge((body) => body === late);
    await client.cancel(id);
    await client.pause(60 * 60_000);
    // Who receives it once more is slower than a claim that comes late.
    const isAgain = (call: string) => call === 'read a batch' && childrenOf(world)[0]?.run === 2;
    before(world, isAgain, () => client.pause(2_000), 'worker');
    if (late) world.queue.send(late);
  },
  assert: (world) => {
    const child = childrenOf(world)[0];
    const isEnded = child?.run === 2 && child.status === 'canceled' && child.attempt === 0;
    if (!world.settings.plan && !isEnded)
      throw new Violation('no child starts when its parent has ended', `${child?.status}`);
  },
};

/** Waits until an attempt has failed, and another one is to come. */
async function untilPutOff(client: Client, { table, time }: World, id: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { status, attempt = 0, notBefore = 0 } = table.items.get(id) ?? {};
    if (status === 'queued' && attempt > 0 && notBefore > time.now + 500) return;
    await client.pause(50);
  }
}

/** Days, in which what is past its time is removed. */
export const lateChildrenScenarios: readonly Scenario[] = [
  madeAgain,
  outlives,
  retriedAfter(retentionMs - dayMs, 'on its last day'),
  // What is told of its end may be late, and comes when it runs again.
  retriedAfter(0, 'at once'),
  shardsExpire,
  revived,
  sendsAgain,
  receivedLate,
];
