import { describe, expect, test } from '@jest/globals';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { type JobMessage, writeMessage } from '../../../../shared/domain/state/message.ts';
import type { JobStore } from '../../../../shared/domain/state/ports.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependents, dependingOn, itsWake } from '../../../set-ups/dependents.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  ids,
  jobId,
} from '../../../set-ups/samples.ts';

const leaseExpired = { leaseUntil: t0 - 1 };

const retriedSince = 'the job was retried since';
const anotherRequest = 'another request was accepted under this id, or the job was erased';

describe('admit job states', () => {
  const a = anId(7);
  const message = dependingOn([a]);
  const succeeded = aFailedItem({ id: a, status: 'succeeded' });

  describe('when a worker has claimed the job before, admission', () => {
    const items = [
      ['is running', aRunningItem()],
      ['has lost its worker', aRunningItem(leaseExpired)],
      ['has lost its last worker', aRunningItem({ ...leaseExpired, attempt: 3 })],
      ['waits for its next attempt', aQueuedItem({ notBefore: t0 + 1, attempt: 1 })],
      ['sleeps', aQueuedItem({ status: 'waiting', notBefore: t0 + 1, message: writeMessage(message) })],
    ] as const;

    test.each(items)(
      'deletes the message of a job that %s, because its run queue has another copy',
      async (_what, item) => {
        for (const sent of [message, { ...message, wake: true as const }]) {
          const { admit, stored, runQueues, calls } = anAdmission([succeeded, item]);
          expect(await admit(sent)).toEqual({ kind: 'delete', why: 'the job was admitted already' });
          expect(stored()).toBe(item);
          expect(runQueues.long.sent).toEqual([]);
          expect(calls).toEqual(['read']);
        }
      },
    );

    test('cancels the job if a cancel was requested and the lease has expired', async () => {
      const item = aRunningItem({ ...leaseExpired, cancelRequested: true, dependents });
      const { admit, stored, waiting } = anAdmission([succeeded, item, dependent]);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job is canceled' });
      expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(message) });
      expect(waiting.sent).toEqual([itsWake]);
    });

    test('leaves the cancel to the worker of its run queue if that has to be passed on', async () => {
      const hasCancel = { ...contracts, counting: { ...contracts.counting, hasCancel: true } };
      const item = aRunningItem({ ...leaseExpired, cancelRequested: true, startedAt: t0 - 9_000 });
      const { admit, stored, runQueues } = anAdmission([succeeded, item], undefined, hasCancel);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'a worker passes its cancel on' });
      expect(stored()).toBe(item);
      expect(runQueues.long.sent).toEqual([{ message: { ...message, requeued: true }, delaySeconds: 0 }]);
    });
  });

  describe('when the job has ended, admission', () => {
    test.each(['succeeded', 'failed'] as const)(
      'deletes the message of a job that has %s, and wakes its dependents only on a redelivery',
      async (status) => {
        const { admit, stored, waiting } = anAdmission([aFailedItem({ status, dependents }), dependent]);
        expect(await admit(message)).toEqual({ kind: 'delete', why: `the job is ${status}` });
        expect(waiting.sent).toEqual([]);
        expect(await admit(message, { receiveCount: 2 })).toEqual({
          kind: 'delete',
          why: `the job is ${status}`,
        });
        expect(waiting.sent).toEqual([itsWake]);
        expect(stored()).toEqual(aFailedItem({ status, dependents }));
      },
    );

    test('saves the message of a job that was canceled before its time, and wakes its dependents', async () => {
      const scheduled = aMessage({ options: { maxAttempts: 3, runAt: t0 + 1 } });
      const item = aFailedItem({ status: 'canceled', message: undefined, dependents });
      const { admit, stored, waiting } = anAdmission([item, dependent]);
      expect(await admit(scheduled)).toEqual({ kind: 'delete', why: 'the job is canceled' });
      expect(stored()).toEqual({ ...item, message: writeMessage(scheduled) });
      expect(waiting.sent).toEqual([itsWake]);
    });
  });

  describe('when the message is of the next run, admission', () => {
    const next = { ...message, run: 2 };

    test('makes the retry that the control function has not written, and returns the message at once', async () => {
      const { admit, stored, runQueues } = anAdmission([succeeded, aFailedItem()]);
      expect(await admit(next)).toMatchObject({ kind: 'return', visibleAt: t0, message: next });
      expect(stored()).toMatchObject({ status: 'queued', run: 2, attempt: 0 });
      expect(runQueues.long.sent).toEqual([]);
    });

    test('defers the next run if a dependency has not ended', async () => {
      const { admit, stored } = anAdmission([
        aQueuedItem({ id: a }),
        aQueuedItem({ run: 2, message: writeMessage(message) }),
      ]);
      expect((await admit(next)).kind).toBe('return');
      expect(stored()).toMatchObject({ status: 'waiting', run: 2, message: writeMessage(next) });
      expect(stored(a)?.dependents?.size).toBe(1);
    });
  });
  test.each([
    ['an earlier run', aQueuedItem({ status: 'waiting', run: 2 }), retriedSince],
    ['an earlier run of a running job', aRunningItem({ run: 2 }), retriedSince],
    [
      'another request than that of the waiting job',
      aQueuedItem({ status: 'waiting', fingerprint: 'another' }),
      anotherRequest,
    ],
    [
      'another request than that of the running job',
      aRunningItem({ fingerprint: 'another' }),
      anotherRequest,
    ],
  ])('admission deletes the message of %s and sends nothing', async (_what, item, why) => {
    const { admit, stored, runQueues, calls } = anAdmission([succeeded, item]);
    expect(await admit(message)).toEqual({ kind: 'delete', why });
    expect(stored()).toBe(item);
    expect(runQueues.long.sent).toEqual([]);
    expect(calls).toEqual(['read']);
  });

  describe('admission', () => {
    test.each(['', '?', '{}'])('moves the unreadable message %j to the quarantine queue', async (body) => {
      const { admit, waiting, log } = anAdmission();
      expect((await admit(message, { body })).kind).toBe('delete');
      expect(waiting.quarantined).toEqual([{ body, reason: expect.stringMatching(/./) }]);
      expect(log.lines).toMatchObject([{ level: 'error' }]);
    });

    test('throws if an unreadable message cannot be moved to the quarantine queue', async () => {
      const { admit, waiting } = anAdmission();
      waiting.failing.add('quarantine');
      await expect(admit(message, { body: '?' })).rejects.toThrow(QueueUnavailableError);
    });

    test.each(['read', 'write registerDependent', 'write defer'])(
      'throws and sends nothing if the call "%s" to the table fails',
      async (failing) => {
        const { admit, runQueues } = anAdmission([aQueuedItem({ id: a }), aQueuedItem()], (call) => {
          if (call === failing) throw new StoreUnavailableError('no');
        });
        await expect(admit(message)).rejects.toThrow(StoreUnavailableError);
        expect(runQueues.long.sent).toEqual([]);
      },
    );

    test('throws if the run queue cannot be reached, and sends the job on when the message is redelivered', async () => {
      const { admit, stored, runQueues } = anAdmission([succeeded, aQueuedItem({ status: 'waiting' })]);
      runQueues.long.failing.add('send');
      await expect(admit(message)).rejects.toThrow(QueueUnavailableError);
      expect(stored()?.status).toBe('queued');
      runQueues.long.failing.clear();
      expect((await admit(message, { receiveCount: 2 })).kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });
  });
});

