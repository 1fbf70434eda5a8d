import { RetryAfterError, SignalTimeoutError } from '../../shared/domain/base/errors.ts';
import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import { longFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

type Booking = World['handlers']['booking'];

const minuteMs = 60_000;
const hour = 3_600;
export const order = { type: 'booking', payload: { seats: 0, waitSeconds: 0 }, maxAttempts: 6 };
export const yes = { name: 'approve', value: { isOk: true, note: 'yes' } };
export const no = { name: 'approve', value: { isOk: false, note: 'no' } };

export const withBooking =
  (booking: Booking): NonNullable<Scenario['arrange']> =>
  (world) => {
    world.handlers = { ...world.handlers, booking };
  };

/** A step, a wait for an answer, and one more step. */
const approval =
  (within: number): Booking =>
  async (_payload, job) => {
    const seat = await job.step('seat', () => 'a seat');
    const first = await job.waitFor('approve', { signal: 'approve', until: within });
    const note = first.by === 'signal' ? (first.answer.note ?? null) : 'too late';
    return { seats: [seat], charge: await job.step('charge', () => note) };
  };

const resultsOf = (world: World): readonly string[] =>
  [...world.table.items.values()].flatMap(({ result }) => (result === undefined ? [] : [result]));

export const expectCharge =
  (...charges: readonly (string | null)[]) =>
  (world: World): void => {
    expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : []));
    // With a fault, the first one may come too late.
    const allowed = charges
      .slice(0, world.settings.plan ? undefined : 1)
      .map((charge) => `"charge":${JSON.stringify(charge)}`);
    for (const result of resultsOf(world).filter((text) => text.includes('charge')))
      if (!allowed.some((text) => result.includes(text)))
        throw new Violation('a job goes on with what was decided', result);
  };

export interface Approval {
  readonly name: string;
  /** Seconds. */
  readonly within?: number;
  readonly more?: Partial<Scenario>;
  readonly submitted?: Partial<Parameters<Client['insist']>[0]>;
  readonly act: (client: Client, id: string, world: World) => Promise<unknown>;
  readonly charges?: readonly (string | null)[];
  readonly isCanceled?: true;
}

/** The job's message is sent on with a delay, or the answer comes twice. */
export const twice = { figures: longFigures, maxAdmissions: 3 };

export const scenario = ({
  name,
  within = 24 * hour,
  more,
  submitted,
  act,
  charges = ['yes'],
  isCanceled,
}: Approval): Scenario => ({
  name,
  settings: { ...twice, ...more?.settings },
  arrange: withBooking(approval(within)),
  act: async (client, world) => {
    const { job } = await client.insist({ ...order, key: 'order', ...submitted });
    if (job) await act(client, job.id, world);
  },
  assert: isCanceled ? (world) => expectStatus(world, 'canceled', 'succeeded') : expectCharge(...charges),
  ...(more?.faults ? { faults: more.faults } : {}),
});

const answered = async (client: Client, id: string): Promise<void> => {
  await client.until(id, 'waiting');
  await client.signal(id, yes);
};

export const expect409 = ({ status }: { readonly status: number }, what: string): void => {
  if (status === 202) throw new Violation('a wait takes one answer', `${what}: ${status}`);
};

const waits = scenario({
  name: 'an answer comes while its job waits, twice, and then another one under its key',
  act: async (client, id) => {
    await answered(client, id);
    await client.signal(id, yes);
    expect409(await client.signal(id, no), 'another body');
  },
});

const early = scenario({
  name: 'an answer comes before its job has started',
  submitted: { delaySeconds: 30 },
  act: (client, id) => client.signal(id, yes),
});

/** Its wait is so short that the message might have stayed in the queue. */
export const waitsForMinutes = scenario({
  name: 'an answer comes while its job waits for minutes',
  within: 600,
  act: answered,
  charges: ['yes', 'too late'],
});

const tooLate = scenario({
  name: 'no answer comes in time, and then one comes too late',
  within: 1_200,
  act: async (client, id, world) => {
    await client.until(id, 'waiting');
    before(
      world,
      (call) => call === 'succeed',
      async () => expect409(await client.signal(id, yes), 'too late'),
      'worker',
    );
    await client.until(id, 'succeeded');
  },
  charges: ['too late'],
});

/** Two waits, one after the other; the first answer is large. Both come at times that suit nobody. */
const turns: Scenario = {
  name: 'a job waits for answers in turns, of which one is large',
  settings: { figures: longFigures },
  arrange: withBooking(async (_payload, job) => {
    const seats: string[] = [];
    for (const key of ['turn 1', 'turn 2']) {
      const { note = '' } = await job.waitForSignal('approve', { key, within: 24 * hour });
      seats.push(await job.step(`after ${key}`, () => note.slice(0, 3)));
    }
    return { seats, charge: null };
  }),
  act: async (client) => {
    const { job } = await client.insist({ ...order, key: 'order' });
    if (!job) return;
    await client.until(job.id, 'waiting');
    await client.signal(job.id, { name: 'approve', key: 'turn 2', value: { isOk: true, note: 'two' } });
    await client.signal(job.id, {
      name: 'approve',
      key: 'turn 1',
      value: { isOk: true, note: 'one'.repeat(2_000) },
    });
  },
  assert: (world) => {
    expectCharge(null)(world);
    for (const result of resultsOf(world))
      if (!result.includes('["one","two"]'))
        throw new Violation('a job goes on with what was decided', result);
  },
};

