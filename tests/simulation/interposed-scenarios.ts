import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import type { cancelChild } from '../../shared/operations/act/cancel-child.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { everyQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { expectConsistent, failing, failingFirst } from './broken-scenarios.ts';
import type { Client } from './client.ts';
import { quiet } from './dependencies.ts';
import { allButRepeat } from './faults.ts';
import { keepChildrenMs, retentionMs, waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const settings = { figures: waitingFigures };

/** Makes something happen, once, right before admission (or another function) makes a call to the table about a job. */
export const before = (
  world: World,
  isIt: (call: string, id: string) => boolean,
  happen: (id: string) => Promise<unknown>,
  by = 'admission',
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
      (made, id) => made === call && (call === 'defer') === (id !== idA),
      () => client.until(idA, 'succeeded'),
    );
    await job(client, 'b', 0, [a]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

/** Somebody fails the job, by a copy of its message. */
const failsBeforeItWaits: Scenario = {
  name: 'a job fails right before it is deferred',
  settings,
  faults: ['crash-after', 'late-effect'],
  act: async (client, world) => {
    const a = await job(client, 'a', 4);
    before(
      world,
      (call) => call === 'defer',
      async (id) => {
        const [copy] = world.waiting.bodies;
        if (copy) world.deadLetters.send(copy);
        await client.until(id, 'failed');
      },
    );
    await job(client, 'b', 0, [a]);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

/** The registration is refused because the dependency has failed. When it is read, it has been retried. */
const retriedWhileRegistering: Scenario = {
  name: 'a dependency fails during the registration, and is retried at once',
  settings,
  arrange: failingFirst,
  act: async (client, world) => {
    const a = await failing(client, 'a', 5);
    const isA = (id: string) => id === a.job?.id;
    before(
      world,
      (call, id) => call === 'registerDependent' && isA(id),
      (id) => client.until(id, 'failed'),
    );
    before(
      world,
      (call, id) => call === 'read' && isA(id) && world.table.items.get(id)?.status === 'failed',
      (id) => client.retry(id),
    );
    await job(client, 'b', 0, [a]);
  },
  // Where a fault made the dependent find it failed, the dependent has failed too: nobody retried it.
  assert: (world) => {
    const broken = [...world.table.items.values()].filter(({ error }) => error?.name === 'DependencyError');
    if (broken.length === 0) expectStatus(world, 'succeeded');
    else if (!world.settings.plan) throw new Violation('jobs end as they should', 'the retry was not seen');
  },
};

/** A call whose write is stored, after which its function dies. The client does not ask again. */
export async function unheard(
  world: World,
  role: string,
  call: (deps: Parameters<typeof cancelChild>[1]) => Promise<unknown>,
): Promise<void> {
  const instance = world.instance(role);
  const { store, ...ports } = world.portsOf(instance);
  const dying: JobStore = {
    ...store,
    write: async (write) => {
      await store.write(write);
      instance.kill('its write is made');
      return new Promise(() => {});
    },
  };
  const queues = everyQueue(() => ports.queue);
  const { contracts } = world;
  const family = new ParentNotifier({ ...ports, store, clock: instance.clock });
  const deps = {
    ...ports,
    family,
    queues,
    contracts,
    store: dying,
    clock: instance.clock,
    log: quiet,
    retentionMs,
    keepChildrenMs,
  };
  await Promise.race([call(deps), instance.death]);
}

/** A cancel that is stored, and that nobody hears of. */
export const cancelUnheard = (world: World, id: string): Promise<void> =>
  unheard(world, 'cancel', (deps) => cancelJob({ id, tenant: 'someone', by: 'somebody else' }, deps));

const canceledBeforeItsClaim = (client: Client, world: World, id: string): void =>
  before(
    world,
    (call, which) => call === 'claim' && which === id,
    async () => {
      await client.pause(5_000);
      await cancelUnheard(world, id);
    },
    'worker',
  );

/** The queue has a message that no worker has received. */
const retriedAndCanceled: Scenario = {
  name: 'a retried dependency is canceled before its claim, by a cancel call that dies',
  settings,
  faults: allButRepeat,
  act: async (client, world) => {
    const a = await job(client, 'a', 30);
    const id = a.job?.id ?? '';
    await client.pause(1_000);
    await client.cancel(id);
    await client.until(id, 'canceled');
    canceledBeforeItsClaim(client, world, id);
    await client.retry(id);
    await job(client, 'b', 0, [a]);
  },
  assert: expectConsistent,
};

/** The same, but its item still has the message that it had while it waited. */
const admittedAndCanceled: Scenario = {
  name: 'an admitted dependency is canceled before its claim, by a cancel call that dies',
  settings,
  faults: allButRepeat,
  act: async (client, world) => {
    const a = await job(client, 'a', 3);
    const b = await job(client, 'b', 30, [a]);
    canceledBeforeItsClaim(client, world, b.job?.id ?? '');
    await job(client, 'c', 0, [b]);
  },
  assert: ({ table: { items } }) => {
    const isCanceled = [...items.values()].some(({ status }) => status === 'canceled');
    const failures = [...items.values()].flatMap(({ error }) => error?.name ?? []);
    if (failures.join() !== (isCanceled ? 'DependencyError' : ''))
      throw new Violation('the dependents of a job that did not succeed fail', failures.join());
  },
};

/** Something happens to a dependency at the moment at which admission checks it. */
export const interposedScenarios: readonly Scenario[] = [
  endsBefore('admission reads it', 'read'),
  endsBefore('its dependent is registered', 'registerDependent'),
  endsBefore('its dependent is deferred', 'defer'),
  failsBeforeItWaits,
  retriedWhileRegistering,
  retriedAndCanceled,
  admittedAndCanceled,
];