const twelveHours = 12 * 3600 * 1000;
/** Admission checks again after one to two minutes. The fixed random source makes it the middle. */
const untilCheckedAgain = 90_000;

describe('admit job registers', () => {
  const [a, b] = [anId(7), anId(8)];
  const message = dependingOn([a]);
  const running = aRunningItem({ id: a });

  describe('when a dependency ends before the job is registered with it, admission', () => {
    test.each([
      ['sends the job to its run queue if the dependency succeeded', 'succeeded', 'queued'],
      ['fails the job if the dependency failed', 'failed', 'failed'],
      ['fails the job if the dependency was canceled', 'canceled', 'failed'],
    ] as const)('%s', async (_what, status, expected) => {
      const { admit, stored, calls, runQueues } = anAdmission([running, aQueuedItem()], (call, items) => {
        if (call === 'write registerDependent') items.set(a, aFailedItem({ id: a, status }));
      });
      expect((await admit(message)).kind).toBe('delete');
      expect(stored()?.status).toBe(expected);
      expect(runQueues.long.sent).toHaveLength(expected === 'queued' ? 1 : 0);
      expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(1);
      expect(calls).not.toContain('write defer');
    });

    test('registers the job with the next run of a dependency that was retried at once', async () => {
      const changes = [aFailedItem({ id: a }), aQueuedItem({ id: a, run: 2 })];
      const { admit, stored, calls } = anAdmission([running, aQueuedItem()], (call, items) => {
        const isChangeDue =
          call === 'write registerDependent' ? changes.length === 2 : call === 'read' && changes.length === 1;
        const next = isChangeDue && changes.shift();
        if (next) items.set(a, next);
      });
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours });
      expect(stored(a)).toMatchObject({ status: 'queued', run: 2, dependents: new Set([jobId]) });
      expect(stored()?.status).toBe('waiting');
      expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(2);
    });

    test('tries 5 times if the dependency is retried each time, and then checks again later', async () => {
      const { admit, stored, calls } = anAdmission([running, aQueuedItem()], (call, items) => {
        if (call === 'write registerDependent') items.set(a, aFailedItem({ id: a }));
        else items.set(a, running);
      });
      expect(await admit(message)).toMatchObject({
        kind: 'return',
        visibleAt: t0 + untilCheckedAgain,
        message,
      });
      expect(stored()?.status).toBe('waiting');
      expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(5);
    });
  });

  describe('when many jobs wait for a dependency, admission', () => {
    test('registers a job as the 500th dependent', async () => {
      const { admit, stored } = anAdmission([{ ...running, dependents: ids(499) }, aQueuedItem()]);
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours });
      expect(stored(a)?.dependents?.size).toBe(500);
      expect(stored(a)?.dependents).toContain(jobId);
    });

    test('defers a job that cannot be registered, once, and checks the dependency every one to two minutes', async () => {
      const { admit, stored, clock, calls } = anAdmission([
        { ...running, dependents: ids(500) },
        aQueuedItem(),
      ]);
      expect(await admit(message)).toMatchObject({
        kind: 'return',
        visibleAt: t0 + untilCheckedAgain,
        message,
      });
      expect(stored(a)?.dependents).toEqual(ids(500));
      expect(stored()?.status).toBe('waiting');
      await clock.advance(untilCheckedAgain);
      expect(await admit(message, { receiveCount: 2 })).toMatchObject({
        kind: 'return',
        visibleAt: t0 + 2 * untilCheckedAgain,
      });
      expect(calls.filter((call) => call === 'write defer')).toHaveLength(1);
    });

    test('admits a job that could not be registered at its next check after the dependency succeeded', async () => {
      const { admit, store, runQueues } = anAdmission([{ ...running, dependents: ids(500) }, aQueuedItem()]);
      await admit(message);
      store.items.set(a, aFailedItem({ id: a, status: 'succeeded' }));
      expect((await admit(message, { receiveCount: 2 })).kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test('waits 12 hours for the wake of a job that is one of the 500 dependents already', async () => {
      const full = new Set([...ids(499), jobId]);
      const { admit, calls } = anAdmission([{ ...running, dependents: full }, aQueuedItem()]);
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours });
      expect(calls).not.toContain('write registerDependent');
    });

    test('checks again every one to two minutes if the job is registered with only one of its two dependencies', async () => {
      const { admit, stored } = anAdmission([
        { ...running, dependents: ids(500) },
        aQueuedItem({ id: b }),
        aQueuedItem(),
      ]);
      expect(await admit(dependingOn([b, a]))).toMatchObject({
        kind: 'return',
        visibleAt: t0 + untilCheckedAgain,
      });
      expect(stored(b)?.dependents).toEqual(new Set([jobId]));
    });
  });
});