const canceled = scenario({
  name: 'an answer comes while its job is canceled, and the job is erased',
  act: async (client, id) => {
    await client.until(id, 'waiting');
    await Promise.all([client.signal(id, yes), client.cancel(id)]);
    await client.until(id, 'canceled', 'succeeded');
    await client.erase(id);
  },
  isCanceled: true,
});

/** Its first wait has an answer, its second one is closed in the first run, and open again in the second. */
const retried: Scenario = {
  name: 'a job fails because no answer comes, is retried, and has its answer then',
  settings: { figures: longFigures },
  arrange: withBooking(async (_payload, job) => {
    const asked = await job.waitForSignal('approve', { key: 'asked', within: hour });
    try {
      const { note = null } = await job.waitForSignal('approve', { within: hour });
      return { seats: [asked.note ?? ''], charge: note };
    } catch (error) {
      // So that another attempt would ask once more.
      if (job.attempt < 2 && error instanceof SignalTimeoutError) throw new Error('once more');
      throw error;
    }
  }),
  act: async (client) => {
    const { job } = await client.insist({ ...order, key: 'order' });
    if (!job) return;
    await client.signal(job.id, { ...no, key: 'asked' });
    await client.pause(65 * minuteMs);
    await client.until(job.id, 'failed');
    await client.retry(job.id);
    await client.until(job.id, 'waiting');
    await client.signal(job.id, yes);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : []));
    for (const result of resultsOf(world))
      if (!result.includes('["no"]') || !result.includes('"yes"'))
        throw new Violation('a retry keeps answers, and opens closed waits', result);
  },
};

const inGroup = scenario({
  name: 'an answer comes to the first job of a group, and the second one waits for it',
  submitted: { group: 'g', key: 'g 0' },
  act: async (client, id) => {
    await client.insist({ payload: { seconds: 0 }, group: 'g', key: 'g 1' });
    await answered(client, id);
  },
});

/** Of a job whose dependency had succeeded before, admission notes that it is admitted when it has waited. */
const dependentOn = (name: string, isMet: boolean): Scenario => ({
  name,
  // Undisturbed, a job that has waited for another one is sent on three times: admitted, at its time, and for its answer.
  settings: isMet ? twice : { ...twice, maxAdmissions: 4 },
  arrange: withBooking(approval(700)),
  act: async (client) => {
    const first = await client.insist({ payload: { seconds: 1 }, key: 'first' });
    const firstId = first.job?.id ?? '';
    if (isMet) await client.until(firstId, 'succeeded');
    const { job } = await client.insist({ ...order, key: 'order', dependsOn: [firstId] });
    if (!job) return;
    const hasStarted = async () => (await client.until(job.id, 'waiting', 'queued'))?.startedAt !== undefined;
    for (let tries = 0; tries < 1_000 && !(await hasStarted()); tries += 1) await client.pause(500);
    await client.pause(10_000);
    await client.signal(job.id, yes);
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
});
const dependent = dependentOn('an answer comes to a job that has waited for another one', false);
const dependentMet = dependentOn('an answer comes to a job whose dependency had succeeded before', true);

const lostPointer = scenario({
  name: 'an answer comes, and what is to start its job is lost',
  more: { settings: { figures: longFigures, net: true, maxAdmissions: 12 } },
  act: async (client, id, world) => {
    await client.until(id, 'waiting');
    await client.pause(minuteMs);
    world.waiting.isPurged = true;
    await client.signal(id, yes);
    await client.pause(minuteMs);
    world.waiting.isPurged = false;
  },
});

/** It waits for a minute, too. Then its handler asks for a wait of an hour, before it asks for the answer again. */
const backingOff: Scenario = {
  name: 'an answer comes to a job that is put off, and starts it not',
  settings: twice,
  arrange: (world) =>
    withBooking(async (_payload, job) => {
      const { slices = 0, waitedMs = 0 } = world.table.items.get(job.id) ?? {};
      if (slices > 0 && waitedMs === 0) throw new RetryAfterError(hour);
      const [{ note = null }] = await Promise.all([
        job.waitForSignal('approve', { within: 24 * hour }),
        job.waitFor('a minute', { until: 60 }),
      ]);
      return { seats: [], charge: note };
    })(world),
  act: async (client) => {
    const { job } = await client.insist({ ...order, key: 'order' });
    if (!job) return;
    await client.until(job.id, 'waiting');
    const { status } = await client.signalOnce(job.id, yes);
    if (status === 202) return;
    await client.pause(30 * minuteMs);
    await client.signal(job.id, yes);
  },
  assert: expectCharge('yes'),
};

const inTurns: Scenario = {
  name: 'two builds in turns on a job that waits for an answer',
  settings: {
    figures: longFigures,
    builds: { older: 0.5, forMs: 60 * minuteMs, isNew: () => true, seed: 5 },
  },
  arrange: withBooking(approval(24 * hour)),
  act: async (client) => {
    const { job } = await client.insist({ ...order, key: 'order' });
    if (job) await answered(client, job.id);
  },
  assert: expectCharge('yes'),
};

/** By name, for the mutants. */
export const signalScenario = {
  waits,
  early,
  waitsForMinutes,
  tooLate,
  turns,
  canceled,
  retried,
  inGroup,
  dependent,
  dependentMet,
  lostPointer,
  backingOff,
  inTurns,
} satisfies Record<string, Scenario>;

export const signalScenarios: readonly Scenario[] = Object.values(signalScenario);
