import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import { day, dayMs, delayed } from './clock-scenarios.ts';
import { longFigures, standardFigures, waitingFigures } from './limits.ts';
import { lookThroughAll } from './pass.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

/** A queue keeps a message for 14 days, and a day is left for what sends it. */
const afterProof = 15.5 * dayMs;

/** A lost message is sent again, and so is each that a fault makes admission send twice. */
const settings = { figures: waitingFigures, maxAdmissions: 6, maxDays: 400 };

function expectLost(world: World, ...ids: readonly string[]): void {
  if (world.settings.plan) return;
  for (const id of ids) {
    const { status, error } = world.table.items.get(id) ?? {};
    if (status !== 'failed' || error?.name !== 'MessageLostError')
      throw new Violation('a job is failed whose message is lost', `${id} is ${status}: ${error?.name}`);
  }
}

/** All that is sent while something happens is lost. */
async function losing<T>(client: Client, queue: World['queue'], happens: () => Promise<T>): Promise<T> {
  queue.isPurged = true;
  const result = await happens();
  // A delayed request may come later.
  await client.pause(60_000);
  queue.isPurged = false;
  return result;
}

const submitted = async (client: Client, key: string, seconds = 1): Promise<string> =>
  (await job(client, key, seconds)).job?.id ?? '';

/** One of them was in the queue, another one waits for it, and the third was running. */
const emptied: Scenario = {
  name: 'a queue is emptied, and the jobs in it have failed within 16 days',
  settings,
  act: async (client, world) => {
    const running = await submitted(client, 'running', 40);
    await client.until(running, 'running', 'succeeded');
    world.crash(running);
    world.queue.purge();
    const queued = await losing(client, world.queue, async () => {
      const first = await job(client, 'queued', 1);
      await job(client, 'dependent', 1, [first]);
      await delayed(client, 600);
      return first.job?.id ?? '';
    });
    await client.pause(afterProof);
    await lookThroughAll(world);
    await client.pause(dayMs);
    expectLost(world, running, queued);
    await client.retry(queued);
  },
  assert: (world) => expectStatus(world, 'failed', ...(world.settings.plan ? ['succeeded'] : [])),
};

/** Its item keeps its message: it sleeps for minutes. */
const emptiedOfKept: Scenario = {
  name: 'a queue is emptied of a job whose item keeps the message, and the job goes on',
  settings,
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, context) => {
        if (!context.resume) await context.sleep(600, { passed: 1 });
        return { seconds: 1 };
      },
    };
  },
  act: async (client, world) => {
    const id = await submitted(client, 'asleep');
    await client.until(id, 'waiting', 'succeeded');
    await client.pause(1_000);
    world.queue.purge();
    await client.pause(afterProof);
    // The next pass finds that a message leads to it.
    world.queue.backlogMs = 5 * dayMs;
    await lookThroughAll(world);
    await client.pause(2 * dayMs);
    await lookThroughAll(world);
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
};

/**
 * Somebody moves a message from where it was set aside, at the worst moment.
 * @param put what happens right before the job is written to as lost
 */
const foundAgain = (name: string, put: (world: World, body: string) => Promise<void>): Scenario => ({
  name,
  settings,
  // A call that fails has the job fail while its message is on its way.
  faults: [],
  arrange: (world) => {
    const retry = { firstSeconds: 800, factor: 1, maxSeconds: 800 };
    world.contracts = { ...world.contracts, counting: { ...contracts.counting, retry } };
  },
  act: async (client, world) => {
    world.queue.backlogMs = 10 * dayMs;
    await client.insist({ key: 'found', payload: { seconds: 0, failFirst: 1 }, maxAttempts: 4 });
    const [body] = world.queue.bodies;
    await client.pause(60_000);
    world.queue.purge();
    world.queue.backlogMs = 0;
    let isPut = false;
    world.interpose = async (_role, call) => {
      if (call !== 'failLost' || isPut || !body) return;
      isPut = true;
      await put(world, body);
    };
    await client.pause(afterProof);
    await lookThroughAll(world);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

const foundAndTried = foundAgain(
  'a lost message is found, and its job tried, right before the job has failed',
  async (world, body) => {
    world.queue.send(body);
    await world.time.pause(5_000);
  },
);

const foundAndMoved = foundAgain(
  'a lost message is found, and moved to another queue, right before its job has failed',
  async (world, body) => {
    world.queue.backlogMs = dayMs;
    world.earlier.send(body);
    await world.time.pause(5_000);
  },
);

/** The table is of an hour ago, and the queues are those of now: both jobs have ended since. */
const restored: Scenario = {
  name: 'a table of an hour ago is restored, and no job of it is without an end',
  settings: { ...settings, figures: standardFigures },
  act: async (client, world) => {
    const ids = [await submitted(client, 'one', 8), await submitted(client, 'other', 8)];
    const before = await Promise.all(ids.map((id) => client.until(id, 'running', 'succeeded')));
    await Promise.all(ids.map((id) => client.until(id, 'succeeded', 'failed')));
    await client.pause(3600_000);
    for (const item of before) if (item) world.restore(item);
    await client.pause(afterProof);
    await lookThroughAll(world);
    await client.pause(dayMs);
    expectLost(world, ...before.flatMap((item) => item?.id ?? []));
  },
};

/** What is not stuck, although nobody has written to its item for long. */
const falseAlarm = (name: string, { act, ...more }: Pick<Scenario, 'act'> & Partial<Scenario>): Scenario => ({
  name: `not stuck: ${name}`,
  settings,
  act,
  assert: (world) => {
    expectStatus(world, 'succeeded');
    if (!world.settings.plan && world.stuckRule.sentAgain.size > 0)
      throw new Violation('no job is taken for stuck that is not', [...world.stuckRule.sentAgain].join());
  },
  ...more,
});

/** One of them has a worker, whose last sign of life is older than the purge; another one came after it. */
const purged: Scenario = {
  name: 'an operator says when the queues were emptied, and what was in them has failed within minutes',
  settings: { ...settings, figures: longFigures, takenOverWithinMs: Number.POSITIVE_INFINITY },
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, context) => {
        await context.pause(seconds);
        return { seconds };
      },
    };
  },
  act: async (client, world) => {
    const running = await submitted(client, 'running', 250);
    await client.until(running, 'running', 'succeeded');
    const lost = await losing(client, world.queue, () => submitted(client, 'queued'));
    world.queue.purge();
    const purgedAt = world.time.now;
    world.queue.backlogMs = 300_000;
    await submitted(client, 'later');
    await client.pause(60_000);
    await client.purged(purgedAt);
    await client.pause(60_000);
    expectLost(world, lost);
    // A fault may have left a job that ran, and whose message is lost, too.
    await client.pause(afterProof);
    await lookThroughAll(world);
  },
  assert: (world) => {
    const failed = [...world.table.items.values()].filter(({ status }) => status === 'failed');
    expectStatus(world, 'succeeded', 'failed');
    if (!world.settings.plan && failed.length !== 1)
      throw new Violation('a purge ends what was in the queue, and nothing else', `${failed.length} failed`);
  },
};

