import { before } from './interposed-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { expect409, expectCharge, no, order, scenario, twice, withBooking, yes } from './signal-scenarios.ts';

const inBetween = scenario({
  name: 'an answer comes right before the wait for it is stored',
  act: async (client, id, world) => {
    before(
      world,
      (call) => call === 'awaitSignal',
      () => client.signal(id, yes),
      'worker',
    );
    await client.until(id, 'succeeded');
  },
  charges: ['yes', 'too late'],
});

const sideBySide = scenario({
  name: 'two answers come at once, and one more under the key of one of them',
  act: async (client, id) => {
    await client.until(id, 'waiting');
    const both = [yes, no].map((sent) => client.signal(id, sent));
    await Promise.all([...both, client.signal(id, { ...no, key: 'another' })]);
  },
  charges: ['yes', 'no'],
});

const atTheEnd = scenario({
  name: 'an answer comes right before its wait is closed',
  within: 1_200,
  act: async (client, id, world) => {
    before(
      world,
      (call) => call === 'closeWait',
      () => client.signal(id, yes),
      'worker',
    );
    await client.until(id, 'succeeded');
  },
  charges: ['yes', 'too late'],
});

/** Then its message is not to wait for a day until somebody receives it. */
const canceledBefore = scenario({
  name: 'a cancel comes right before a job waits for its answer',
  act: async (client, id, world) => {
    before(
      world,
      (call) => call === 'awaitSignal',
      () => client.cancel(id),
      'worker',
    );
    await client.until(id, 'canceled', 'succeeded');
  },
  isCanceled: true,
});

/** The call has read the job before. */
const endsMeanwhile: Scenario = {
  name: 'a job ends right before an answer is stored',
  settings: twice,
  arrange: withBooking(async (_payload, job) => ({
    seats: [],
    charge: await job.step('charge', async () => {
      await job.pause(6);
      return 'no answer';
    }),
  })),
  act: async (client, world) => {
    const { job } = await client.insist({ ...order, key: 'order' });
    if (!job) return;
    before(
      world,
      (call) => call === 'storeSignal',
      () => client.until(job.id, 'succeeded'),
      'signal',
    );
    await client.until(job.id, 'running');
    const { status } = await client.signal(job.id, yes);
    if (!world.settings.plan) expect409({ status }, 'after the end');
  },
  assert: expectCharge('no answer'),
};

const canceledMeanwhile = scenario({
  name: 'a job is canceled right before its answer is stored',
  act: async (client, id, world) => {
    before(
      world,
      (call) => call === 'answerWait',
      () => client.cancel(id),
      'signal',
    );
    await client.until(id, 'waiting');
    const { status } = await client.signal(id, yes);
    if (!world.settings.plan) expect409({ status }, 'after the cancel');
  },
  isCanceled: true,
});

/** An answer comes right when something else happens. By name, for the mutants. */
export const signalRace = {
  inBetween,
  sideBySide,
  atTheEnd,
  canceledBefore,
  endsMeanwhile,
  canceledMeanwhile,
} satisfies Record<string, Scenario>;

export const signalRaceScenarios: readonly Scenario[] = Object.values(signalRace);
