import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import type { Scenario } from './scenario.ts';
import {
  type Approval,
  expect409,
  expectCharge,
  no,
  order,
  scenario,
  twice,
  withBooking,
  yes,
} from './signal-scenarios.ts';
import { Violation } from './violation.ts';

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

/**
 * The process that ends the wait of a job makes its message visible right before its worker hides the message, and nobody receives it in
 * between.
 */
const beforeHidden = (
  name: string,
  {
    by,
    act,
    isCanceled,
  }: Pick<Approval, 'isCanceled'> & { by: string; act: (client: Client, id: string) => Promise<unknown> },
) =>
  scenario({
    name,
    submitted: { group: 'g', key: 'g 0' },
    // A process that dies between the two leaves the message hidden for an hour.
    more: { settings: { takenOverWithinMs: 65 * 60_000 } },
    act: async (client, id, world) => {
      const next = await client.insist({ payload: { seconds: 0 }, group: 'g', key: 'g 1' });
      const { promise: isShown, resolve } = Promise.withResolvers<void>();
      const isHidden = (call: string) =>
        call === 'changeVisibility' && world.table.items.get(id)?.status === 'waiting';
      before(world, isHidden, () => Promise.race([act(client, id), isShown]), 'worker');
      before(
        world,
        (call) => call === 'changeVisibility',
        async () => resolve(),
        by,
      );
      await client.until(id, 'succeeded', 'canceled');
      const endedAt = world.time.now;
      if (next.job) await client.until(next.job.id, 'succeeded');
      const heldMs = world.time.now - endedAt;
      if (!world.settings.plan && heldMs > 60_000)
        throw new Violation('what has ended holds its group no longer', `${heldMs} ms`);
    },
    ...(isCanceled ? { isCanceled } : {}),
  });

const answeredBeforeHidden = beforeHidden(
  'an answer comes right before the message of its job is hidden in its group',
  { by: 'signal', act: (client, id) => client.signal(id, yes) },
);

const canceledBeforeHidden = beforeHidden(
  'a job is canceled right before its message is hidden in its group',
  { by: 'cancel', act: (client, id) => client.cancel(id), isCanceled: true },
);

/** An answer comes right when something else happens. By name, for the mutants. */
export const signalRace = {
  inBetween,
  sideBySide,
  atTheEnd,
  canceledBefore,
  endsMeanwhile,
  canceledMeanwhile,
  answeredBeforeHidden,
  canceledBeforeHidden,
} satisfies Record<string, Scenario>;

export const signalRaceScenarios: readonly Scenario[] = Object.values(signalRace);
