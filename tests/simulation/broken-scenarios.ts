import { PermanentError } from '../../shared/domain/base/errors.ts';
import type { Client } from './client.ts';
import { waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const settings = { figures: waitingFigures };

/** A job fails for good in its first run if its payload says so. */
export const failingFirst = (world: World): void => {
  const { counting } = world.handlers;
  world.handlers = {
    ...world.handlers,
    counting: async (payload, context) => {
      const item = world.table.items.get(context.id);
      const result = await counting({ seconds: payload.seconds }, context);
      if (payload.failFirst && (item?.run ?? 0) < 2) throw new PermanentError('not in this run');
      return result;
    },
  };
};
export const failing = (client: Client, name: string, seconds = 0) =>
  client.insist({ key: name, payload: { seconds, failFirst: 1 } });

/** Whatever went wrong: a dependent has failed if a dependency did not succeed, and has succeeded otherwise. */
export const expectConsistent = (world: World): void => {
  const { items } = world.table;
  for (const { dependsOn = [], status, error } of items.values()) {
    const broken = dependsOn.some((id) => items.get(id)?.status !== 'succeeded');
    if (broken ? error?.name !== 'DependencyError' : status !== 'succeeded' && dependsOn.length > 0)
      throw new Violation('the dependents of a job that did not succeed fail', `it is ${status}`);
  }
};

/** Without a fault, so many jobs fail because of a dependency. */
const expectBroken = (world: World, count: number): void => {
  expectConsistent(world);
  const broken = [...world.table.items.values()].filter(({ error }) => error?.name === 'DependencyError');
  if (!world.settings.plan && broken.length !== count)
    throw new Violation('jobs end as they should', `${broken.length} failed because of a dependency`);
};

const dependencyFails: Scenario = {
  name: 'a dependency fails, and so do its dependents and theirs',
  settings,
  arrange: failingFirst,
  act: async (client) => {
    const a = await failing(client, 'a', 1);
    const b = await job(client, 'b', 0, [a]);
    await job(client, 'c', 0, [b]);
  },
  assert: (world) => expectBroken(world, 2),
};

const runningDependencyCanceled: Scenario = {
  name: 'a running dependency is canceled',
  settings,
  act: async (client) => {
    const a = await job(client, 'a', 9);
    const b = await job(client, 'b', 0, [a]);
    await job(client, 'c', 0, [b]);
    await client.pause(2_000);
    await client.cancel(a.job?.id ?? '');
  },
  assert: (world) => expectBroken(world, 2),
};

/** Only the cancel call can wake the next job. */
/** The cancel call wakes the dependents itself. What else makes up for it comes a minute later. */
function expectSoon({ table }: World): void {
  const ends = [...table.items.values()].filter(({ status }) => status === 'canceled' || status === 'failed');
  const times = ends.map(({ finishedAt = 0 }) => finishedAt);
  const lateMs = Math.max(...times) - Math.min(...times);
  if (lateMs > 10_000)
    throw new Violation('the dependents of a canceled job fail soon', `${lateMs} ms later`);
}

const waitingDependencyCanceled: Scenario = {
  name: 'a waiting dependency is canceled',
  settings,
  act: async (client) => {
    const a = await job(client, 'a', 12);
    const b = await job(client, 'b', 0, [a]);
    const c = await job(client, 'c', 0, [b]);
    await client.until(c.job?.id ?? '', 'waiting');
    await client.until(b.job?.id ?? '', 'waiting');
    await client.cancel(b.job?.id ?? '');
  },
  assert: (world) => {
    const canceled = [...world.table.items.values()].some(({ status }) => status === 'canceled');
    if (!world.settings.plan) expectSoon(world);
    if (canceled || !world.settings.plan) expectCanceledThen(world);
    else expectConsistent(world);
  },
};

const expectCanceledThen = (world: World): void => {
  const errors = [...world.table.items.values()].map(({ status, error }) => error?.name ?? status);
  if (errors.sort().join() !== 'DependencyError,canceled,succeeded')
    throw new Violation('jobs end as they should', errors.join());
};

const canceledAndRetried: Scenario = {
  name: 'a waiting job is canceled and retried',
  settings,
  act: async (client) => {
    const a = await job(client, 'a', 9);
    const b = await job(client, 'b', 0, [a]);
    const id = b.job?.id ?? '';
    await client.pause(1_000);
    await client.cancel(id);
    await client.retry(id);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** The dependent is retried before its dependency, and must fail again; then after it. */
const retriedByUser: Scenario = {
  name: 'the user retries a failed dependency, and its dependent before and after',
  settings,
  arrange: failingFirst,
  act: async (client) => {
    const a = await failing(client, 'a');
    const b = await job(client, 'b', 0, [a]);
    const [idA, idB] = [a.job?.id ?? '', b.job?.id ?? ''];
    await client.until(idB, 'failed');
    await client.retry(idB);
    await client.until(idB, 'failed');
    await client.retry(idA);
    await client.until(idA, 'succeeded');
    await client.retry(idB);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** They have been admitted before: one fails for good, and the worker of the other crashes in its only attempt. */
const dependentsFail: Scenario = {
  name: 'two jobs have waited for another one: one fails, and one crashes its worker',
  settings,
  arrange: (world) => {
    failingFirst(world);
    const { counting } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, context) => {
        if (payload.seconds === 2) world.crash(context.id);
        return counting(payload, context);
      },
    };
  },
  act: async (client) => {
    const a = await job(client, 'a', 1);
    const more = { maxAttempts: 1, dependsOn: [a.job?.id ?? ''] };
    await client.insist({ ...more, key: 'b', payload: { seconds: 0, failFirst: 1 } });
    await client.insist({ ...more, key: 'c', payload: { seconds: 2 } });
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

/** A dependency or its dependent fails, or is canceled. */
export const brokenScenarios: readonly Scenario[] = [
  dependencyFails,
  runningDependencyCanceled,
  waitingDependencyCanceled,
  canceledAndRetried,
  retriedByUser,
  dependentsFail,
];
