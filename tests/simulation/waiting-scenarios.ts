import { cancelJob } from '../../functions/control/cancel-job.ts';
import { PermanentError } from '../../shared/errors.ts';
import type { JobStore } from '../../shared/ports.ts';
import type { Answer, Client } from './client.ts';
import { quiet } from './deployment.ts';
import { faults } from './faults.ts';
import { retentionMs, waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const settings = { figures: waitingFigures };

/** A job of so many seconds that depends on others; of its name there is one. */
export const job = (
  client: Client,
  name: string,
  seconds: number,
  dependsOn: readonly Answer[] = [],
  delaySeconds = 0,
) =>
  client.insist({
    delaySeconds,
    key: name,
    payload: { seconds },
    maxAttempts: 4,
    dependsOn: dependsOn.flatMap(({ job }) => job?.id ?? []),
  });

/** A job whose payload asks for it fails for good in its first run. */
const failingFirst = (world: World): void => {
  const { countdown } = world.works;
  world.works = {
    ...world.works,
    countdown: async (payload, context) => {
      const item = world.table.items.get(context.id);
      const result = await countdown({ seconds: payload.seconds }, context);
      if (payload.failFirst && (item?.run ?? 0) < 2) throw new PermanentError('not in this run');
      return result;
    },
  };
};
const failing = (client: Client, name: string, seconds = 0) =>
  client.insist({ key: name, payload: { seconds, failFirst: 1 } });

/** Whatever went wrong: what depends on jobs has failed if one of them did not succeed, and else succeeded. */
const expectConsistent = (world: World): void => {
  const { items } = world.table;
  for (const { dependsOn = [], status, error } of items.values()) {
    const broken = dependsOn.some((id) => items.get(id)?.status !== 'succeeded');
    if (broken ? error?.name !== 'DependencyError' : status !== 'succeeded' && dependsOn.length > 0)
      throw new Violation('what depends on a job that did not succeed fails', `it is ${status}`);
  }
};

/** Unless a fault changed the course of things, so many fail for what they depend on. */
const expectBroken = (world: World, count: number): void => {
  expectConsistent(world);
  const broken = [...world.table.items.values()].filter(({ error }) => error?.name === 'DependencyError');
  if (!world.settings.plan && broken.length !== count)
    throw new Violation('jobs end as they should', `${broken.length} failed for what they depend on`);
};

const diamond: Scenario = {
  name: 'a diamond',
  settings,
  act: async (client) => {
    const a = await job(client, 'a', 3);
    const [b, c] = await Promise.all([job(client, 'b', 1, [a]), job(client, 'c', 1, [a])]);
    await job(client, 'd', 0, [b, c]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Each job of the second layer depends on all of the first. */
export const layers: Scenario = {
  name: 'two layers of five by five',
  settings,
  act: async (client) => {
    const layer = (name: string, below?: readonly Answer[]) =>
      Promise.all([1, 2, 3, 4, 5].map((place) => job(client, `${name} ${place}`, below ? 0 : 2, below)));
    await layer('upper', await layer('lower'));
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const chainOf = (length: number): Scenario => ({
  name: `a chain of ${length}`,
  settings,
  act: async (client) => {
    let last = await job(client, '1', 2);
    for (let place = 2; place <= length; place += 1) last = await job(client, `${place}`, 0, [last]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

/** Too long to play it with every fault; `chain of 6` is. A crash before a call is one after the call before it. */
const longChain: Scenario = { ...chainOf(50), faults: ['crash-after'] };

const dependencyFails: Scenario = {
  name: 'a dependency fails, and what depends on what depends on it',
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

/** Where only the cancel endpoint can wake the next. */
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

/** The dependent is retried before its dependency, when it must fail again; then after it. */
const retriedByUser: Scenario = {
  name: 'a failed dependency is retried by the user, and what depends on it before and after',
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

/** Has something happen right before the gate (or another function) makes a call to the table about a job; once. */
export const before = (
  world: World,
  isIt: (call: string, id: string) => boolean,
  happen: (id: string) => Promise<unknown>,
  by = 'gate',
): void => {
  const { interpose } = world;
  let happened = false;
  world.interpose = async (role, call, id) => {
    await interpose?.(role, call, id);
    if (role !== by || happened || !isIt(call, id)) return;
    happened = true;
    await happen(id);
  };
};

const endsBefore = (what: string, call: string): Scenario => ({
  name: `a dependency ends right before ${what}`,
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 4);
    const idA = a.job?.id ?? '';
    before(
      world,
      (made, id) => made === call && (call === 'park') === (id !== idA),
      () => client.until(idA, 'succeeded'),
    );
    await job(client, 'b', 0, [a]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

/** The note is refused as the dependency has failed, which is no longer so when it is looked at. */
const retriedWhileNoted: Scenario = {
  name: 'a dependency fails while it is noted, and is retried at once',
  settings,
  arrange: failingFirst,
  act: async (client, world) => {
    const a = await failing(client, 'a', 5);
    const isA = (id: string) => id === a.job?.id;
    before(
      world,
      (call, id) => call === 'note' && isA(id),
      (id) => client.until(id, 'failed'),
    );
    before(
      world,
      (call, id) => call === 'read' && isA(id) && world.table.items.get(id)?.status === 'failed',
      (id) => client.retry(id),
    );
    await job(client, 'b', 0, [a]);
  },
  // Where a fault let the dependent find it failed, that is how it ended: nobody retried the dependent.
  assert: (world) => {
    const broken = [...world.table.items.values()].filter(({ error }) => error?.name === 'DependencyError');
    if (broken.length === 0) expectStatus(world, 'succeeded');
    else if (!world.settings.plan) throw new Violation('jobs end as they should', 'the retry was not seen');
  },
};

/** A client whose cancel is carried out, and the function dies of it; it does not ask again. */
const cancelUnheard = async (world: World, id: string): Promise<void> => {
  const instance = world.instance('cancel');
  const { store, ...queues } = world.portsOf(instance);
  const dying: JobStore = {
    ...store,
    write: async (write) => {
      await store.write(write);
      instance.kill('its write is made');
      return new Promise(() => {});
    },
  };
  const deps = { ...queues, store: dying, clock: instance.clock, log: quiet, retentionMs };
  await Promise.race([cancelJob({ id, tenant: 'someone' }, deps), instance.death]);
};

/** Its item has the message of the run before, but the queue has one that nobody has received. */
const retriedAndCanceled: Scenario = {
  name: 'a retried dependency is canceled before it is claimed, by a cancel that dies',
  settings,
  // Of two copies of the message, one would be claimed while the other is held up.
  faults: faults.filter((fault) => fault !== 'repeat'),
  act: async (client, world) => {
    const a = await job(client, 'a', 30);
    const id = a.job?.id ?? '';
    await client.pause(1_000);
    await client.cancel(id);
    await client.until(id, 'canceled');
    before(
      world,
      (call, which) => call === 'claim' && which === id,
      async () => {
        await client.pause(5_000);
        await cancelUnheard(world, id);
      },
      'worker',
    );
    await client.retry(id);
    await job(client, 'b', 0, [a]);
  },
  assert: expectConsistent,
};

/** A dependency that sleeps is `waiting`, as one that waits for others. */
const sleeps: Scenario = {
  name: 'a dependency sleeps, and so does what depends on it',
  settings,
  arrange: (world) => {
    world.works = {
      ...world.works,
      countdown: async ({ seconds }, context) => {
        if (seconds > 0 && !context.resume) await context.sleep(seconds, { passed: seconds });
        return { seconds };
      },
    };
  },
  act: async (client) => {
    const a = await job(client, 'a', 20);
    const b = await job(client, 'b', 6, [a]);
    await job(client, 'c', 0, [a, b]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

export const waitingScenarios: readonly Scenario[] = [
  diamond,
  chainOf(6),
  dependencyFails,
  runningDependencyCanceled,
  waitingDependencyCanceled,
  canceledAndRetried,
  retriedByUser,
  endsBefore('it is looked at', 'read'),
  endsBefore('it is noted', 'note'),
  endsBefore('its dependent is seen to wait', 'park'),
  retriedWhileNoted,
  retriedAndCanceled,
  sleeps,
];

/** These take as long as all others together. */
export const largeScenarios: readonly Scenario[] = [layers, longChain];
