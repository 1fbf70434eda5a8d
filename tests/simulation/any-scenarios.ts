import { PermanentError } from '../../shared/domain/base/errors.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import { contracts } from '../job-types/contracts.ts';
import {
  type Booking,
  bookedOf,
  childrenOf,
  parentOf,
  settings,
  submitParent,
} from './children-scenarios.ts';
import { allButRepeat } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

/** What a child does: it succeeds, or fails in its first run, or in each; or it takes hours, more than any fault delays a job. */
type Part = keyof typeof seatsOf;

const seatsOf = { ok: 1, failsFirst: 2, fails: 3, slow: 4, slowIfAgain: 5, aMinute: 6, days: 7 };
const payloadsOf = (parts: readonly Part[]) =>
  parts.map((part) => ({ seats: seatsOf[part], waitSeconds: 0 }));
const hours = 5 * 3600;

const child: Booking = async ({ seats }, job) => {
  const isFirst = job.run === 1;
  if (seats === seatsOf.fails || (isFirst && (seats === seatsOf.failsFirst || seats === seatsOf.slowIfAgain)))
    throw new PermanentError('not in this run');
  if (seats === seatsOf.slow || (!isFirst && seats === seatsOf.slowIfAgain))
    await job.waitFor('hours', { until: hours });
  if (seats === seatsOf.days) await job.waitFor('days', { until: (3 * dayMs) / 1000 });
  if (seats === seatsOf.aMinute) await job.waitFor('a minute', { until: 60 });
  return { seats: [], charge: null };
};

const withFamily =
  (parent: Booking): Scenario['arrange'] =>
  (world) => {
    const booking: Booking = (payload, job) => (payload.seats === 0 ? parent : child)(payload, job);
    world.handlers = { ...world.handlers, booking };
  };

interface Bounds {
  readonly any?: number;
  readonly tolerate?: number;
}

/** Says what it was told of its children, and of each. In every later slice and attempt it must be told the same. */
const listing =
  (parts: readonly Part[], bounds: Bounds, waitSeconds = 0): Booking =>
  async (_payload, job) => {
    const batch = await job.spawn('parts', contracts.booking, { list: payloadsOf(parts), ...bounds });
    const settled = await batch.settled();
    const first = await job.step('first', () => JSON.stringify(settled));
    if (waitSeconds > 0) await job.waitFor('a while', { until: waitSeconds });
    if (JSON.stringify(settled) !== first)
      throw new Violation('what is decided stays', `${first}, then ${JSON.stringify(settled)}`);
    const seats: string[] = [];
    for await (const { index, status } of batch.results()) seats.push(`${index} ${status}`);
    return { seats, charge: `${settled.isEarly ? 'early' : 'over'} ${await isFulfilled(batch.succeeded())}` };
  };

const isFulfilled = (call: Promise<void>): Promise<boolean> =>
  call.then(
    () => true,
    (error: Error) => {
      if (error.name !== 'ChildrenFailedError') throw error;
      return false;
    },
  );

/** In every run in which the parent has succeeded: the children that take hours end long after all faults. */
const expectResult =
  (charge: string, seats?: readonly string[]): Scenario['assert'] =>
  (world) => {
    const parent = parentOf(world);
    if (!world.settings.plan && parent?.status !== 'succeeded')
      throw new Violation('a parent goes on', `${parent?.status}: ${parent?.error?.message}`);
    const result = bookedOf(parent);
    if (result === undefined) return;
    if (result.charge !== charge || (seats && result.seats.join() !== seats.join()))
      throw new Violation('a parent goes on when its children have decided', parent?.result ?? '');
  };

const submitted: Scenario['act'] = async (client) => void (await submitParent(client));

const whileOthersRun: Scenario = {
  name: 'a job goes on when one of its children has succeeded, while another runs',
  settings,
  arrange: withFamily(listing(['slow', 'ok'], { any: 1 })),
  act: submitted,
  assert: expectResult('early true', ['1 succeeded']),
};

const asItWaits: Scenario = {
  name: 'enough children succeed right before their parent stores that it waits',
  settings,
  arrange: withFamily(listing(['ok', 'slow', 'ok'], { any: 2 })),
  act: async (client, world) => {
    before(
      world,
      (call, id) => call === 'sleep' && id === parentOf(world)?.id,
      () => client.pause(5_000),
      'worker',
    );
    await submitParent(client);
  },
  assert: expectResult('early true', ['0 succeeded', '2 succeeded']),
};

const exceeded: Scenario = {
  name: 'more children fail than their parent tolerates',
  settings,
  arrange: withFamily(listing(['fails', 'slow', 'fails'], { tolerate: 1 })),
  act: submitted,
  assert: expectResult('early false', ['0 failed', '2 failed']),
};

const tolerated: Scenario = {
  name: 'as many children fail as their parent tolerates',
  settings,
  arrange: withFamily(listing(['fails', 'ok', 'aMinute'], { tolerate: 1 })),
  act: submitted,
  assert: expectResult('over true', ['0 failed', '1 succeeded', '2 succeeded']),
};

const both: Scenario = {
  name: 'a job wants two children to succeed, and tolerates one that does not',
  settings,
  arrange: withFamily(listing(['ok', 'fails', 'ok', 'slow'], { any: 2, tolerate: 1 })),
  act: submitted,
  assert: expectResult('early true', ['0 succeeded', '2 succeeded']),
};

