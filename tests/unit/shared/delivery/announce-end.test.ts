import { describe, expect, test } from '@jest/globals';
import {
  announceAgainThenDelete,
  announceEnd,
  announceThenDelete,
  sendNotifications,
} from '../../../../shared/delivery/announce-end.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';

import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import { InMemoryJobQueue, InMemoryNotificationQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, jobId } from '../../../set-ups/samples.ts';

function announcing(...items: JobItem[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const queues = { waiting: new InMemoryJobQueue(), notifications: new InMemoryNotificationQueue() };
  return { store, ...queues, objects: new InMemoryObjectStore(), clock: new FixedClock() };
}

const url = 'https://receiver.example/';
const notify = [{ url }, { email: 'ada@example.com' }];
const ended = aFailedItem({ dependents, notify, finishedAt: t0, tags: ['a'] });
const told = (position: number) => ({
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

describe('announceThenDelete', () => {
  test('wakes the dependents, tells every target, and deletes the message only then', async () => {
    const deps = announcing(dependent);
    const sent = Promise.withResolvers<void>();
    let disposition: unknown;
    const notifications: typeof deps.notifications.send = async (...all) => {
      await sent.promise;
      await deps.notifications.send(...all);
    };
    const deciding = announceThenDelete(ended, { ...deps, notifications: { send: notifications } }).then(
      (decided) => {
        disposition = decided;
      },
    );
    await deps.clock.advance(1_000);
    expect([deps.waiting.sent, disposition]).toEqual([[itsWake], undefined]);
    sent.resolve();
    await deciding;
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(deps.notifications.sent).toEqual([told(0), told(1)]);
  });

  test('makes no call for a job that nobody waits for', async () => {
    const read = () => Promise.reject(new StoreUnavailableError('the table was called'));
    const deps = { ...announcing(), store: { read, write: read } };
    deps.notifications.isFailing = true;
    expect(await announceThenDelete(aFailedItem(), deps)).toEqual({
      kind: 'delete',
      why: 'the job is failed',
    });
  });

  test('throws if a wake or a notification cannot be sent, and does both when the message comes again', async () => {
    const deps = announcing(dependent);
    deps.waiting.failing.add('send');
    await expect(announceThenDelete(ended, deps)).rejects.toThrow(QueueUnavailableError);
    deps.waiting.failing.clear();
    deps.notifications.isFailing = true;
    await expect(announceThenDelete(ended, deps)).rejects.toThrow(QueueUnavailableError);
    deps.notifications.isFailing = false;
    expect((await announceThenDelete(ended, deps)).kind).toBe('delete');
    expect(deps.waiting.sent).toEqual([itsWake, itsWake]);
    expect(deps.notifications.sent).toEqual([told(0), told(1)]);
  });
});

test('an end that may have been announced before is announced a minute later', async () => {
  const deps = announcing(dependent);
  expect((await announceAgainThenDelete(ended, deps)).kind).toBe('delete');
  expect(deps.waiting.sent).toEqual([itsWake]);
  expect(deps.notifications.sent).toEqual([
    { ...told(0), delaySeconds: 60 },
    { ...told(1), delaySeconds: 60 },
  ]);
});

describe('sendNotifications', () => {
  test.each(['pending', 'delivered', 'failed'] as const)(
    'does not tell a target again that somebody has tried: %s',
    async (status) => {
      const deps = announcing();
      const notification = JSON.stringify([{ status, attempts: 1 }, null]);
      await sendNotifications({ ...ended, notification }, deps);
      expect(deps.notifications.sent).toEqual([told(1)]);
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
    await expect(announceEnd(ended, { ...deps, notifications: { send } })).rejects.toThrow(
      QueueUnavailableError,
    );
    expect(deps.notifications.sent).toEqual([told(1)]);
  });
});
