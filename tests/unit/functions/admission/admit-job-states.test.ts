import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependents, dependingOn, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, aMessage, anId, aQueuedItem, aRunningItem } from '../../../set-ups/samples.ts';

const a = anId(7);
const message = dependingOn([a]);
const succeeded = aFailedItem({ id: a, status: 'succeeded' });
const leaseExpired = { leaseUntil: t0 - 1 };

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
    const hasCancel = { ...contracts, countdown: { ...contracts.countdown, hasCancel: true } };
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

const retriedSince = 'the job was retried since';
const anotherRequest = 'another request was accepted under this id, or the job was erased';
test.each([
  ['an earlier run', aQueuedItem({ status: 'waiting', run: 2 }), retriedSince],
  ['an earlier run of a running job', aRunningItem({ run: 2 }), retriedSince],
  [
    'another request than that of the waiting job',
    aQueuedItem({ status: 'waiting', fingerprint: 'another' }),
    anotherRequest,
  ],
  ['another request than that of the running job', aRunningItem({ fingerprint: 'another' }), anotherRequest],
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
