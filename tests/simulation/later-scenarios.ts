import { before } from './interposed-scenarios.ts';
import { longFigures, waitingFigures } from './limits.ts';
import type { Scenario } from './scenario.ts';
import { expectStatus } from './scenario.ts';
import { job } from './waiting-scenarios.ts';

const hour = 3600;

const later = (name: string, delaySeconds: number, more?: Scenario['act']): Scenario => ({
  name,
  settings: { figures: longFigures },
  act: async (client, world) => {
    await client.insist({ key: 'later', payload: { seconds: 0 }, delaySeconds, maxAttempts: 4 });
    await more?.(client, world);
  },
  // A delayed cancel may arrive after the retry.
  assert: (world) => expectStatus(world, 'succeeded', ...(more && world.settings.plan ? ['canceled'] : [])),
});

const cancelAndRetryLater: Scenario['act'] = async (client, world) => {
  const [id = ''] = world.table.items.keys();
  await client.pause(1_000_000);
  await client.cancel(id);
  await client.pause(1_000);
  await client.retry(id);
};

/** They are due before their dependency ends, at about the same time, and after it. */
const laterAndDependent: Scenario = {
  name: 'jobs with a runAt and a dependency',
  settings: { figures: waitingFigures },
  act: async (client) => {
    const a = await job(client, 'a', 4);
    for (const delaySeconds of [1, 4, 20, 900]) await job(client, `b ${delaySeconds}`, 0, [a], delaySeconds);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Each dependency sends a wake. The first one admits the job, whose copy waits in the run queue when the others come. */
const wokenThrice: Scenario = {
  name: 'three dependencies end at once, and their dependent is due a minute later',
  settings: { figures: waitingFigures },
  act: async (client) => {
    const others = await Promise.all(['a', 'b', 'c'].map((name) => job(client, name, 3)));
    await job(client, 'd', 0, others, 60);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const retriedWithBoth: Scenario = {
  name: 'a job with a runAt and a dependency is canceled and retried',
  settings: { figures: waitingFigures },
  act: async (client) => {
    const a = await job(client, 'a', 4);
    const { job: b } = await job(client, 'b', 0, [a], 200);
    await client.pause(2_000);
    await client.cancel(b?.id ?? '');
    await client.pause(9_000);
    await client.retry(b?.id ?? '');
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['canceled'] : [])),
};

const delayedDependency: Scenario = {
  name: 'a delayed dependency is canceled and revived',
  settings: { figures: waitingFigures },
  act: async (client) => {
    const a = await job(client, 'a', 0, [], 60);
    const b = await job(client, 'b', 0, [a]);
    const [idA, idB] = [a.job?.id ?? '', b.job?.id ?? ''];
    await client.pause(3_000);
    await client.cancel(idA);
    await client.retry(idA);
    await client.until(idA, 'succeeded');
    await client.until(idB, 'failed');
    await client.retry(idB);
  },
  // A delayed cancel may arrive after the retry. Then the dependent fails.
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['canceled', 'failed'] : [])),
};

/** The write of a submission is slow: its job is running by then, and that of the next has failed. */
const overtaken: Scenario = {
  name: 'delayed jobs start, and fail, right before their submissions write their items',
  faults: ['crash-after', 'late-effect'],
  act: async (client, world) => {
    for (const [status, payload] of [
      ['running', { seconds: 9 }],
      ['failed', { seconds: 0, failFirst: 1 }],
    ] as const) {
      const isIt = (call: string) => call === 'schedule';
      before(world, isIt, (id) => client.until(id, status, 'succeeded', 'failed'), 'submit');
      await client.submit({ payload, delaySeconds: 2, maxAttempts: 1 });
    }
  },
};

export const laterScenarios: readonly Scenario[] = [
  later('a short delay', 60),
  later('a job delayed by thirteen hours', 13 * hour),
  later('a job delayed by two hours is canceled and retried', 2 * hour, cancelAndRetryLater),
  later('a job delayed by thirteen hours is canceled and retried', 13 * hour, cancelAndRetryLater),
  laterAndDependent,
  wokenThrice,
  retriedWithBoth,
  delayedDependency,
  overtaken,
];
