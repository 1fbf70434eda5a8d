import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { wakeDependents } from '../../../../shared/delivery/wake-dependents.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { ObjectsUnavailableError } from '../../../../shared/job/object-errors.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import { InMemoryJobQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, aMessage, anId, ids } from '../../../set-ups/samples.ts';

function wakeDependencies(...items: JobItem[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const waiting = new InMemoryJobQueue();
  return { store, waiting, objects: new InMemoryObjectStore(), clock: new FixedClock() };
}

const ended = aFailedItem({ status: 'succeeded', message: undefined, dependents });
const another = { ...dependent, id: anId(2), message: writeMessage(aMessage({ id: anId(2), run: 3 })) };
const both = { ...ended, dependents: new Set([dependent.id, another.id]) };

describe('wakeDependents', () => {
  test('sends a wake for every dependent, made from the message in the item of the dependent', async () => {
    const deps = wakeDependencies(dependent, another);
    await wakeDependents(both, deps);
    const wakeOfAnother = { message: aMessage({ id: anId(2), run: 3, wake: true }), delaySeconds: 0 };
    expect(deps.waiting.sent).toEqual([itsWake, wakeOfAnother]);
  });

  test('does not change the items of the dependents', async () => {
    const deps = wakeDependencies(dependent);
    await wakeDependents(ended, deps);
    expect([...deps.store.items.values()]).toEqual([dependent]);
  });

  test.each([
    ['has no item yet, because admission checks again after it has created the item', []],
    [
      'is not waiting yet, because admission checks again after it has deferred it',
      [{ ...dependent, status: 'queued' }],
    ],
    ['is running', [{ ...dependent, status: 'running' }]],
    ['has ended', [{ ...dependent, status: 'canceled' }]],
    ['waits only for its start time', [{ ...dependent, message: undefined }]],
  ] as [string, JobItem[]][])('sends no wake for a dependent that %s', async (_what, items) => {
    const deps = wakeDependencies(...items);
    await wakeDependents(ended, deps);
    expect(deps.waiting.sent).toEqual([]);
  });

  test('makes no call for a job without dependents', async () => {
    const read = () => Promise.reject(new StoreUnavailableError('the table was called'));
    await wakeDependents(aFailedItem(), { ...wakeDependencies(), store: { read, write: read } });
  });

  test.each([1, 19, 20, 21, 40, 500])('wakes all of %d dependents, at most 20 at a time', async (count) => {
    const deps = wakeDependencies(
      ...[...ids(count)].map((id) => ({ ...dependent, id, message: writeMessage(aMessage({ id })) })),
    );
    const { waiting } = deps;
    let [inProgress, maxInProgress] = [0, 0];
    const send: typeof waiting.send = async (message) => {
      inProgress += 1;
      maxInProgress = Math.max(maxInProgress, inProgress);
      await setImmediate();
      await waiting.send(message);
      inProgress -= 1;
    };
    await wakeDependents({ ...ended, dependents: ids(count) }, { ...deps, waiting: { send } });
    expect(new Set(waiting.sent.map(({ message }) => message.id))).toEqual(ids(count));
    expect([waiting.sent.length, maxInProgress]).toEqual([count, Math.min(count, 20)]);
  });

  test('skips a dependent whose saved message is unreadable', async () => {
    const deps = wakeDependencies({ ...dependent, message: '?' }, another);
    await wakeDependents(both, deps);
    expect(deps.waiting.sent.map(({ message }) => message.id)).toEqual([another.id]);
  });

  test('sends what the object of a large message has, and skips one whose object is gone', async () => {
    const inObject = { ...another, message: '@messages/a', messageObject: 'messages/a' };
    const deps = wakeDependencies({ ...dependent, message: '@messages/b' }, inObject);
    await deps.objects.put({ name: 'messages/a', body: another.message, contentType: 'application/json' });
    await wakeDependents(both, deps);
    expect(deps.waiting.sent).toEqual([
      { message: aMessage({ id: another.id, run: 3, wake: true }), delaySeconds: 0 },
    ]);
  });

  test('throws if one dependent cannot be woken, but wakes all others', async () => {
    const all = [...ids(45)].map((id) => ({ ...dependent, id, message: writeMessage(aMessage({ id })) }));
    const deps = wakeDependencies(...all);
    const { waiting } = deps;
    const send: typeof waiting.send = (message) =>
      message.id === all[3]?.id ? Promise.reject(new QueueUnavailableError('no')) : waiting.send(message);
    const wakingAll = wakeDependents({ ...ended, dependents: ids(45) }, { ...deps, waiting: { send } });
    await expect(wakingAll).rejects.toThrow(QueueUnavailableError);
    expect(waiting.sent).toHaveLength(44);
  });
});

test('wakeDependents throws if the bucket is out of reach', async () => {
  const deps = wakeDependencies({ ...dependent, message: '@messages/a' });
  deps.objects.read = () => {
    throw new ObjectsUnavailableError('no');
  };
  await expect(wakeDependents(ended, deps)).rejects.toThrow(ObjectsUnavailableError);
});