const wakeOf = (original: JobMessage): JobMessage => ({ ...original, wake: true });
const registered = (id: string) => aQueuedItem({ id, dependents: new Set([jobId]) });

describe('admit job wakes', () => {
  const [a, b] = [anId(7), anId(8)];
  const message = dependingOn([a, b]);
  const succeeded = (id: string) => aFailedItem({ id, status: 'succeeded', message: undefined });
  const deferred = aQueuedItem({ status: 'waiting', dependsOn: [a, b], message: writeMessage(message) });
  const admittedByAnother = { ...deferred, status: 'queued', admittedBy: 'of another wake' } as const;
  const allSucceeded = [succeeded(a), succeeded(b)];

  describe('for a wake, admission', () => {
    test('sends the original message of a job that may run to its run queue, and deletes the wake', async () => {
      const { admit, stored, runQueues, waiting } = anAdmission([...allSucceeded, deferred]);
      expect(await admit(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job may run' });
      expect(stored()).toMatchObject({ status: 'queued', message: writeMessage(message) });
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
      expect(waiting.sent).toEqual([]);
    });

    test.each([
      ['still waits for another job', message, [succeeded(a), registered(b)]],
      [
        'still waits for a job that will not wake it',
        message,
        [succeeded(a), aQueuedItem({ id: b, dependents: ids(500) })],
      ],
      ['is due in more than a minute', dependingOn([a, b], t0 + 60_001), allSucceeded],
    ])(
      'deletes the wake of a job that %s, because the original message is still in the queue',
      async (_what, original, items) => {
        const { admit, stored, runQueues, calls } = anAdmission([...items, deferred]);
        expect((await admit(wakeOf(original))).kind).toBe('delete');
        expect(stored()).toBe(deferred);
        expect(runQueues.long.sent).toEqual([]);
        expect(calls).not.toContain('write defer');
      },
    );

    test('deletes the wake of a job that another wake has admitted, and sends no second copy', async () => {
      const { admit, stored, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
      expect(await admit(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job was admitted already' });
      expect(stored()).toBe(admittedByAnother);
      expect(runQueues.long.sent).toEqual([]);
    });

    test('sends the job on when a wake is redelivered that had admitted the job and then crashed', async () => {
      const { messageId } = aDelivery();
      const { admit, runQueues } = anAdmission([
        ...allSucceeded,
        { ...admittedByAnother, admittedBy: messageId },
      ]);
      expect((await admit(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test('sends no copy when a wake is redelivered but another wake has admitted the job', async () => {
      const { admit, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
      expect((await admit(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([]);
    });

    test('sends the job on if the answer to its own admit write was lost', async () => {
      const { admit, store, stored, runQueues } = anAdmission([...allSucceeded, deferred]);
      const write: JobStore['write'] = store.write.bind(store);
      store.write = async (admitWrite) => {
        if (admitWrite.transition === 'admit') await write(admitWrite);
        return write(admitWrite);
      };
      expect(await admit(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job may run' });
      expect(stored()?.status).toBe('queued');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test('throws if the run queue cannot be reached, and sends the job on when the wake is redelivered', async () => {
      const { admit, runQueues } = anAdmission([...allSucceeded, deferred]);
      runQueues.long.failing.add('send');
      await expect(admit(wakeOf(message))).rejects.toThrow('send fails');
      runQueues.long.failing.clear();
      expect((await admit(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test('sends the job on once when several wakes arrive at the same time', async () => {
      const { admit, runQueues } = anAdmission([...allSucceeded, deferred]);
      const wakes = ['one', 'two', 'three', 'four'].map((messageId) => admit(wakeOf(message), { messageId }));
      for (const disposition of await Promise.all(wakes)) expect(disposition.kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test('saves the message without the wake mark when it defers or fails the job', async () => {
      for (const dependency of [registered(b), aFailedItem({ id: b })]) {
        const { admit, stored } = anAdmission([succeeded(a), dependency, aQueuedItem()]);
        await admit(wakeOf(message));
        expect(stored()?.status).toBe(dependency.status === 'failed' ? 'failed' : 'waiting');
        expect(stored()?.message).toBe(writeMessage(message));
      }
    });
  });

  describe('for the original message, admission', () => {
    test('sends the job on even if a wake has admitted it, because that wake may have crashed', async () => {
      const { admit, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job may run' });
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test.each([
      ['waits for a worker', {}],
      ['waits for its next slice', { slices: 1, fencingToken: 1 }],
      ['has slept until a moment ago', { status: 'waiting', notBefore: t0 - 1, slices: 1, fencingToken: 1 }],
    ] as const)(
      'sends the job on, although a dependency has expired since the job was admitted, if the job %s',
      async (_what, over) => {
        const { admit, stored, runQueues } = anAdmission([succeeded(a), { ...admittedByAnother, ...over }]);
        expect((await admit(message, { receiveCount: 2 })).kind).toBe('delete');
        expect(stored()).toEqual({ ...admittedByAnother, ...over });
        expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
      },
    );
  });

  test.each([1, 60_000])(
    'admission returns a wake that arrives %d ms early until the job is due, because clocks may differ',
    async (ms) => {
      const notYetDue = dependingOn([a, b], t0 + ms);
      const { admit, runQueues } = anAdmission([...allSucceeded, { ...deferred, runAt: t0 + ms }]);
      expect(await admit(wakeOf(notYetDue))).toMatchObject({ kind: 'return', visibleAt: t0 + ms });
      expect(runQueues.long.sent).toEqual([]);
    },
  );

  describe('admission keeps the wake mark on a wake that it returns', () => {
    const cases: readonly [
      what: string,
      changedAt: string,
      items: Parameters<typeof anAdmission>[0],
      original?: JobMessage,
    ][] = [
      [
        'the item changed before it was deferred',
        'write defer',
        [succeeded(a), registered(b), aQueuedItem()],
      ],
      ['the item changed before it was failed', 'write failUnclaimed', [succeeded(a), deferred]],
      ['the item changed before it was retried', 'write retry', [aFailedItem()], aMessage({ run: 2 })],
      ['the wake made the retry', '', [aFailedItem()], aMessage({ run: 2 })],
    ];
    test.each(cases)('if %s', async (_what, changedAt, items, original = message) => {
      const admission = () =>
        anAdmission(items, (call, stored) => {
          if (call === changedAt) stored.set(jobId, aQueuedItem({ run: 3 }));
        });
      expect(await admission().admit(wakeOf(original))).toMatchObject({
        kind: 'return',
        message: { ...original, wake: true },
      });
      expect(await admission().admit(original)).toMatchObject({ kind: 'return', message: original });
    });
  });
});