const requeuedAt12Days = falseAlarm('a job whose message is replaced at its 12th day', {
  act: async (client, world) => {
    let isRefused = false;
    world.interpose = async (role, call) => {
      if (role !== 'worker' || call !== 'claim' || isRefused) return;
      isRefused = true;
      world.queue.backlogMs = 10 * dayMs;
      throw new StoreUnavailableError('throttled');
    };
    world.queue.backlogMs = 12 * dayMs + 60_000;
    await submitted(client, 'old');
    await client.pause(16 * dayMs);
    await lookThroughAll(world);
  },
  // After a crash the message is received twice, and both are old.
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
});

const moved = falseAlarm('a job of a type that has moved, from one long queue to another', {
  act: async (client, world) => {
    world.queue.backlogMs = 10 * dayMs;
    const id = await submitted(client, 'moved');
    const [body] = world.queue.bodies;
    await client.pause(60_000);
    world.queue.purge();
    if (body) world.earlier.send(body, { delayMs: 10 * dayMs });
    await client.pause(16 * dayMs);
    await lookThroughAll(world);
    await client.pause(5 * dayMs);
    await client.erase(id);
  },
});

const backlog = falseAlarm('a job that waits in its queue for almost 14 days', {
  act: async (client, world) => {
    world.queue.backlogMs = 13.9 * dayMs;
    await submitted(client, 'behind others');
    await client.pause(13.5 * dayMs);
    await lookThroughAll(world);
  },
});

const twoBacklogs = falseAlarm('a job that was long in the waiting queue, and then in its own', {
  act: async (client, world) => {
    world.waiting.backlogMs = 10 * dayMs;
    world.queue.backlogMs = 10 * dayMs;
    await delayed(client, 20 * 60);
    await client.pause(16 * dayMs);
    world.waiting.backlogMs = 0;
    await lookThroughAll(world);
  },
});

const inAYear = falseAlarm('a job that is due in a year', {
  act: async (client, world) => {
    await delayed(client, 365 * day);
    await client.pause(200 * dayMs);
    await lookThroughAll(world);
  },
});

const asleep = falseAlarm('a job that sleeps for forty days', {
  settings: { ...settings, figures: longFigures, takenOverWithinMs: 3600_000 },
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, context) => {
        if (!context.resume) await context.sleep(40 * day, { passed: 1 });
        return { seconds: 1 };
      },
    };
  },
  act: async (client, world) => {
    await submitted(client, 'asleep');
    await client.pause(16 * dayMs);
    await lookThroughAll(world);
  },
});

const waitsForOthers = falseAlarm('a job that waits for another one for twenty days', {
  act: async (client, world) => {
    const first = await job(client, 'first', 0, [], 20 * day);
    await job(client, 'second', 0, [first]);
    await client.pause(16 * dayMs);
    await lookThroughAll(world);
  },
});

/** Messages are lost, or seem to be. */
export const stuckScenarios: readonly Scenario[] = [
  emptied,
  emptiedOfKept,
  restored,
  purged,
  foundAndTried,
  foundAndMoved,
  requeuedAt12Days,
  moved,
  backlog,
  twoBacklogs,
  inAYear,
  asleep,
  waitsForOthers,
];
