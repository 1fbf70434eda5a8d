import { describe, expect, test } from '@jest/globals';
import { resolveDeadLetter } from '../../../../shared/delivery/resolve-dead-letter.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryJobQueue,
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
} from '../../../../testkit/fakes/in-memory-queues.ts';
import { intercepted } from '../../../../testkit/fakes/intercepted.ts';
import { noChildren } from '../../../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../../../testkit/fakes/recorded-meters.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aGrouping } from '../../../set-ups/grouping.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  dayMs,
  jobId,
  retentionMs,
} from '../../../set-ups/samples.ts';

/** The dead-letter function on fakes. The table has this item. `before` runs before every call to table and queue. */
function aDeadLetterFunction(
  item: JobItem | undefined,
  before: (call: string, items: Map<string, JobItem>) => void = () => {},
) {
  const table = new InMemoryJobStore();
  const queue = new InMemoryJobQueue();
  if (item) table.items.set(jobId, item);
  const ports = intercepted({ store: table, queue }, { before: (call) => before(call, table.items) });
  const waiting = new InMemoryJobQueue();
  const pointers = new InMemoryPointerQueue();
  const { grouping, groups } = aGrouping();
  const deps = {
    ...noChildren(),
    ...ports,
    waiting,
    pointers,
    notifications: new InMemoryNotificationQueue(),
    grouping,
    objects: new InMemoryObjectStore(),
    clock: new FixedClock(),
    random: fixedRandom(),
    log: recordedLog(),
    meter: new RecordedMeters().on('standard'),
    retentionMs,
  };
  const resolve = (message: JobMessage = aMessage()) =>
    resolveDeadLetter(aDelivery({ body: writeMessage(message) }), deps);
  const resolveText = (body: string) => resolveDeadLetter(aDelivery({ body }), deps);
  const { items } = table;
  return {
    resolve,
    resolveText,
    queue,
    waiting,
    pointers,
    items,
    log: deps.log,
    groups,
    stored: () => items.get(jobId),
  };
}

const leaseExpired = { leaseUntil: t0 };

