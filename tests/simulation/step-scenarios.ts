import { stepBlocksOf } from '../../shared/domain/state/stored/saved-steps.ts';
import { longFigures } from './limits.ts';
import type { Mutant, Ports } from './mutant.ts';
import { spoiled } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

type Booking = World['handlers']['booking'];

const order = { type: 'booking', payload: { seats: 0, waitSeconds: 0 }, maxAttempts: 6 };
const withBooking =
  (booking: Booking): Scenario['arrange'] =>
  (world) => {
    world.handlers = { ...world.handlers, booking };
  };

/** Two steps at a time, a wait, and one more step. */
const inTurns: Booking = async (_payload, job) => {
  const seat = (key: string) =>
    job.step(key, async () => {
      await job.pause(5);
      return `${key} of run ${job.run}`;
    });
  const seats = await Promise.all([seat('seat 1'), seat('seat 2')]);
  await job.waitFor('time to pay', { until: 3600 });
  return { seats, charge: await seat('charge') };
};

const steps: Scenario = {
  name: 'a job in steps, with a wait between them',
  settings: { figures: longFigures },
  arrange: withBooking(inTurns),
  act: async (client) => {
    await client.submit(order);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

/** A step that takes five minutes, and whose result the item has no room for two of. */
const large: Booking = async (_payload, job) => {
  const seats: string[] = [];
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    const text = await job.step(key, async () => {
      await job.pause(290);
      return key.repeat(5_000);
    });
    seats.push(text.slice(0, 1));
  }
  return { seats, charge: null };
};

const largeSteps: Scenario = {
  name: 'a job in large steps, which is handed over between them',
  settings: { figures: longFigures },
  arrange: withBooking(large),
  act: async (client) => {
    await client.submit(order);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed');
    const [item] = world.table.items.values();
    if (item?.status === 'succeeded' && (item.slices ?? 0) < 1)
      throw new Violation('a job with steps is handed over when its time is over', `${item.slices} times`);
  },
};

/** Its last step fails in the first run. */
const failing: Booking = async (_payload, job) => {
  for (const key of ['a', 'b', 'c']) await job.step(key, () => key.repeat(5_000));
  const charge = job.step(
    'charge',
    () => {
      if (job.run === 1) throw new Error('no card');
      return 'paid';
    },
    { retries: 1 },
  );
  return { seats: [], charge: await charge };
};

const failed = (then: 'retried' | 'erased', call: 'retry' | 'erase'): Scenario => ({
  name: `a job whose step fails for good, and which is ${then}`,
  settings: { figures: longFigures },
  arrange: withBooking(failing),
  act: async (client) => {
    const { job } = await client.submit(order);
    if (!job) return;
    await client.until(job.id, 'failed');
    await client[call](job.id);
  },
  assert: (world) => expectStatus(world, 'failed', ...(call === 'retry' ? ['succeeded'] : [])),
});
const retried = failed('retried', 'retry');
const erased = failed('erased', 'erase');

export const stepScenarios: readonly Scenario[] = [steps, largeSteps, retried, erased];

/** The objects that steps are moved to are of this type. */
const isBlock = ({ contentType }: { readonly contentType: string }): boolean =>
  contentType === 'application/json';

/** An object is put only when the item names it. */
function itemFirst(ports: Ports): Ports {
  const later: Parameters<Ports['objects']['put']>[0][] = [];
  return {
    ...ports,
    objects: {
      ...ports.objects,
      put: async (object) => {
        if (!isBlock(object)) return ports.objects.put(object);
        later.push(object);
      },
    },
    store: {
      ...ports.store,
      write: async (write) => {
        const item = await ports.store.write(write);
        for (const object of later.splice(0)) await ports.objects.put(object);
        return item;
      },
    },
  };
}

/** The block before is deleted as soon as there is a longer one. */
function replacing(ports: Ports, _role: string, world: World): Ports {
  return {
    ...ports,
    objects: {
      ...ports.objects,
      put: async (object) => {
        await ports.objects.put(object);
        if (!isBlock(object)) return;
        const before = [...world.table.items.values()].flatMap((item) => stepBlocksOf(item, item.steps));
        for (const name of before) await ports.objects.delete(name);
      },
    },
  };
}

async function* emptyList() {
  yield Buffer.from('[]');
}

export const stepMutants: readonly Mutant[] = [
  {
    name: 'a step returns before its result is stored',
    shownBy: steps.name,
    write: spoiled(['renew'], ({ set: { steps: _, ...set } }) => ({ set })),
  },
  { name: 'the item names a block before it is put', shownBy: largeSteps.name, ports: itemFirst },
  { name: 'a block is deleted while the item names it', shownBy: largeSteps.name, ports: replacing },
  {
    name: 'a slice begins without what is in objects',
    shownBy: largeSteps.name,
    ports: (ports) => ({ ...ports, objects: { ...ports.objects, read: emptyList } }),
  },
  {
    name: 'a retry forgets the steps',
    shownBy: retried.name,
    write: spoiled(['retry'], ({ remove = [] }) => ({ remove: [...remove, 'steps'] })),
  },
];
