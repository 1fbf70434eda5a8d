import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import {
  notifyAgainThenDelete,
  notifyEnd,
  notifyThenDelete,
  sendNotifications,
} from '../../../../shared/delivery/notify-end.ts';
import { wakeDependents } from '../../../../shared/delivery/wake-dependents.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../shared/domain/state/job/pointer.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import {
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
} from '../../../../testkit/fakes/in-memory-queues.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aGrouping } from '../../../set-ups/grouping.ts';
import { aFailedItem, aMessage, anId, ids, jobId } from '../../../set-ups/samples.ts';

function announcing(...items: JobItem[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const queues = { pointers: new InMemoryPointerQueue(), notifications: new InMemoryNotificationQueue() };
  return { store, ...queues, ...aGrouping() };
}

const url = 'https://receiver.example/';
const notify = [{ url }, { email: 'ada@example.com' }];

describe('announce end', () => {
  const ended = aFailedItem({ dependents, notify, finishedAt: t0, tags: ['a'] });
  const notificationTo = (position: number) => ({
    message: {
      version: 1,
      tenant: ended.tenant,
      jobId,
      type: ended.type,
      run: ended.run,
      status: 'failed',
      createdAt: ended.createdAt,
      finishedAt: t0,
      tags: ['a'],
      error: ended.error,
      target: notify[position],
      position,
      attempts: 0,
    },
    delaySeconds: 0,
  });

  describe('notifyThenDelete', () => {
    test('wakes the dependents, tells every target, and deletes the message only then', async () => {
      const deps = announcing(dependent);
      const sent = Promise.withResolvers<void>();
      let disposition: unknown;
      const notifications: typeof deps.notifications.send = async (...all) => {
        await sent.promise;
        await deps.notifications.send(...all);
      };
      const deciding = notifyThenDelete(ended, { ...deps, notifications: { send: notifications } }).then(
        (decided) => {
          disposition = decided;
        },
      );
      await deps.clock.advance(1_000);
      expect([deps.pointers.sent, disposition]).toEqual([[itsWake], undefined]);
      sent.resolve();
      await deciding;
      expect(disposition).toEqual({ kind: 'delete', why: 'the job is failed' });
      expect(deps.notifications.sent).toEqual([notificationTo(0), notificationTo(1)]);
    });

    test('puts a failure into its group before the message is deleted, and after others are told', async () => {
      const deps = announcing(dependent);
      const notifiedBefore: number[] = [];
      deps.groups.before = () => void notifiedBefore.push(deps.notifications.sent.length);
      await notifyThenDelete(ended, deps);
      expect(notifiedBefore).toEqual([2]);
      await notifyAgainThenDelete(ended, deps);
      expect([...deps.groups.groups.values()]).toMatchObject([{ jobs: new Set([jobId]) }]);
      expect(deps.log.lines).toEqual([]);
    });

    test('tells others, and deletes the message, although the group cannot be written', async () => {
      const deps = announcing(dependent);
      deps.groups.before = () => Promise.reject(new StoreUnavailableError('no'));
      expect((await notifyThenDelete(ended, deps)).kind).toBe('delete');
      expect(deps.notifications.sent).toEqual([notificationTo(0), notificationTo(1)]);
      expect(deps.log.lines).toMatchObject([{ level: 'warn', message: 'failure not grouped' }]);
    });

    test('makes no call for a job that nobody waits for', async () => {
      const read = () => Promise.reject(new StoreUnavailableError('the table was called'));
      const deps = { ...announcing(), store: { read, write: read } };
      deps.notifications.isFailing = true;
      expect(await notifyThenDelete(aFailedItem(), deps)).toEqual({
        kind: 'delete',
        why: 'the job is failed',
      });
    });

    test('throws if a wake or a notification cannot be sent, and does both when the message comes again', async () => {
      const deps = announcing(dependent);
      deps.pointers.isFailing = true;
      await expect(notifyThenDelete(ended, deps)).rejects.toThrow(QueueUnavailableError);
      deps.pointers.isFailing = false;
      deps.notifications.isFailing = true;
      await expect(notifyThenDelete(ended, deps)).rejects.toThrow(QueueUnavailableError);
      deps.notifications.isFailing = false;
      expect((await notifyThenDelete(ended, deps)).kind).toBe('delete');
      expect(deps.pointers.sent).toEqual([itsWake, itsWake]);
      expect(deps.notifications.sent).toEqual([notificationTo(0), notificationTo(1)]);
    });
  });

  test('an end that may have been announced before is announced a minute later', async () => {
    const deps = announcing(dependent);
    expect((await notifyAgainThenDelete(ended, deps)).kind).toBe('delete');
    expect(deps.pointers.sent).toEqual([itsWake]);
    expect(deps.pointers.tenants).toEqual(['a tenant']);
    expect(deps.notifications.sent).toEqual([
      { ...notificationTo(0), delaySeconds: 60 },
      { ...notificationTo(1), delaySeconds: 60 },
    ]);
  });

  describe('sendNotifications', () => {
    test.each(['pending', 'delivered', 'failed'] as const)(
      'does not tell a target again that somebody has tried: %s',
      async (status) => {
        const deps = announcing();
        const notification = JSON.stringify([{ status, attempts: 1 }, null]);
        await sendNotifications({ ...ended, notification }, deps);
        expect(deps.notifications.sent).toEqual([notificationTo(1)]);
      },
    );

    test('says nothing of a job that has not ended, or was erased', async () => {
      const deps = announcing();
      await sendNotifications({ ...ended, status: 'running' }, deps);
      await sendNotifications({ ...ended, erased: true, notify: undefined }, deps);
      expect(deps.notifications.sent).toEqual([]);
    });

    test('tells the other targets if one message cannot be sent, and throws', async () => {
      const deps = announcing();
      const send: typeof deps.notifications.send = (message) =>
        message.position === 0
          ? Promise.reject(new QueueUnavailableError('no'))
          : deps.notifications.send(message);
      await expect(notifyEnd(ended, { ...deps, notifications: { send } })).rejects.toThrow(
        QueueUnavailableError,
      );
      expect(deps.notifications.sent).toEqual([notificationTo(1)]);
    });
  });
});

function wakeDependencies(...items: JobItem[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  return { store, pointers: new InMemoryPointerQueue() };
}
const another = { ...dependent, id: anId(2), message: writeMessage(aMessage({ id: anId(2), run: 3 })) };

describe('wake dependents', () => {
  const ended = aFailedItem({ status: 'succeeded', message: undefined, dependents });
  const both = { ...ended, dependents: new Set([dependent.id, another.id]) };

  describe('wakeDependents', () => {
    test('sends a pointer to every dependent', async () => {
      const deps = wakeDependencies(dependent, another);
      await wakeDependents(both, deps);
      expect(deps.pointers.sent).toEqual([itsWake, { pointer: pointerTo(another), delaySeconds: 0 }]);
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
      expect(deps.pointers.sent).toEqual([]);
    });

    test('makes no call for a job without dependents', async () => {
      const read = () => Promise.reject(new StoreUnavailableError('the table was called'));
      await wakeDependents(aFailedItem(), { ...wakeDependencies(), store: { read } });
    });

    test.each([1, 19, 20, 21, 40, 500])('wakes all of %d dependents, at most 20 at a time', async (count) => {
      const deps = wakeDependencies(
        ...[...ids(count)].map((id) => ({ ...dependent, id, message: writeMessage(aMessage({ id })) })),
      );
      const { pointers } = deps;
      let [inProgress, maxInProgress] = [0, 0];
      const send: typeof pointers.send = async (pointer) => {
        inProgress += 1;
        maxInProgress = Math.max(maxInProgress, inProgress);
        await setImmediate();
        await pointers.send(pointer);
        inProgress -= 1;
      };
      await wakeDependents({ ...ended, dependents: ids(count) }, { ...deps, pointers: { send } });
      expect(new Set(pointers.sent.map(({ pointer }) => pointer.id))).toEqual(ids(count));
      expect([pointers.sent.length, maxInProgress]).toEqual([count, Math.min(count, 20)]);
    });

    test('throws if one dependent cannot be woken, but wakes all others', async () => {
      const all = [...ids(45)].map((id) => ({ ...dependent, id, message: writeMessage(aMessage({ id })) }));
      const deps = wakeDependencies(...all);
      const { pointers } = deps;
      const send: typeof pointers.send = (pointer) =>
        pointer.id === all[3]?.id ? Promise.reject(new QueueUnavailableError('no')) : pointers.send(pointer);
      const wakingAll = wakeDependents({ ...ended, dependents: ids(45) }, { ...deps, pointers: { send } });
      await expect(wakingAll).rejects.toThrow(QueueUnavailableError);
      expect(pointers.sent).toHaveLength(44);
    });
  });
});
