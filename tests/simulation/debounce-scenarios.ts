import { contracts } from '../job-types/contracts.ts';
import { settings as parentSettings, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { allButRepeat } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { pause } from './pause-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const delaySeconds = 20;
const maxDelaySeconds = 50;
/** Every payload has one key. */
const debounced = (debounce = { delaySeconds, maxDelaySeconds }) => ({
  ...contracts.counting,
  debounce: { key: () => 'all', ...debounce },
});

const soon = debounced();

/** The payload says which submission it is of. The handler has nothing else to do. */
const arrange =
  (counting = soon) =>
  (world: World): void => {
    world.contracts = { ...contracts, counting };
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        world.guard(() => world.debounceRule.onRun(job.id, payload));
        return { seconds: payload.seconds };
      },
    };
  };

/** A submission, under a key of its own. */
const nth = (seconds: number) => ({ payload: { seconds }, key: `submission ${seconds}` });
/** One without a key. */
const plain = (seconds: number) => ({ payload: { seconds } });

const settings = { net: true };

interface Played extends Pick<Scenario, 'name'> {
  /** How many there are in the end. While calls fail, there may be another one: what a dead call has made. */
  readonly jobs?: number;
  readonly statuses?: readonly string[];
  readonly act: (client: Client, world: World) => Promise<unknown>;
  readonly arrange?: (world: World) => void;
  readonly faults?: Scenario['faults'];
  readonly settings?: Scenario['settings'];
}

const scenario = ({
  name,
  jobs,
  act,
  statuses = ['succeeded'],
  arrange: own = arrange(),
  ...rest
}: Played): Scenario => ({
  name,
  settings,
  ...rest,
  arrange: own,
  act: async (client, world) => void (await act(client, world)),
  assert: (world) => {
    const { size } = world.table.items;
    if (jobs !== undefined && !world.settings.plan && size !== jobs)
      throw new Violation('what is submitted while a debounced job waits is no other job', `${size} jobs`);
    expectStatus(world, ...statuses);
  },
});

export const replaced = scenario({
  name: 'the payload of a debounced job is replaced',
  jobs: 1,
  act: async (client) => {
    await client.insist(nth(1));
    await client.pause(5_000);
    await client.insist(nth(2));
  },
});

/** It waits for no more than its type says. */
export const pushed = scenario({
  name: 'submissions without keys move the time of a debounced job as long as they may',
  jobs: 1,
  act: async (client) => {
    for (const each of [1, 2, 3, 4]) {
      await client.insistOnUnique(plain(each));
      await client.pause(15_000);
    }
  },
});

export const again = scenario({
  name: 'two payloads are submitted at the same time when the debounced job before has run',
  jobs: 2,
  // Of these either may be the last.
  faults: allButRepeat,
  act: async (client) => {
    await client.insist(nth(1));
    await client.pause(60_000);
    await Promise.all([client.insist(nth(2)), client.insist(nth(3))]);
  },
});

const atOnce = scenario({
  name: 'two payloads of a debounced job are submitted at the same time, and then two more',
  jobs: 1,
  act: async (client) => {
    await Promise.all([client.insist(nth(1)), client.insist(nth(2))]);
    await client.pause(1_000);
    await Promise.all([client.insist(nth(3)), client.insistOnUnique(plain(4))]);
  },
});

export const beforeAdmission = scenario({
  name: 'the payload of a debounced job is replaced right before admission lets it run',
  jobs: 1,
  faults: allButRepeat,
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'admit',
      () => client.insist(nth(2)),
    );
    await client.insist(nth(1));
  },
});

export const afterAdmission = scenario({
  name: 'a debounced job is let run right before its payload is replaced',
  jobs: 2,
  act: async (client, world) => {
    const { job } = await client.insist(nth(1));
    await client.pause(15_000);
    before(
      world,
      (call) => call === 'replace',
      () => client.until(job?.id ?? '', 'queued', 'running', 'succeeded'),
      'submit',
    );
    await client.insist(nth(2));
  },
});

/** What the first request has done nobody knows. */
export const repeated = scenario({
  name: 'a submission of a debounced job is repeated when another one has replaced it, and when the job has run',
  act: async (client) => {
    await client.submit(nth(1));
    await client.submit(nth(2));
    await client.pause(1_000);
    await client.insist(nth(3));
    await client.insist(nth(2));
    await client.pause(90_000);
    await client.insist(nth(1));
    await client.insist(nth(2));
  },
});

const canceled = scenario({
  name: 'a debounced job is canceled, another one waits, and the first is retried and erased',
  jobs: 2,
  statuses: ['succeeded', 'canceled'],
  act: async (client) => {
    const { job } = await client.insist(nth(1));
    if (!job) return;
    await client.cancel(job.id);
    await client.insist(nth(2));
    await client.retry(job.id);
    await client.until(job.id, 'succeeded');
    await client.erase(job.id);
  },
});

/** A schedule brings the first time, comes too early, and leaves the job to another one. */
export const hours = scenario({
  name: 'the time of a debounced job that a schedule brings is moved',
  jobs: 1,
  arrange: arrange(debounced({ delaySeconds: 3_600, maxDelaySeconds: 7_200 })),
  act: async (client) => {
    await client.insist(nth(1));
    await client.pause(45 * 60_000);
    await client.insist(nth(2));
  },
});

/**
 * If the wake of the first write is lost before the pause, the job comes back later than ten minutes after the pause.
 */
const whilePaused = scenario({
  name: 'a debounced job is replaced while its type is paused',
  jobs: 1,
  settings: { ...settings, pauses: true, startsSoon: true },
  act: async (client, world) => {
    // The first client does not repeat its submission: the second submission finds the job without a wake.
    await client.submit(nth(1));
    await pause(world, 'type:counting', { forMs: 10_000 });
    await client.pause(5_000);
    await client.insist(nth(2));
  },
});

/** Its first attempt fails when the job is submitted. */
const byJob: Scenario = {
  name: 'a job submits a debounced one, and its next attempt submits it again',
  settings: { ...parentSettings, ...settings },
  arrange: (world) => {
    withParent(async (_payload, job) => {
      await job.submit('refresh', soon, { seconds: 1 });
      if (job.attempt < 2) throw new Error('once more');
      return { seats: [], charge: null };
    })?.(world);
    arrange()(world);
  },
  act: async (client) => {
    await client.insist({
      ...{ type: 'booking', payload: { seats: 0, waitSeconds: 0 }, maxAttempts: 6, key: 'parent' },
    });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

export const debounceScenarios: readonly Scenario[] = [
  replaced,
  pushed,
  again,
  atOnce,
  beforeAdmission,
  afterAdmission,
  repeated,
  canceled,
  hours,
  whilePaused,
  byJob,
];