const unreachable: Scenario = {
  name: 'too few children succeed, and all have ended',
  settings,
  arrange: withFamily(listing(['ok', 'fails', 'fails'], { any: 2 })),
  act: submitted,
  assert: expectResult('over false', ['0 succeeded', '1 failed', '2 failed']),
};

const stays: Scenario = {
  name: 'more children succeed after enough have',
  settings,
  // What is done twice may end later: then another child is the first to succeed.
  faults: allButRepeat,
  arrange: withFamily(listing(['ok', 'aMinute', 'slow'], { any: 1 }, 90)),
  act: submitted,
  assert: (world, client) => {
    expectResult('early true')?.(world, client);
    const { seats } = bookedOf(parentOf(world)) ?? {};
    if (seats && seats.length !== 1) throw new Violation('what is decided stays', seats.join());
  },
};

/** Each is the last one of its shard, and finds the other one, or is found by it. */
const atOnce: Scenario = {
  name: 'two children succeed at once, and are enough',
  settings,
  arrange: withFamily(listing(['aMinute', 'slow', 'aMinute'], { any: 2 })),
  act: submitted,
  assert: expectResult('early true', ['0 succeeded', '2 succeeded']),
};

/** Fails as soon as the bound says so. */
const needing =
  (parts: readonly Part[], bounds: Bounds): Booking =>
  async (_payload, job) => {
    const batch = await job.spawn('parts', contracts.booking, { list: payloadsOf(parts), ...bounds });
    await batch.succeeded();
    const seats: string[] = [];
    for await (const { index, status } of batch.results()) seats.push(`${index} ${status}`);
    return { seats, charge: 'fulfilled' };
  };

const retrying: Scenario['act'] = async (client) => {
  const id = await submitParent(client);
  await client.until(id, 'failed');
  await client.retry(id);
};

const anotherRound: Scenario = {
  name: 'a job that tolerates no failure fails early, and is retried with its children',
  settings,
  arrange: withFamily(needing(['failsFirst', 'aMinute', 'ok'], { tolerate: 0 })),
  act: retrying,
  assert: expectResult('fulfilled', ['0 succeeded', '1 succeeded', '2 succeeded']),
};

const countsAgain: Scenario = {
  name: 'a child that has succeeded counts when the others are made again',
  settings,
  // The process that fills a shard tells the root of all of its ends: that of the first one is not full.
  arrange: withFamily(needing(['ok', 'slowIfAgain', 'failsFirst'], { any: 2 })),
  act: retrying,
  assert: expectResult('fulfilled', ['0 succeeded', '2 succeeded']),
};

/** What was made again takes longer than a request may be late. */
const countedLate: Scenario = {
  name: 'an end that was not tolerated is counted late',
  arrange: withFamily(needing(['failsFirst', 'failsFirst'], { tolerate: 0 })),
  act: retrying,
  assert: expectResult('fulfilled', ['0 succeeded', '1 succeeded']),
};

const canceled: Scenario = {
  name: 'a job that waits for any of its children is canceled',
  settings,
  arrange: withFamily(needing(['slow', 'slow'], { any: 1 })),
  act: async (client) => {
    const id = await submitParent(client);
    await client.pause(8_000);
    await client.cancel(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'canceled');
  },
};

/** What has met `any` in the first run does so in the second one, although others have been canceled meanwhile. */
const failsLater: Booking = async (payload, job) => {
  const result = await needing(['ok', 'slow'], { any: 1 })(payload, job);
  if (job.run === 1) throw new PermanentError('not in this run');
  return result;
};

const stillMet: Scenario = {
  name: 'a job fails after enough of its children have succeeded, and is retried',
  settings,
  arrange: withFamily(failsLater),
  act: retrying,
  assert: (world, client) => {
    expectResult('fulfilled', ['0 succeeded'])?.(world, client);
    const runs = childrenOf(world).map(({ run }) => run);
    if (runs.some((run) => run > 1)) throw new Violation('no child is made again', `runs ${runs.join()}`);
  },
};

/** The shard has its end, and the root is not told: its message is lost, and its worker is gone. */
const uncounted: Scenario = {
  name: 'the message of a child is lost before the root is told that it has succeeded',
  settings: {
    ...settings,
    net: true,
    maxAdmissions: 24,
    maxDays: 9,
    takenOverWithinMs: Number.POSITIVE_INFINITY,
  },
  faults: ['crash-before', 'crash-after', 'late-effect', 'outage'],
  arrange: withFamily(listing(['aMinute', 'days'], { any: 1 })),
  act: async (client, world) => {
    let isLost = false;
    const { interpose } = world;
    world.interpose = async (role, call, id) => {
      await interpose?.(role, call, id);
      const isCounted = [...world.batches.stored.values()].some(({ ended }) => ended !== undefined);
      const isIt = role === 'worker' && call === 'read a batch' && isCounted;
      // No other message must be lost with that of the child.
      const waiting = [...world.table.items.values()].filter(({ status }) => status === 'waiting');
      if (isLost || !isIt || waiting.length < 2 || world.waiting.length > 0) return;
      isLost = true;
      world.queue.purge();
      world.workers.at(-1)?.kill('its message is gone');
    };
    await submitParent(client);
  },
  assert: expectResult('early true', ['0 succeeded']),
};

/** Of batches whose parent goes on before all children have ended. */
export const anyScenarios: readonly Scenario[] = [
  whileOthersRun,
  asItWaits,
  exceeded,
  tolerated,
  both,
  unreachable,
  stays,
  atOnce,
  anotherRound,
  countsAgain,
  countedLate,
  canceled,
  stillMet,
  uncounted,
];
