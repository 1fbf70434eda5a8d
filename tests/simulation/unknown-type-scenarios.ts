import type { BuildSettings } from './builds.ts';
import type { Client, Order } from './client.ts';
import { before } from './interposed-scenarios.ts';
import { unknownTypeMs, waitingFigures } from './limits.ts';
import { dropping, type Mutant, type Ports, spoiled } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

export const settings = { figures: waitingFigures };

/** No worker has the type for so long from the start on. A pause is as long as the wait before it. */
export const goneFor = (ms: number) => (world: World) => {
  const until = world.time.now + ms;
  world.lacksTypes = ({ role }) => role === 'worker' && world.time.now < until;
};
const forEver = goneFor(Number.POSITIVE_INFINITY);
export const backAfterMs = 12_000;

export const submit = (client: Client, order: Order = {}) =>
  client.submit({ payload: { seconds: 1 }, maxAttempts: 1, ...order });

export const check = (holds: boolean, what: string): void => {
  if (!holds) throw new Violation('a job whose type is gone waits, and uses no attempt', what);
};

/** Undisturbed, it has had one attempt, and has started within a pause of the return. */
function checkStarted(world: World): void {
  if (world.settings.plan) return;
  for (const { id, attempt, startedAt = 0, createdAt } of world.table.items.values()) {
    check(attempt === 1, `${id} has attempt ${attempt}`);
    const late = startedAt - createdAt - backAfterMs;
    check(late >= 0 && late < backAfterMs, `${id} starts ${late} ms after the return`);
  }
}

const returns: Scenario = {
  name: 'a job type is gone, and comes back',
  settings,
  arrange: goneFor(backAfterMs),
  act: async (client) => {
    const { job } = await submit(client);
    if (job) await client.until(job.id, 'waiting', 'running', 'succeeded', 'failed');
  },
  // A fault may end the only attempt.
  assert: (world) => {
    expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : []));
    checkStarted(world);
  },
};

/** A delayed request of the wait arrives while the job runs. */
const runsLong: Scenario = {
  name: 'a job type is gone for three seconds, and its job runs for nine',
  settings,
  arrange: goneFor(3_000),
  act: async (client) => void (await submit(client, { payload: { seconds: 9 }, maxAttempts: 3 })),
  assert: (world) => expectStatus(world, 'succeeded'),
};

const gone: Scenario = {
  name: 'a job type is gone for ever, and another job waits for it',
  settings,
  arrange: forEver,
  act: async (client) => {
    const { job } = await submit(client);
    if (job) await submit(client, { dependsOn: [job.id] });
  },
  assert: (world) => {
    expectStatus(world, 'failed');
    const names = [...world.table.items.values()].map(({ error }) => error?.name);
    check(names.length === 0 || names.includes('UnknownJobTypeError'), `${names}`);
    for (const { id, attempt, finishedAt = 0, createdAt, dependsOn } of world.table.items.values()) {
      check(attempt === 0, `${id} has attempt ${attempt}`);
      if (!dependsOn) check(finishedAt - createdAt >= unknownTypeMs - 5_000, `${id} is given up early`);
    }
  },
};

/** It was admitted before. */
const goneAfterAdmission: Scenario = {
  name: 'a job waits for another one, and then its type is gone for ever',
  settings,
  arrange: (world) => {
    world.lacksTypes = ({ role }) =>
      role === 'worker' && [...world.table.items.values()].some(({ status }) => status === 'succeeded');
  },
  act: async (client) => {
    const { job } = await submit(client);
    if (job) await submit(client, { dependsOn: [job.id] });
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'failed');
  },
};

