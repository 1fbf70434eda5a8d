import { ChildExpiredError } from '../../shared/domain/base/errors.ts';
import { contracts } from '../job-types/contracts.ts';
import { batches } from './children-mutants.ts';
import {
  type Booking,
  childrenOf,
  parentOf,
  settings,
  submitParent,
  withParent,
} from './children-scenarios.ts';
import { keepChildrenMs, retentionMs } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

const { counting } = contracts;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** It knows how many have failed, waits for longer than they are kept, and reads what they have come to. */
const readsLate: Booking = async (_payload, job) => {
  const list = [{ seconds: 0 }, { seconds: 0, failFirst: 1 }];
  const batch = await job.spawn('pages', counting, { list });
  await batch.settled();
  await job.waitFor('weeks', { until: (keepChildrenMs + dayMs) / 1000 });
  const { unsuccessful } = await batch.settled();
  const seats = [`${unsuccessful} of ${batch.count}`];
  try {
    for await (const child of batch.results()) seats.push(child.status);
  } catch (thrown) {
    if (!(thrown instanceof ChildExpiredError)) throw thrown;
    seats.push(thrown.name);
  }
  return { seats, charge: null };
};

const expired: Scenario = {
  name: 'the children of a job expire before it reads their results',
  settings: { ...settings, maxDays: 20 },
  arrange: withParent(readsLate),
  act: async (client, world) => {
    await submitParent(client);
    for (let hours = 0; hours < (keepChildrenMs + 2 * dayMs) / hourMs; hours += 6) {
      await client.pause(6 * hourMs);
      for (const { id, expiresAt = Number.POSITIVE_INFINITY } of childrenOf(world))
        if (expiresAt * 1000 <= world.time.now) world.expire(id);
    }
  },
  assert: (world) => {
    const result = parentOf(world)?.result;
    if (result !== undefined && result !== '{"seats":["1 of 2","ChildExpiredError"],"charge":null}')
      throw new Violation('a parent hears that a child has expired, and still how many have failed', result);
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

export const keptChildrenScenarios: readonly Scenario[] = [expired];

export const keptChildrenMutants: readonly Mutant[] = [
  {
    name: 'a shard is kept as long as its children',
    shownBy: expired.name,
    ports: batches((store, { time }) => ({
      add: (tally) => store.add({ ...tally, expiresAt: Math.ceil((time.now + keepChildrenMs) / 1000) }),
    })),
  },
  {
    name: 'a child is kept as long as any job',
    shownBy: expired.name,
    ports: ({ store, ...ports }, _role, { table }) => ({
      ...ports,
      store: {
        ...store,
        write: (write) => {
          const { finishedAt, expiresAt, parent = table.items.get(write.id)?.parent } = write.set;
          if (!parent || finishedAt === undefined || expiresAt === undefined) return store.write(write);
          const asAnyJob = Math.ceil((finishedAt + retentionMs) / 1000);
          return store.write({ ...write, set: { ...write.set, expiresAt: asAnyJob } });
        },
      },
    }),
  },
];
