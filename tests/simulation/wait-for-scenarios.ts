import { PermanentError } from '../../shared/domain/base/errors.ts';
import { awaitedBatches } from '../../shared/domain/state/job/item.ts';
import { contracts } from '../job-types/contracts.ts';
import { type Booking, bookedOf, parentOf, submitParent, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { faults } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { longFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { yes as approval, expect409, twice } from './signal-scenarios.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting } = contracts;
const [minuteMs, hour] = [60_000, 3_600];
const yes = { ...approval, key: 'first' };

interface Asking {
  /** How long the children run, in seconds. */
  readonly seconds: number;
  /** In seconds. */
  readonly until: number;
  readonly isSigned?: boolean;
}

/** Waits for what comes first, keeps that in a step, and waits once more. Then it asks again, in another slice. */
export const asking =
  ({ seconds, until, isSigned = true }: Asking): Booking =>
  async (_payload, job) => {
    const children = await job.spawn('pages', counting, { count: 2, payload: () => ({ seconds }) });
    const first = isSigned
      ? await job.waitFor('first', { children, signal: 'approve', until })
      : await job.waitFor('first', { children, until });
    const charge = await job.step('charge', () => first.by);
    await job.waitFor('a pause', { until: hour });
    return { seats: [first.by], charge };
  };

/** What came first is what the job goes on with. With a fault, another one may come first. */
const expectFirst =
  (by: string): NonNullable<Scenario['assert']> =>
  (world: World) => {
    const result = bookedOf(parentOf(world));
    const { plan } = world.settings;
    if (!plan) expectStatus(world, 'succeeded');
    if (result === undefined) return;
    const [[seat], charge] = [result.seats, result.charge];
    if (seat !== charge || (!plan && seat !== by))
      throw new Violation('a job goes on with what came first', `${seat}, then ${charge}`);
  };

interface Race extends Asking {
  readonly name: string;
  readonly by: string;
  readonly act: (client: Client, id: string, world: World) => Promise<unknown>;
  readonly more?: Partial<Scenario>;
}

const race = ({ name, by, act, more, ...asked }: Race): Scenario => ({
  name,
  settings: twice,
  arrange: withParent(asking(asked)),
  assert: expectFirst(by),
  ...more,
  act: async (client, world) => act(client, await submitParent(client), world).then(() => undefined),
});

/** The wait is over: no answer is taken any more. */
const answerLate = async (client: Client, id: string, world: World): Promise<void> => {
  await client.until(id, 'waiting');
  await client.pause(20 * minuteMs);
  const answer = await client.signal(id, yes);
  // With a fault, nothing may have come first by then.
  if (!world.settings.plan) expect409(answer, 'too late');
};

const childrenWin = race({
  name: 'children end before an answer comes, which comes too late',
  by: 'children',
  ...{ seconds: 5, until: 24 * hour },
  act: answerLate,
});

const answerWins = race({
  name: 'an answer comes before children have ended, and they end then',
  by: 'signal',
  ...{ seconds: 60, until: 24 * hour },
  act: async (client, id) => {
    await client.until(id, 'waiting');
    await client.signal(id, yes);
  },
});

const timeWins = race({
  name: 'neither children end in time, nor an answer comes',
  by: 'time',
  ...{ seconds: 90, until: 30 },
  act: answerLate,
});

const answeredBeforeStart = race({
  name: 'an answer comes right before a job is started because its children have ended',
  by: 'signal',
  ...{ seconds: 5, until: 24 * hour },
  act: async (client, id, world) => {
    before(
      world,
      (call) => call === 'startParent',
      () => client.signal(id, yes),
    );
    await client.until(id, 'succeeded', 'failed');
  },
});

const answeredBeforeClose = race({
  name: 'an answer comes right before the ends of children close its wait',
  by: 'signal',
  ...{ seconds: 5, until: 24 * hour },
  act: async (client, id, world) => {
    before(
      world,
      (call) => call === 'closeWait',
      () => client.signal(id, yes),
      'worker',
    );
    await client.until(id, 'succeeded', 'failed');
  },
});

const endBeforeWait = race({
  name: 'children end right before their parent stores that it waits for an answer, too',
  by: 'children',
  ...{ seconds: 1, until: 24 * hour },
  act: async (client, id, world) => {
    before(
      world,
      (call) => call === 'awaitSignal',
      () => client.pause(5_000),
      'worker',
    );
    await client.until(id, 'succeeded', 'failed');
  },
});

const early = race({
  name: 'an answer is there before its job waits for children, too',
  by: 'signal',
  ...{ seconds: 5, until: 24 * hour },
  act: (client, id) => client.signal(id, yes),
});

const inTime = race({
  name: 'children end in time',
  by: 'children',
  ...{ seconds: 5, until: 24 * hour, isSigned: false },
  act: (client, id) => client.until(id, 'succeeded', 'failed'),
});

/** They end while it waits for the second time, and that wait is none for them. */
const tooSlow = race({
  name: 'children end too late, and their parent has gone on',
  by: 'time',
  ...{ seconds: 90, until: 30, isSigned: false },
  act: async (client, id, world) => {
    await client.until(id, 'waiting');
    await client.pause(minuteMs);
    const parent = parentOf(world);
    if (!world.settings.plan && parent && awaitedBatches(parent).length > 0)
      throw new Violation('a job that goes on without its children does not wait for them', id);
    await client.until(id, 'succeeded', 'failed');
  },
});

/** In its first run it waits in vain, and its children are canceled with it. */
const retried: Scenario = {
  name: 'a job fails because nothing comes in time, is retried, and has its answer then',
  settings: twice,
  arrange: withParent(async (_payload, job) => {
    const children = await job.spawn('pages', counting, { count: 2, payload: () => ({ seconds: 90 }) });
    const first = await job.waitFor('first', { children, signal: 'approve', until: 30 });
    if (job.run === 1 && first.by === 'time') throw new PermanentError('nothing came');
    return { seats: [first.by], charge: first.by };
  }),
  act: async (client) => {
    const id = await submitParent(client);
    await client.until(id, 'failed');
    await client.retry(id);
    await client.until(id, 'waiting');
    await client.signal(id, yes);
  },
  assert: (world) => {
    const { result } = parentOf(world) ?? {};
    if (!world.settings.plan && !result?.includes('signal'))
      throw new Violation('a retry opens a wait again', String(result));
  },
};

const canceled = race({
  name: 'a job is canceled while it waits for what comes first',
  by: 'children',
  ...{ seconds: 60, until: 24 * hour },
  act: async (client, id) => {
    await client.until(id, 'waiting');
    await Promise.all([client.signal(id, yes), client.cancel(id)]);
  },
  more: { assert: () => undefined },
});

/** What is sent to admission is lost, from when the parent waits on. */
const losingFor =
  (minutes: number) =>
  async (client: Client, id: string, world: World): Promise<void> => {
    await client.until(id, 'waiting');
    world.waiting.isPurged = true;
    await client.pause(minutes * minuteMs);
    world.waiting.isPurged = false;
  };

/** Whatever was to start it is lost. The time until which it waits is far. */
const lostPointer = race({
  name: 'children end, and what is to start their parent is lost, which waits for an answer, too',
  by: 'children',
  ...{ seconds: 5, until: 24 * hour },
  act: losingFor(5),
  more: {
    settings: { figures: longFigures, net: true, maxAdmissions: 12 },
    assert: (world, client) => {
      expectFirst('children')(world, client);
      const { createdAt = 0, finishedAt = 0 } = parentOf(world) ?? {};
      if (finishedAt - createdAt > 12 * hour * 1000)
        throw new Violation(
          'somebody looks for children that have ended',
          `after ${finishedAt - createdAt} ms`,
        );
    },
  },
});

/** What each look sends is lost, too, for long after the time until which the parent waits. */
const lostLooks = race({
  name: 'children end, and what is to start their parent is lost at each look, until its time is over for two hours',
  by: 'children',
  ...{ seconds: 5, until: hour },
  act: losingFor(180),
  more: {
    settings: { figures: longFigures, net: true, maxAdmissions: 12 },
    // The pointer by which a crashed slice is taken over in time is lost like any other.
    faults: faults.filter((fault) => fault !== 'crash-before' && fault !== 'crash-after'),
  },
});

/** By name, for the mutants. */
export const waitForFirst = {
  childrenWin,
  answerWins,
  timeWins,
  answeredBeforeStart,
  answeredBeforeClose,
  endBeforeWait,
  early,
  inTime,
  tooSlow,
  retried,
  canceled,
  lostPointer,
  lostLooks,
} satisfies Record<string, Scenario>;

export const waitForScenarios: readonly Scenario[] = Object.values(waitForFirst);