const inGroup: Scenario = {
  name: 'the type of the first job of a group is gone, and comes back',
  settings,
  arrange: goneFor(backAfterMs),
  act: async (client) => {
    await submit(client, { group: 'g' });
    await submit(client, { group: 'g' });
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
};

const late: Scenario = {
  name: 'a job type is gone, and the time is over in which its job had to start',
  settings,
  arrange: forEver,
  act: async (client, { time }) => void (await submit(client, { startBefore: time.now + 17_000 })),
  assert: (world) => {
    expectStatus(world, 'failed');
    for (const { error, finishedAt = 0, createdAt } of world.table.items.values()) {
      check(error?.name === 'NotStartedInTimeError', `${error?.name}`);
      if (!world.settings.plan) check(finishedAt - createdAt < 19_000, 'it ends a pause later');
    }
  },
};

const canceled = (name: string, order: Order): Scenario => ({
  name,
  settings,
  arrange: goneFor(40_000),
  act: async (client, world) => {
    const { job } = await submit(client, order);
    if (!job) return;
    // The next one of the group must not wait for the end of the pause.
    const { job: next } = order.group ? await submit(client, order) : {};
    await client.until(job.id, 'waiting', 'succeeded', 'failed');
    await client.pause(12_000);
    await client.cancel(job.id);
    const canceledAt = world.time.now;
    if (next) {
      await client.until(next.id, 'waiting', 'succeeded', 'failed');
      const isSoon = world.time.now - canceledAt < 3_000 || world.settings.plan !== undefined;
      world.guard(() => check(isSoon, `${next.id} waits for a canceled job of its group`));
    }
    await client.until(job.id, 'canceled', 'succeeded', 'failed');
    await client.retry(job.id);
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed', 'canceled'] : [])),
});

/** Every process is of a build that has the type or of one that has not, by chance. */
const inTurns: Scenario = {
  name: 'two builds in turns, of which one lacks a job type',
  settings: {
    ...settings,
    builds: { older: 0.6, forMs: 50_000, isNew: () => false, seed: 5 } satisfies BuildSettings,
  },
  arrange: (world) => {
    world.lacksTypes = (instance) => instance.role === 'worker' && (world.builds?.isOlder(instance) ?? false);
  },
  act: async (client) => {
    await Promise.all([
      client.submit({ payload: { seconds: 9, failFirst: 1 }, maxAttempts: 3 }),
      client.submit({ payload: { seconds: 1 }, maxAttempts: 3, group: 'g' }),
      client.submit({ payload: { seconds: 2 }, maxAttempts: 3, delaySeconds: 20 }),
    ]);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

function goneFromFirstLook(world: World): void {
  let until: number | undefined;
  world.lacksTypes = ({ role }) => {
    until ??= world.time.now + backAfterMs;
    return role === 'worker' && world.time.now < until;
  };
}

/** The build that lacks the type comes while the job runs with another one, and their process dies. */
const crashing = (name: string, happen?: (client: Client, id: string) => Promise<unknown>): Scenario => ({
  name,
  settings,
  ...(happen ? { faults: ['crash-after', 'late-effect'] } : {}),
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, job) => {
        await job.pause(1);
        if (seconds === 3 && world.workers.length === 1) {
          goneFromFirstLook(world);
          world.crash(job.id);
        }
        return { seconds };
      },
    };
  },
  act: async (client, world) => {
    if (happen)
      before(
        world,
        (call) => call === 'awaitHandler',
        (id) => happen(client, id),
        'worker',
      );
    await Promise.all([3, 4].map((seconds) => submit(client, { payload: { seconds } })));
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded', ...(happen ? ['canceled'] : []));
  },
});
const crashes = crashing('the worker of two jobs crashes, and their type is gone for a while');
const crashesAndCanceled = crashing(
  'the worker of two jobs crashes, and one is canceled right before it would wait for its type',
  (client, id) => client.cancel(id),
);

export const unknownTypeScenarios: readonly Scenario[] = [
  returns,
  runsLong,
  gone,
  goneAfterAdmission,
  inGroup,
  late,
  canceled('a job whose type is gone is canceled, and retried', {}),
  canceled('a job of a group whose type is gone is canceled, and retried', { group: 'g' }),
  inTurns,
  crashes,
  crashesAndCanceled,
];

const awaiting = (spoil: Parameters<typeof spoiled>[1]) => spoiled(['awaitHandler'], spoil);

/** Does not store that the job waits. */
const unstored = (ports: Ports): Ports => ({
  ...ports,
  store: {
    ...ports.store,
    write: async (write) => {
      if (write.transition !== 'awaitHandler') return ports.store.write(write);
      return (await ports.store.read(write.id)) ?? ports.store.write(write);
    },
  },
});

export const unknownTypeMutants: readonly Mutant[] = [
  {
    name: 'a wait for a handler begins anew with each look',
    shownBy: gone.name,
    write: awaiting(({ set }) => ({
      set: { ...set, noHandler: { since: set.updatedAt ?? 0, until: set.notBefore ?? 0 } },
    })),
  },
  { name: 'a wait for a handler is not stored', shownBy: gone.name, ports: unstored },
  {
    name: 'a wait for a handler is longer than the time to start',
    shownBy: late.name,
    write: awaiting(({ set }) => ({
      set: {
        ...set,
        notBefore: (set.notBefore ?? 0) + 20_000,
        noHandler: { since: set.noHandler?.since ?? 0, until: (set.notBefore ?? 0) + 20_000 },
      },
    })),
  },
  {
    name: 'a wait for a handler uses an attempt',
    shownBy: returns.name,
    write: (write, before) =>
      write.transition === 'awaitHandler'
        ? { ...write, set: { ...write.set, attempt: (before?.attempt ?? 0) + 1 } }
        : write,
  },
  {
    name: 'a crash in company counts if nobody has the type',
    shownBy: crashes.name,
    write: awaiting(({ set: { attempt: _, ...set }, append: __ }) => ({ set, append: [] })),
  },
  {
    name: 'a wait for a handler leaves the lease of a worker that is gone',
    shownBy: crashes.name,
    write: awaiting(() => ({ remove: [] })),
  },
  {
    name: 'a delayed wait for a handler is stored whatever came later',
    shownBy: runsLong.name,
    write: dropping(['awaitHandler'], ({ attribute }) =>
      ['notBefore', 'fencingToken', 'leaseUntil'].includes(attribute),
    ),
  },
];
