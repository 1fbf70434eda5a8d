import { expect, test } from '@jest/globals';
import {
  QueueUnavailableError,
  SendingStoppedError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import {
  groupChildQueue,
  groupQueue,
  TenantQueues,
  validMs,
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
  const numbersOf = (queues: TenantQueues) => Promise.all(names.map((name) => numberOf(name, queues)));
  return { places, clock, aProcess, numbersOf };
}

const numberOf = async (tenant: string, queues: TenantQueues) => (await queues.placeOf(tenant)).queue;
const twoQueues = () => [
  new InMemoryJobQueue({ isOrdered: true }),
  new InMemoryJobQueue({ isOrdered: true }),
];

test('with one queue nothing is read or written', async () => {
  const { places, aProcess } = aStage();
  expect(await numberOf('acme', aProcess(1))).toBe(1);
  expect(await aProcess(1).placeOfReceived('acme')).toMatchObject({ queue: 1 });
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
  await numberOf('acme', aProcess(4));
  clock.at += 15 * dayMs - 1;
  expect(await numberOf('early', aProcess(4))).toBe(1);
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
  expect(await numberOf('acme', aProcess(4))).toBe(3);
});

test('a tenant whose queue this process does not have is not sent elsewhere', async () => {
  const { places, aProcess } = aStage();
  places.places.set('acme', { queue: 3 });
  await expect(aProcess(2).placeOf('acme')).rejects.toThrow(QueueUnavailableError);
});

test('who cannot look does not send', async () => {
  const { places, clock, aProcess } = aStage();
  places.read = () => Promise.reject(new StoreUnavailableError('away'));
  const queues = twoQueues();
  const queue = groupQueue({ queues, tenants: aProcess(2), clock });
  await expect(queue.send(aMessage())).rejects.toThrow(QueueUnavailableError);
  expect(queues.flatMap(({ sent }) => sent)).toEqual([]);
});

test('messages, children and changes of visibility go to the queue of their tenant', async () => {
  const { places, clock, aProcess } = aStage();
  places.places.set('first', { queue: 1 });
  places.places.set('second', { queue: 2 });
  const tenants = aProcess(2);
  const queues = twoQueues();
  const queue = groupQueue({ queues, tenants, clock });
  await queue.send(aMessage({ tenant: 'second' }));
  await queue.changeVisibility({ receiptHandle: 'one', tenant: 'first' }, 0);
  expect(queues.map(({ sent }) => sent.length)).toEqual([0, 1]);
  expect(queues.map(({ visibilityChanges }) => visibilityChanges)).toEqual([
    [{ receiptHandle: 'one', seconds: 0 }],
    [],
  ]);
  const many: string[][] = [[], []];
  const children = groupChildQueue({
    queues: many.map((ids) => ({ sendAll: async (all) => void ids.push(...all.map(({ id }) => id)) })),
    tenants,
    clock,
  });
  await children.sendAll(
    [aMessage({ tenant: 'second', id: 'a' }), aMessage({ tenant: 'second', id: 'b' })],
    () => true,
  );
  await children.sendAll([], () => true);
  expect(many).toEqual([[], ['a', 'b']]);
});

test('a process looks again after half a minute', async () => {
  const { places, clock, aProcess } = aStage();
  places.places.set('acme', { queue: 1 });
  const queues = aProcess(2);
  expect(await numberOf('acme', queues)).toBe(1);
  places.places.set('acme', { queue: 2, changes: 3 });
  clock.at += 29_999;
  expect(await numberOf('acme', queues)).toBe(1);
  clock.at += 1;
  expect(await numberOf('acme', queues)).toBe(2);
});

test('who has received a message gives its tenant no queue', async () => {
  const { places, aProcess } = aStage();
  expect(await aProcess(2).placeOfReceived('acme')).toBeUndefined();
  expect(places.places.size).toBe(0);
});

test('an answer that takes long is as old as its question', async () => {
  const { places, clock, aProcess } = aStage();
  places.read = async () => {
    clock.at += 40_000;
    return { queue: 1 };
  };
  expect(await aProcess(2).placeOf('acme')).toEqual({ queue: 1, validUntil: t0 + validMs });
});

test('nobody sends while a move is about to end, and messages in the queue can be made visible', async () => {
  const { places, clock, aProcess } = aStage();
  places.places.set('drains', { queue: 1, move: { to: 2, phase: 'drain' } });
  places.places.set('acme', { queue: 1, move: { to: 2, phase: 'closed' } });
  const queues = twoQueues();
  const queue = groupQueue({ queues, tenants: aProcess(2), clock });
  await queue.send(aMessage({ tenant: 'drains' }));
  await expect(queue.send(aMessage({ tenant: 'acme' }))).rejects.toThrow(QueueUnavailableError);
  expect(queues.map(({ sent }) => sent.length)).toEqual([1, 0]);
  await queue.changeVisibility({ receiptHandle: 'one', tenant: 'acme' }, 0);
  expect(queues[0]?.visibilityChanges).toHaveLength(1);
});

test('a message that was sent too late counts as not sent, and no further child is', async () => {
  const { places, clock, aProcess } = aStage();
  places.places.set('acme', { queue: 1 });
  const send = async () => {
    clock.at += validMs + 1;
  };
  const slow = { send, changeVisibility: async () => {} };
  const queue = groupQueue({ queues: [slow], tenants: aProcess(2), clock });
  await expect(queue.send(aMessage({ tenant: 'acme' }))).rejects.toThrow(QueueUnavailableError);
  const sent: string[] = [];
  const sendAll = async (all: readonly { readonly id: string }[], mayGoOn: () => boolean) => {
    for (const { id } of all) {
      if (!mayGoOn()) throw new SendingStoppedError('told');
      sent.push(id);
      clock.at += validMs;
    }
  };
  const children = groupChildQueue({ queues: [{ sendAll }], tenants: aProcess(2), clock });
  const all = ['a', 'b', 'c'].map((id) => aMessage({ tenant: 'acme', id }));
  await expect(children.sendAll(all, () => true)).rejects.toThrow(QueueUnavailableError);
  expect(sent).toEqual(['a', 'b']);
});
