import { expect, test } from '@jest/globals';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import {
  groupChildQueue,
  groupQueue,
  TenantQueues,
} from '../../../../../shared/domain/state/tenant-queues.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryGroupPlaces } from '../../../../../testkit/fakes/in-memory-group-places.ts';
import { InMemoryJobQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { aMessage } from '../../../../set-ups/samples.ts';

const dayMs = 24 * 3600 * 1000;
const names = [...Array(200).keys()].map((index) => `tenant ${index}`);

/** A stage with so many ordered queues; each call of `aProcess` is a process that knows nothing yet. */
function aStage() {
  const places = new InMemoryGroupPlaces();
  const clock = { at: t0, now: () => clock.at };
  const aProcess = (queues: number, waitDays = 15) =>
    new TenantQueues({ queues, waitMs: waitDays * dayMs, places, clock });
  const numbersOf = (queues: TenantQueues) => Promise.all(names.map((name) => queues.numberOf(name)));
  return { places, clock, aProcess, numbersOf };
}

test('with one queue nothing is read or written', async () => {
  const { places, aProcess } = aStage();
  expect(await aProcess(1).numberOf('acme')).toBe(1);
  expect([places.places.size, places.sinceAt]).toEqual([0, undefined]);
});

test('while messages of before may be in the first queue, every tenant without a place gets it, and keeps it', async () => {
  const { clock, aProcess, numbersOf } = aStage();
  expect(new Set(await numbersOf(aProcess(4)))).toEqual(new Set([1]));
  clock.at += 15 * dayMs;
  expect(new Set(await numbersOf(aProcess(4)))).toEqual(new Set([1]));
});

test('then new tenants get the queues that were added', async () => {
  const { places, clock, aProcess, numbersOf } = aStage();
  await aProcess(4).numberOf('acme');
  clock.at += 15 * dayMs - 1;
  expect(await aProcess(4).numberOf('early')).toBe(1);
  clock.at += 1;
  const numbers = await numbersOf(aProcess(4));
  expect([...new Set(numbers)].sort()).toEqual([2, 3, 4]);
  expect(names.map((name) => places.places.get(name)?.queue)).toEqual(numbers);
});

test('a new stage uses all of them at once', async () => {
  const { aProcess, numbersOf } = aStage();
  expect([...new Set(await numbersOf(aProcess(4, 0)))].sort()).toEqual([1, 2, 3, 4]);
});

test('a tenant keeps its queue when there are more of them', async () => {
  const { aProcess, numbersOf } = aStage();
  const before = await numbersOf(aProcess(4, 0));
  expect(await numbersOf(aProcess(8, 0))).toEqual(before);
});

test('two processes that look at the same time agree', async () => {
  const { places, aProcess } = aStage();
  const { keep } = places;
  // The other process was faster, and has chosen by another setting.
  places.keep = async (tenant, queue) => {
    await keep.call(places, tenant, 3);
    return keep.call(places, tenant, queue);
  };
  expect(await aProcess(4).numberOf('acme')).toBe(3);
});

test('a tenant whose queue this process does not have is not sent elsewhere', async () => {
  const { places, aProcess } = aStage();
  places.places.set('acme', { queue: 3 });
  await expect(aProcess(2).numberOf('acme')).rejects.toThrow(QueueUnavailableError);
});

test('who cannot look does not send', async () => {
  const { places, aProcess } = aStage();
  places.read = () => Promise.reject(new StoreUnavailableError('away'));
  const queues = [new InMemoryJobQueue({ isOrdered: true }), new InMemoryJobQueue({ isOrdered: true })];
  const queue = groupQueue(queues, aProcess(2));
  await expect(queue.send(aMessage())).rejects.toThrow(QueueUnavailableError);
  expect(queues.flatMap(({ sent }) => sent)).toEqual([]);
});

test('messages, children and changes of visibility go to the queue of their tenant', async () => {
  const numbers = { numberOf: async (tenant: string) => (tenant === 'second' ? 2 : 1) };
  const queues = [new InMemoryJobQueue({ isOrdered: true }), new InMemoryJobQueue({ isOrdered: true })];
  const queue = groupQueue(queues, numbers);
  await queue.send(aMessage({ tenant: 'second' }));
  await queue.changeVisibility({ receiptHandle: 'one', tenant: 'first' }, 0);
  expect(queues.map(({ sent }) => sent.length)).toEqual([0, 1]);
  expect(queues.map(({ visibilityChanges }) => visibilityChanges)).toEqual([
    [{ receiptHandle: 'one', seconds: 0 }],
    [],
  ]);
  const many: string[][] = [[], []];
  const children = groupChildQueue(
    many.map((ids) => ({ sendAll: async (all) => void ids.push(...all.map(({ id }) => id)) })),
    numbers,
  );
  await children.sendAll(
    [aMessage({ tenant: 'second', id: 'a' }), aMessage({ tenant: 'second', id: 'b' })],
    () => true,
  );
  await children.sendAll([], () => true);
  expect(many).toEqual([[], ['a', 'b']]);
});
