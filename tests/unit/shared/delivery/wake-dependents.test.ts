import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { wakeDependents, wakeThenDelete } from '../../../../shared/delivery/wake-dependents.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { dependent, dependents, itsWake } from '../../../fakes/dependents.ts';
import { FixedClock } from '../../../fakes/fixed.ts';
import { InMemoryJobQueue } from '../../../fakes/in-memory-job-queue.ts';
import { InMemoryJobStore } from '../../../fakes/in-memory-job-store.ts';
import { aFailedItem, aMessage, anId, ids } from '../../../fakes/samples.ts';

function waking(...items: JobItem[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const waiting = new InMemoryJobQueue();
  return { store, waiting, clock: new FixedClock() };
}

const ended = aFailedItem({ status: 'succeeded', message: undefined, dependents });
const another = { ...dependent, id: anId(2), message: writeMessage(aMessage({ id: anId(2), run: 3 })) };
const both = { ...ended, dependents: new Set([dependent.id, another.id]) };

describe('a job that has ended', () => {
  test('wakes every job that waits for it with the message that is saved in its item', async () => {
    const deps = waking(dependent, another);
    await wakeDependents(both, deps);
    const itsWakeToo = { message: aMessage({ id: anId(2), run: 3, wake: true }), delaySeconds: 0 };
    expect(deps.waiting.sent).toEqual([itsWake, itsWakeToo]);
  });

  test('changes nothing of them', async () => {
    const deps = waking(dependent);
    await wakeDependents(ended, deps);
    expect([...deps.store.items.values()]).toEqual([dependent]);
  });

  test.each([
    ['is not written down yet: the gate looks once more when it is', []],
    ['is not seen waiting yet: the gate looks once more when it is', [{ ...dependent, status: 'queued' }]],
    ['runs', [{ ...dependent, status: 'running' }]],
    ['has ended', [{ ...dependent, status: 'canceled' }]],
    ['waits for its time alone', [{ ...dependent, message: undefined }]],
  ] as [string, JobItem[]][])('does not wake one that %s', async (_what, items) => {
    const deps = waking(...items);
    await wakeDependents(ended, deps);
    expect(deps.waiting.sent).toEqual([]);
  });

  test('that nobody waits for wakes nobody, and costs nothing', async () => {
    const read = () => Promise.reject(new StoreUnavailableError('the table was touched'));
    const deps = { ...waking(), store: { read, write: read } };
    expect(await wakeThenDelete(aFailedItem(), deps)).toEqual({
      kind: 'delete',
      why: 'the job is failed',
    });
  });

  test.each([1, 19, 20, 21, 40, 500])('wakes all of %d, no more than 20 at a time', async (count) => {
    const { store, waiting } = waking(
      ...[...ids(count)].map((id) => ({ ...dependent, id, message: writeMessage(aMessage({ id })) })),
    );
    let [now, most] = [0, 0];
    const send: typeof waiting.send = async (message) => {
      now += 1;
      most = Math.max(most, now);
      await setImmediate();
      await waiting.send(message);
      now -= 1;
    };
    await wakeDependents({ ...ended, dependents: ids(count) }, { store, waiting: { send } });
    expect(new Set(waiting.sent.map(({ message }) => message.id))).toEqual(ids(count));
    expect([waiting.sent.length, most]).toEqual([count, Math.min(count, 20)]);
  });

  test('passes over one whose saved message cannot be read: that has a message of its own', async () => {
    const deps = waking({ ...dependent, message: '?' }, another);
    await wakeDependents(both, deps);
    expect(deps.waiting.sent.map(({ message }) => message.id)).toEqual([another.id]);
  });

  test('says so if one cannot be woken, and wakes all others', async () => {
    const all = [...ids(45)].map((id) => ({ ...dependent, id, message: writeMessage(aMessage({ id })) }));
    const { store, waiting } = waking(...all);
    const send: typeof waiting.send = (message) =>
      message.id === all[3]?.id ? Promise.reject(new QueueUnavailableError('no')) : waiting.send(message);
    const waking45 = wakeDependents({ ...ended, dependents: ids(45) }, { store, waiting: { send } });
    await expect(waking45).rejects.toThrow(QueueUnavailableError);
    expect(waiting.sent).toHaveLength(44);
  });
});

describe('the message of a job that has ended', () => {
  test('is deleted, not before all were woken', async () => {
    const deps = waking(dependent);
    const sent = Promise.withResolvers<void>();
    let disposition: unknown;
    const deciding = wakeThenDelete(ended, {
      ...deps,
      waiting: { send: () => sent.promise },
    }).then((is) => {
      disposition = is;
    });
    await deps.clock.advance(1_000);
    expect(disposition).toBeUndefined();
    sent.resolve();
    await deciding;
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is succeeded' });
  });

  const troubles: readonly [what: string, deps: Parameters<typeof wakeThenDelete>[1]][] = [
    ['a wake cannot be sent', failing(waking(dependent))],
    ['the table is out of reach', unreachable(waking())],
  ];
  test.each(troubles)('stays if %s', async (_what, deps) => {
    await expect(wakeThenDelete(ended, deps)).rejects.toThrow();
  });

  test('does what is left when it comes again', async () => {
    const deps = failing(waking(dependent));
    await expect(wakeThenDelete(ended, deps)).rejects.toThrow();
    deps.waiting.failing.clear();
    expect((await wakeThenDelete(ended, deps)).kind).toBe('delete');
    expect(deps.waiting.sent).toEqual([itsWake]);
  });
});

function failing(deps: ReturnType<typeof waking>) {
  deps.waiting.failing.add('send');
  return deps;
}

function unreachable(deps: ReturnType<typeof waking>) {
  deps.store.read = () => Promise.reject(new StoreUnavailableError('no'));
  return deps;
}
