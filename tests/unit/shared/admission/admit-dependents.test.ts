import { describe, expect, test } from '@jest/globals';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { dueKeys } from '../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../shared/domain/state/job/pointer.ts';
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

const waitsOutside = { kind: 'delete', why: 'it waits for other jobs, outside of its queue' };
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
        const { admit, stored, runQueues, calls } = anAdmission([succeeded, item]);
        expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job was admitted already' });
        expect(stored()).toBe(item);
        expect(runQueues.long.sent).toEqual([]);
        expect(calls).toEqual(['read']);
      },
    );

    test('cancels the job if a cancel was requested and the lease has expired', async () => {
      const item = aRunningItem({ ...leaseExpired, cancelRequested: true, dependents });
      const { admit, stored, pointers } = anAdmission([succeeded, item, dependent]);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job is canceled' });
      expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(message) });
      expect(pointers.sent).toEqual([itsWake]);
    });

    test('leaves the cancel to the worker of its run queue if that has to be passed on', async () => {
      const hasCancel = { ...contracts, counting: { ...contracts.counting, hasCancel: true } };
      const item = aRunningItem({ ...leaseExpired, cancelRequested: true, startedAt: t0 - 9_000 });
      const { admit, stored, runQueues } = anAdmission([succeeded, item], undefined, hasCancel);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'a worker passes its cancel on' });
      expect(stored()).toEqual({ ...item, seenAt: t0 });
      expect(runQueues.long.sent).toEqual([{ message: { ...message, requeued: true }, delaySeconds: 0 }]);
    });
  });

  describe('when the job has ended, admission', () => {
    test.each(['succeeded', 'failed'] as const)(
      'deletes the message of a job that has %s, and wakes its dependents, although SQS says that it delivers the message for the first time',
      async (status) => {
        const { admit, stored, pointers } = anAdmission([aFailedItem({ status, dependents }), dependent]);
        expect(await admit(message)).toEqual({ kind: 'delete', why: `the job is ${status}` });
        expect(pointers.sent).toEqual([itsWake]);
        expect(stored()).toEqual(aFailedItem({ status, dependents }));
      },
    );

    test('saves the message of a job that was canceled before its time, and wakes its dependents', async () => {
      const scheduled = aMessage({ options: { maxAttempts: 3, runAt: t0 + 1 } });
      const item = aFailedItem({ status: 'canceled', message: undefined, dependents });
      const { admit, stored, pointers } = anAdmission([item, dependent]);
      expect(await admit(scheduled)).toEqual({ kind: 'delete', why: 'the job is canceled' });
      expect(stored()).toEqual({ ...item, message: writeMessage(scheduled) });
      expect(pointers.sent).toEqual([itsWake]);
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
      expect(await admit(next)).toEqual(waitsOutside);
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

/** When somebody looks at a job that is to be woken, and at one that is not. */
const lookAt = t0 + 2 * 3600 * 1000;
const lookSoonAt = t0 + 120_000;

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
      expect(await admit(message)).toEqual(waitsOutside);
      expect(stored(a)).toMatchObject({ status: 'queued', run: 2, dependents: new Set([jobId]) });
      expect(stored()).toMatchObject({ status: 'waiting', lookAt, message: writeMessage(message) });
      expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(2);
    });

    test('tries 5 times if the dependency is retried each time, and then is looked at soon', async () => {
      const { admit, stored, calls } = anAdmission([running, aQueuedItem()], (call, items) => {
        if (call === 'write registerDependent') items.set(a, aFailedItem({ id: a }));
        else items.set(a, running);
      });
      expect(await admit(message)).toEqual(waitsOutside);
      expect(stored()).toMatchObject({ status: 'waiting', lookAt: lookSoonAt });
      expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(5);
    });
  });

  describe('when many jobs wait for a dependency, admission', () => {
    test('registers a job as the 500th dependent', async () => {
      const { admit, stored } = anAdmission([{ ...running, dependents: ids(499) }, aQueuedItem()]);
      expect(await admit(message)).toEqual(waitsOutside);
      expect(stored(a)?.dependents?.size).toBe(500);
      expect(stored(a)?.dependents).toContain(jobId);
    });

    test('defers a job that cannot be registered, once, and has it looked at soon', async () => {
      const { admit, receive, stored, calls } = anAdmission([
        { ...running, dependents: ids(500) },
        aQueuedItem(),
      ]);
      expect(await admit(message)).toEqual(waitsOutside);
      expect(stored(a)?.dependents).toEqual(ids(500));
      expect(stored()).toMatchObject({ status: 'waiting', lookAt: lookSoonAt });
      expect(await receive({ ...pointerTo(message), again: true })).toEqual(waitsOutside);
      expect(calls.filter((call) => call === 'write defer')).toHaveLength(1);
    });

    test('admits a job that could not be registered when it is looked at after the dependency succeeded', async () => {
      const { admit, receive, store, runQueues } = anAdmission([
        { ...running, dependents: ids(500) },
        aQueuedItem(),
      ]);
      await admit(message);
      store.items.set(a, aFailedItem({ id: a, status: 'succeeded' }));
      expect((await receive({ ...pointerTo(message), again: true })).kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test('takes a job that is one of the 500 dependents already for one that is woken', async () => {
      const full = new Set([...ids(499), jobId]);
      const { admit, calls, stored } = anAdmission([{ ...running, dependents: full }, aQueuedItem()]);
      expect(await admit(message)).toEqual(waitsOutside);
      expect(stored()?.lookAt).toBe(lookAt);
      expect(calls).not.toContain('write registerDependent');
    });

    test('looks soon at a job that is registered with only one of its two dependencies', async () => {
      const { admit, stored } = anAdmission([
        { ...running, dependents: ids(500) },
        aQueuedItem({ id: b }),
        aQueuedItem(),
      ]);
      expect(await admit(dependingOn([b, a]))).toEqual(waitsOutside);
      expect(stored()?.lookAt).toBe(lookSoonAt);
      expect(stored(b)?.dependents).toEqual(new Set([jobId]));
    });
  });
});

const registered = (id: string) => aQueuedItem({ id, dependents: new Set([jobId]) });

describe('admit job wakes', () => {
  const [a, b] = [anId(7), anId(8)];
  const message = dependingOn([a, b]);
  const wake = pointerTo(message);
  const look = { ...wake, again: true };
  const succeeded = (id: string) => aFailedItem({ id, status: 'succeeded', message: undefined });
  const deferred = aQueuedItem({
    status: 'waiting',
    dependsOn: [a, b],
    message: writeMessage(message),
    ...dueKeys(jobId, lookAt),
  });
  const admittedByAnother = { ...deferred, status: 'queued', admittedBy: 'of another wake' } as const;
  const allSucceeded = [succeeded(a), succeeded(b)];
  const sentOn = [{ message, delaySeconds: 0 }];
  const mayRun = { kind: 'delete', why: 'the job may run' };
  const isAdmitted = { kind: 'delete', why: 'the job was admitted already' };

  describe('for a wake, admission', () => {
    test('sends the message that the item keeps to its run queue', async () => {
      const { receive, stored, runQueues, waiting } = anAdmission([...allSucceeded, deferred]);
      expect(await receive(wake)).toEqual(mayRun);
      // What is sent may be lost, until a worker has claimed the job.
      expect(stored()).toMatchObject({ status: 'queued', message: writeMessage(message), lookAt });
      expect(runQueues.long.sent).toEqual(sentOn);
      expect(waiting.sent).toEqual([]);
    });

    test.each([
      ['waits for another job', [succeeded(a), registered(b)], {}],
      // So that it is not failed any more by what was decided before.
      [
        'waits for a job that will not wake it',
        [succeeded(a), aQueuedItem({ id: b, dependents: ids(500) })],
        { seenAt: t0 },
      ],
    ])('leaves a job that still %s where it is', async (_what, items, noted) => {
      const { receive, stored, runQueues, calls } = anAdmission([...items, deferred]);
      expect(await receive(wake)).toEqual(waitsOutside);
      expect(stored()).toEqual({ ...deferred, ...noted });
      expect(runQueues.long.sent).toEqual([]);
      expect(calls).not.toContain('write defer');
    });

    test('sends a job that is due within minutes to its run queue, with a delay', async () => {
      const later = dependingOn([a, b], t0 + 60_000);
      const { receive, runQueues } = anAdmission([
        ...allSucceeded,
        { ...deferred, runAt: t0 + 60_000, message: writeMessage(later) },
      ]);
      expect(await receive(wake)).toEqual(mayRun);
      expect(runQueues.long.sent).toEqual([{ message: later, delaySeconds: 60 }]);
    });

    test('sends no second copy of a job that another wake has admitted, also when it is redelivered', async () => {
      const { receive, stored, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
      expect(await receive(wake)).toEqual(isAdmitted);
      expect(await receive(wake, { receiveCount: 2 })).toEqual(isAdmitted);
      expect(stored()).toBe(admittedByAnother);
      expect(runQueues.long.sent).toEqual([]);
    });

    test('sends the job on when a wake is redelivered that had admitted the job and then crashed', async () => {
      const { messageId } = aDelivery();
      const admitted = { ...admittedByAnother, admittedBy: messageId };
      const { receive, runQueues } = anAdmission([...allSucceeded, admitted]);
      expect(await receive(wake, { receiveCount: 2 })).toEqual(mayRun);
      expect(runQueues.long.sent).toEqual(sentOn);
    });

    test('comes again at once if the answer to its own admit write was lost, and then sends the job on', async () => {
      const { receive, store, stored, runQueues } = anAdmission([...allSucceeded, deferred]);
      const write: JobStore['write'] = store.write.bind(store);
      store.write = async (admitWrite) => {
        if (admitWrite.transition === 'admit') await write(admitWrite);
        return write(admitWrite);
      };
      expect(await receive(wake)).toMatchObject({ kind: 'return', visibleAt: t0 });
      expect(stored()?.status).toBe('queued');
      expect(await receive(wake, { receiveCount: 2 })).toEqual(mayRun);
      expect(runQueues.long.sent).toEqual(sentOn);
    });

    test('throws if the run queue cannot be reached, and sends the job on when the wake is redelivered', async () => {
      const { receive, runQueues } = anAdmission([...allSucceeded, deferred]);
      runQueues.long.failing.add('send');
      await expect(receive(wake)).rejects.toThrow('send fails');
      runQueues.long.failing.clear();
      expect(await receive(wake, { receiveCount: 2 })).toEqual(mayRun);
      expect(runQueues.long.sent).toEqual(sentOn);
    });

    test('sends the job on once when several wakes arrive at the same time', async () => {
      const { receive, runQueues } = anAdmission([...allSucceeded, deferred]);
      const ofWakes = ['one', 'two', 'three', 'four'];
      const first = await Promise.all(ofWakes.map((messageId) => receive(wake, { messageId })));
      expect(first.map(({ kind }) => kind).sort()).toEqual(['delete', 'return', 'return', 'return']);
      for (const messageId of ofWakes) await receive(wake, { messageId, receiveCount: 2 });
      expect(runQueues.long.sent.length).toBeLessThanOrEqual(2);
    });

    test('is of no use, and deleted, before the job waits', async () => {
      const { receive, stored } = anAdmission([...allSucceeded, aQueuedItem({ dependsOn: [a, b] })]);
      expect((await receive(wake)).kind).toBe('delete');
      expect(stored()?.status).toBe('queued');
    });
  });

  describe('for a look at a job that nothing has brought back, admission', () => {
    test('sends the job on that another wake has admitted, because what that sent may be lost', async () => {
      const { receive, stored, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
      expect(await receive(look)).toEqual(mayRun);
      expect(stored()).toBe(admittedByAnother);
      expect(runQueues.long.sent).toEqual(sentOn);
    });

    test('changes nothing for a job that runs, or backs off', async () => {
      for (const item of [
        aRunningItem(),
        aQueuedItem({ notBefore: t0 + 1, message: writeMessage(message) }),
      ]) {
        const { receive, stored, runQueues } = anAdmission([...allSucceeded, item]);
        expect((await receive(look)).kind).toBe('delete');
        expect(stored()).toBe(item);
        expect(runQueues.long.sent).toEqual([]);
      }
    });
  });

  test('a requeued message counts as a look: who has sent the job on may be the message that it replaced', async () => {
    const { admit, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
    expect(await admit(message)).toEqual(isAdmitted);
    expect(await admit({ ...message, requeued: true })).toEqual(mayRun);
    expect(runQueues.long.sent).toEqual(sentOn);
  });

  test('admission does not look at the dependencies of a job again that has slept since', async () => {
    const slept = { status: 'waiting', notBefore: t0 - 1, slices: 1, fencingToken: 1 } as const;
    const { admit, runQueues } = anAdmission([succeeded(a), { ...admittedByAnother, ...slept }]);
    expect(await admit(message, { receiveCount: 2 })).toEqual(mayRun);
    expect(runQueues.long.sent).toEqual(sentOn);
  });
});
