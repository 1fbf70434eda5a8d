import { expect, test } from '@jest/globals';
import { ParentNotifier } from '../../../shared/delivery/notify-parent.ts';
import { indexesOf, shardsOf, usualShardSize } from '../../../shared/domain/children/batch.ts';
import { FixedClock } from '../../../testkit/fakes/fixed.ts';
import { type InMemoryBatches, inMemoryBatches } from '../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryPointerQueue } from '../../../testkit/fakes/in-memory-queues.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { contracts } from '../../job-types/contracts.ts';
import { aFailedItem, anId, aRoot } from '../../set-ups/samples.ts';
import { type Booking, settings, submitParent, withParent } from '../children-scenarios.ts';
import { recordFigures } from '../figures.js';
import { play } from '../scenario.ts';
import { EndCounts } from './child-writes.ts';
import { limits, playFamilies } from './children.ts';
import { expectRows } from './expect-rows.ts';
import { childCosts, costsOf, familyLoads, rowOfChildCosts, rowOfFamilies } from './family-rows.ts';

const isFull = process.env.SIMULATION === 'full';
const played = Object.entries(familyLoads)
  .filter(([, { parents }]) => isFull || parents === 1)
  .map(([name, families]) => ({ name, ...playFamilies(families) }));
const rows = played.map(({ name, ...one }) => rowOfFamilies(name, one));
const costs = Object.entries(childCosts).map(([name, children]) => rowOfChildCosts(name, costsOf(children)));
recordFigures('parents of 100,000 children', [...rows, ...costs].join('\n    '));

/** The writes of the real code for the ends of children, invocation by invocation. */
async function countedBy(count: number, invocations: readonly (readonly number[])[]) {
  const [batches, clock, writes] = [inMemoryBatches(), new FixedClock(), [] as number[]];
  const root = aRoot({ batch: anId(1), count, shardSize: usualShardSize });
  batches.roots.set(root.batch, root);
  const { batch, tenant, round } = root;
  for (const shard of shardsOf(root)) {
    const size = indexesOf(root, shard).length;
    await batches.createShard({ ...{ batch, version: 2, tenant, round }, shard, size, expiresAt: 1 });
  }
  let made = 0;
  const { add, addFull } = batches;
  const counting = Object.assign(batches, {
    add: (tally: Parameters<InMemoryBatches['add']>[0]) => {
      made += 1;
      return add(tally);
    },
    addFull: (place: Parameters<InMemoryBatches['addFull']>[0]) => {
      made += 1;
      return addFull(place);
    },
  });
  const pointers = new InMemoryPointerQueue();
  const notifier = new ParentNotifier({ batches: counting, clock, pointers, store: new InMemoryJobStore() });
  for (const indexes of invocations) {
    made = 0;
    const counting = indexes.map((index) => {
      const parent = { id: root.parent, batch, index, shard: Math.floor(index / usualShardSize), depth: 1 };
      return notifier.ended(aFailedItem({ id: anId(index + 100), run: round, parent }));
    });
    await clock.advance(25);
    await Promise.all(counting);
    writes.push(made);
  }
  return { writes, full: batches.roots.get(batch)?.full?.size };
}

const inTens = (indexes: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(indexes.length / 10) }, (_, at) => indexes.slice(at * 10, at * 10 + 10));

test.each([
  ['in order', (indexes: readonly number[]) => indexes],
  ['out of order', (indexes: readonly number[]) => new SeededRandom(1).shuffle(indexes)],
] as const)('the model counts the writes of ends as the real code does: %s', async (_name, ordered) => {
  const count = 250;
  const invocations = inTens(ordered(Array.from({ length: count }, (_, index) => index)));
  const counts = new EndCounts({ count });
  const modeled = invocations.map((indexes) => {
    const { shards, full } = counts.end(indexes);
    return shards.length + full.length;
  });
  expect(await countedBy(count, invocations)).toEqual({ writes: modeled, full: counts.full });
});

const six: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', contracts.counting, { count: 6, payload: () => ({ seconds: 0 }) });
  await batch.succeeded();
  return { seats: [], charge: null };
};

test('the model counts the writes of a parent as the real code does', async () => {
  const { calls } = await play({
    ...{ name: 'a parent', settings, arrange: withParent(six) },
    act: async (client) => void (await submitParent(client)),
  });
  const shape = { parents: 1, children: 6, shardSize: 2, batchSize: 1, concurrency: 1, seconds: 1 };
  const { writesPerChild } = playFamilies({ ...shape, isOrdered: true });
  const perBatch = ['create a batch', 'create a shard', 'renew', 'count an end', 'add a full shard'];
  const perJob = ['claim', 'sleep', 'startParent', 'succeed'];
  const writes = calls.filter((call) => [...perBatch, ...perJob].includes(call)).length;
  // What any job has, and that the batch is settled.
  const ofParent = ['claim', 'succeed', 'renew'].length;
  expect(Math.round(writesPerChild * 6)).toBe(writes - ofParent);
});

test('no item of a parent of 100,000 children is written or read too often, if they come in order', () => {
  for (const { name, hottestWrite } of played.filter((one) => !one.name.includes('out of order')))
    expect({ name, isWithin: hottestWrite.units < limits.writeUnits / 10 }).toEqual({ name, isWithin: true });
  for (const { name, hottestRead } of played)
    expect({ name, isWithin: hottestRead.units < limits.readUnits }).toEqual({ name, isWithin: true });
  // The model can tell.
  expect(played.some(({ isThrottled }) => isThrottled)).toBe(true);
});

test('the pages have these figures', () => {
  expectRows('testing', rows);
  expectRows('cost', costs);
});