describe('the dead-letter function', () => {
  test.each([
    ['has no item', undefined],
    ['is queued', aQueuedItem()],
    ['is asleep', aQueuedItem({ status: 'waiting', notBefore: t0 + 1 })],
    ['has lost its worker', aRunningItem(leaseExpired)],
    ['has lost its last worker', aRunningItem({ ...leaseExpired, attempt: 3 })],
  ])('fails a job that %s, saves its message for a retry, and deletes the message', async (_what, item) => {
    const { resolve, stored, log } = aDeadLetterFunction(item);
    expect(await resolve()).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()).toMatchObject({
      status: 'failed',
      error: { name: 'DeadLetterError' },
      message: writeMessage(aMessage()),
      finishedAt: Math.max(t0, (item?.updatedAt ?? 0) + 1),
    });
    expect(log.lines).toMatchObject([
      { level: 'error', fields: { jobId } },
      { message: 'job ended', fields: { jobId, outcome: 'unclaimed', errorName: 'DeadLetterError' } },
    ]);
  });

  test('returns the message until the lease ends if a worker holds the job', async () => {
    const { resolve, stored } = aDeadLetterFunction(aRunningItem());
    expect(await resolve()).toMatchObject({ kind: 'return', visibleAt: aRunningItem().leaseUntil });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each([
    ['has succeeded', aFailedItem({ status: 'succeeded', message: undefined })],
    ['has failed', aFailedItem()],
    ['was canceled', aFailedItem({ status: 'canceled' })],
    ['was retried since', aQueuedItem({ run: 2 })],
    ['belongs to another request', aQueuedItem({ fingerprint: 'another' })],
  ])('deletes the message of a job that %s and leaves the item unchanged', async (_what, item) => {
    const { resolve, stored } = aDeadLetterFunction(item);
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toEqual(item);
  });

  test('leaves a requested cancel to admission: a worker may have to pass it on', async () => {
    const item = aRunningItem({ ...leaseExpired, cancelRequested: true });
    const { resolve, stored, waiting } = aDeadLetterFunction(item);
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toEqual({ ...item, seenAt: t0 });
    expect(waiting.sent).toEqual([{ message: { ...aMessage(), requeued: true }, delaySeconds: 0 }]);
  });

  test('saves the message of a canceled job', async () => {
    const { resolve, stored } = aDeadLetterFunction(aFailedItem({ status: 'canceled', message: undefined }));
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(aMessage()) });
  });

  test("makes the user's retry if it was not written, and fails that run when the message is redelivered", async () => {
    const { resolve, stored } = aDeadLetterFunction(aFailedItem());
    const next = aMessage({ run: 2 });
    expect(await resolve(next)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toMatchObject({ status: 'queued', run: 2 });
    expect((await resolve(next)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', run: 2 });
  });

  test('returns the message at once if the item changed after it was read', async () => {
    const { resolve, stored } = aDeadLetterFunction(aQueuedItem(), (call, items) => {
      if (call === 'write failUnclaimed') items.set(jobId, aRunningItem());
    });
    expect(await resolve()).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each(['read', 'write failUnclaimed'])(
    'throws if the call "%s" to the table fails',
    async (failing) => {
      const { resolve } = aDeadLetterFunction(aQueuedItem(), (call) => {
        if (call === failing) throw new StoreUnavailableError('no');
      });
      await expect(resolve()).rejects.toThrow(StoreUnavailableError);
    },
  );

  test.each([
    ['an empty message', ''],
    ['a message that is not JSON', '?'],
    ['a message without keys', '{}'],
    ['a message with an invalid job id', writeMessage(aMessage({ id: 'x' }))],
  ])('moves %s to the quarantine queue', async (_what, body) => {
    const { resolveText, queue, stored } = aDeadLetterFunction(undefined);
    expect((await resolveText(body)).kind).toBe('delete');
    expect(queue.quarantined).toEqual([{ body, reason: expect.stringMatching(/./) }]);
    expect(stored()).toBeUndefined();
  });

  test('throws if an unreadable message cannot be moved to the quarantine queue', async () => {
    const { resolveText, queue } = aDeadLetterFunction(undefined);
    queue.failing.add('quarantine');
    await expect(resolveText('?')).rejects.toThrow(QueueUnavailableError);
  });
});

describe('resolve dead letter wakes', () => {
  describe('the dead-letter function', () => {
    test.each([
      ['it fails', aQueuedItem({ dependents })],
      [
        'was canceled before its message was saved',
        aFailedItem({ status: 'canceled', message: undefined, dependents }),
      ],
      ['has succeeded', aFailedItem({ status: 'succeeded', message: undefined, dependents })],
      ['has failed', aFailedItem({ dependents })],
      ['was canceled', aFailedItem({ status: 'canceled', dependents })],
    ])(
      'wakes the dependents of a job that %s, because a worker may have crashed before it woke them',
      async (_what, item) => {
        const { resolve, items, pointers } = aDeadLetterFunction(item);
        items.set(dependent.id, dependent);
        expect((await resolve()).kind).toBe('delete');
        expect(pointers.sent).toEqual([itsWake]);
      },
    );

    test('throws if the dependents cannot be woken, and wakes them when the message is redelivered', async () => {
      const { resolve, items, pointers } = aDeadLetterFunction(aQueuedItem({ dependents }));
      items.set(dependent.id, dependent);
      pointers.isFailing = true;
      await expect(resolve()).rejects.toThrow('send fails');
      pointers.isFailing = false;
      expect((await resolve()).kind).toBe('delete');
      expect(pointers.sent).toEqual([itsWake]);
    });
  });
});

const pointer = { kind: 'pointer', version: 4, id: jobId, run: 1, fingerprint: 'a fingerprint' } as const;
const MessageBody = JSON.stringify(pointer);
const postponed = (runAt: number) =>
  aQueuedItem({
    status: 'waiting',
    runAt,
    message: writeMessage(aMessage({ options: { maxAttempts: 3, runAt } })),
  });

describe('pointer', () => {
  describe('a pointer that is a dead letter', () => {
    test.each([
      ['of the waiting queue', MessageBody],
      ['of Scheduler', JSON.stringify({ MessageBody, QueueUrl: 'https://sqs.example/waiting' })],
    ])('%s fails the job that is due, which can be retried', async (_what, text) => {
      const item = postponed(t0 + 120_000);
      const { resolveText, stored } = aDeadLetterFunction(item);
      expect((await resolveText(text)).kind).toBe('delete');
      expect(stored()).toMatchObject({
        status: 'failed',
        error: { name: 'DeadLetterError' },
        message: item.message,
      });
    });

    test('fails the job that was to be tried later, and that nothing brings back', async () => {
      const notBefore = t0 + 60_000;
      const item = { ...postponed(t0 - dayMs), notBefore, postponedUntil: notBefore };
      const { resolveText, stored } = aDeadLetterFunction(item);
      expect((await resolveText(MessageBody)).kind).toBe('delete');
      expect(stored()?.status).toBe('failed');
    });

    test.each([
      ['is due later', postponed(t0 + dayMs)],
      [
        'is to be tried later',
        { ...postponed(t0 - dayMs), notBefore: t0 + dayMs, postponedUntil: t0 + dayMs },
      ],
    ])('leaves a job alone that %s', async (_what, item) => {
      const { resolveText, stored } = aDeadLetterFunction(item);
      expect((await resolveText(MessageBody)).kind).toBe('delete');
      expect(stored()).toEqual(item);
    });

    test.each([
      ['sleeps: a worker has started it', { notBefore: t0 + 60_000 }],
      ['has slept', { notBefore: t0 - 60_000 }],
      ['waits for another job', { dependsOn: [dependent.id] }],
    ])('leaves a job alone that %s, since its own message is in a queue', async (_what, over) => {
      const item = { ...postponed(t0 - 60_000), ...over };
      const { resolveText, stored } = aDeadLetterFunction(item);
      expect((await resolveText(MessageBody)).kind).toBe('delete');
      expect(stored()).toEqual(item);
    });

    test('fails a job that other jobs let run, and that no message brings back', async () => {
      const item = { ...postponed(t0 - 60_000), dependsOn: [dependent.id], admittedBy: 'a message' };
      const { resolveText, stored } = aDeadLetterFunction(item);
      expect((await resolveText(MessageBody)).kind).toBe('delete');
      expect(stored()?.status).toBe('failed');
    });

    test('announces the end of a job that was canceled', async () => {
      const { resolveText, items, pointers } = aDeadLetterFunction(
        aFailedItem({ status: 'canceled', dependents }),
      );
      items.set(dependent.id, dependent);
      expect((await resolveText(MessageBody)).kind).toBe('delete');
      expect(pointers.sent).toEqual([itsWake]);
    });

    test('of a run that the item does not know goes to quarantine', async () => {
      const { resolveText, queue } = aDeadLetterFunction(postponed(t0));
      const body = JSON.stringify({ ...pointer, run: 7 });
      expect((await resolveText(body)).kind).toBe('delete');
      expect(queue.quarantined).toEqual([{ body, reason: 'the pointer is to run 7, the item is of run 1' }]);
    });
  });

  test('an occurrence of a schedule that made no job is for a person', async () => {
    const { resolveText, queue } = aDeadLetterFunction(undefined);
    const occurrence = { kind: 'occurrence', version: 2, schedule: 'nightly', at: '2026-01-02T02:00:00Z' };
    expect((await resolveText(JSON.stringify(occurrence))).kind).toBe('delete');
    expect(queue.quarantined).toMatchObject([
      { reason: 'the schedule nightly has made no job for 2026-01-02T02:00:00Z' },
    ]);
  });

  test('a text that only looks like a dead letter of Scheduler is quarantined as it is', async () => {
    const { resolveText, queue } = aDeadLetterFunction(undefined);
    for (const body of ['"MessageBody"', '{"MessageBody":1}'])
      expect((await resolveText(body)).kind).toBe('delete');
    expect(queue.quarantined.map(({ body }) => body)).toEqual(['"MessageBody"', '{"MessageBody":1}']);
  });
});
