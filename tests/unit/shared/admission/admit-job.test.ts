import { describe, expect, test } from '@jest/globals';
import { dueKeys, pausedKeys } from '../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../shared/domain/state/job/pointer.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependents, dependingOn, itsWake } from '../../../set-ups/dependents.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  dayMs,
  firstToken,
  jobId,
  retentionMs,
} from '../../../set-ups/samples.ts';

const hour = 3600 * 1000;
const waitsOutside = { kind: 'delete', why: 'it waits for other jobs, outside of its queue' };
/** When somebody looks at a job that is to be woken. */
const lookAt = t0 + 2 * hour;

describe('admit job', () => {
  const [a, b, c] = [anId(7), anId(8), anId(9)];
  const succeeded = (id: string) => aFailedItem({ id, status: 'succeeded', message: undefined });
  const unfinished = (id: string) => aQueuedItem({ id });
  const message = dependingOn([a]);
  const deferred = aQueuedItem({
    status: 'waiting',
    dependsOn: [a],
    message: writeMessage(message),
    updatedAt: t0,
    ...dueKeys(jobId, lookAt),
  });

  describe('when all dependencies of a job have succeeded, admission', () => {
    test.each([
      ['the job is queued', [aQueuedItem()]],
      ['the job is waiting', [deferred]],
      ['the job has no item yet', []],
    ])('sends the job to its run queue and deletes the message if %s', async (_what, items) => {
      const { admit, runQueues, stored, waiting } = anAdmission([succeeded(a), succeeded(b), ...items]);
      const onBoth = dependingOn([a, b]);
      expect(await admit(onBoth)).toEqual({ kind: 'delete', why: 'the job may run' });
      expect(runQueues.long.sent).toEqual([{ message: onBoth, delaySeconds: 0 }]);
      expect([runQueues.standard.sent, waiting.sent]).toEqual([[], []]);
      expect(stored()?.status).toBe(items.length ? 'queued' : undefined);
    });

    test('writes nothing for a job that need not wait', async () => {
      const { admit, calls } = anAdmission([succeeded(a), aQueuedItem()]);
      await admit(message);
      expect(calls).toEqual(['read', 'read', 'long: send run 1']);
    });

    test('sends the job to the run queue of its type', async () => {
      const { admit, runQueues } = anAdmission([succeeded(a)]);
      const ofStandardType = { ...message, type: 'csv-sums' };
      await admit(ofStandardType);
      expect(runQueues.standard.sent).toEqual([{ message: ofStandardType, delaySeconds: 0 }]);
      expect(runQueues.long.sent).toEqual([]);
    });
  });

  describe('when a dependency of a job has not ended, admission', () => {
    test.each([
      ['queued', unfinished(a)],
      ['waiting', aQueuedItem({ id: a, status: 'waiting' })],
      ['running', aRunningItem({ id: a })],
      ['running but soon canceled', aRunningItem({ id: a, cancelRequested: true })],
    ])(
      'registers the job with a dependency that is %s, marks it as waiting, and deletes its message, which the item keeps',
      async (_what, dependency) => {
        const { admit, runQueues, stored } = anAdmission([dependency, aQueuedItem()]);
        expect(await admit(message)).toEqual(waitsOutside);
        expect(stored(a)).toEqual({ ...dependency, dependents: new Set([jobId]) });
        expect(stored()).toEqual(deferred);
        expect(runQueues.long.sent).toEqual([]);
      },
    );

    test('creates the item as waiting if submit has not written it yet', async () => {
      const { admit, stored } = anAdmission([unfinished(a)]);
      await admit(message);
      expect(stored()).toEqual(deferred);
    });

    test('registers the job before it marks it as waiting, and checks the dependency once more after that', async () => {
      const { admit, calls } = anAdmission([unfinished(a), aQueuedItem()]);
      await admit(message);
      expect(calls).toEqual(['read', 'read', 'write registerDependent', 'write defer', 'read']);
    });

    test('registers and defers the job only once if the message is redelivered', async () => {
      const { admit, calls, clock } = anAdmission([unfinished(a), aQueuedItem()]);
      await admit(message);
      calls.length = 0;
      await clock.advance(hour);
      expect(await admit(message, { receiveCount: 2 })).toEqual(waitsOutside);
      expect(calls).toEqual(['read', 'read']);
    });

    test('registers the job with every dependency that has not ended, and with no other', async () => {
      const { admit, stored } = anAdmission([unfinished(a), succeeded(b), unfinished(c)]);
      expect(await admit(dependingOn([a, b, c]))).toEqual(waitsOutside);
      expect([stored(a)?.dependents, stored(b)?.dependents, stored(c)?.dependents]).toEqual([
        new Set([jobId]),
        undefined,
        new Set([jobId]),
      ]);
    });

    test('returns the message at once and sends nothing if the item changed before it was deferred', async () => {
      const { admit, stored, runQueues } = anAdmission([unfinished(a), aQueuedItem()], (call, items) => {
        if (call === 'write defer') items.set(jobId, aFailedItem({ status: 'canceled', message: undefined }));
      });
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0, message });
      expect(stored()?.status).toBe('canceled');
      expect(runQueues.long.sent).toEqual([]);
    });
  });

  describe('when a dependency ends before the job is marked as waiting, admission', () => {
    test('sends the job to its run queue after the second check if the dependency succeeded', async () => {
      const { admit, stored, runQueues } = anAdmission([unfinished(a), aQueuedItem()], (call, items) => {
        if (call === 'write defer') items.set(a, succeeded(a));
      });
      expect((await admit(message)).kind).toBe('delete');
      expect(stored()?.status).toBe('queued');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    });

    test('fails the job after the second check, and wakes its dependents, if the dependency failed', async () => {
      const { admit, stored, runQueues, pointers } = anAdmission(
        [unfinished(a), aQueuedItem({ dependents: new Set([dependent.id]) }), dependent],
        (call, items) => {
          if (call === 'write defer') items.set(a, aFailedItem({ id: a }));
        },
      );
      expect((await admit(message)).kind).toBe('delete');
      expect(stored()).toMatchObject({ status: 'failed', error: { name: 'DependencyError' } });
      expect(runQueues.long.sent).toEqual([]);
      expect(pointers.sent).toEqual([itsWake]);
    });
  });
});

describe('admit job broken', () => {
  const [a, b] = [anId(7), anId(8)];
  const message = dependingOn([a]);
  const failed = aFailedItem({ id: a });

  describe('when a job depends on one that can no longer succeed, admission', () => {
    test.each([
      ['has failed', [failed], `Job ${a}, which this one depends on, failed.`],
      [
        'was canceled',
        [aFailedItem({ id: a, status: 'canceled' })],
        `Job ${a}, which this one depends on, was canceled.`,
      ],
      ['no longer exists', [], `Job ${a}, which this one depends on, is not known any more.`],
    ])('fails the job, with the reason as its error, if the dependency %s', async (_what, items, text) => {
      const { admit, stored, log, runQueues } = anAdmission([...items, aQueuedItem()]);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job is failed' });
      expect(stored()).toMatchObject({
        status: 'failed',
        error: { name: 'DependencyError', message: text },
        history: [{ event: 'failed', at: t0, error: text }],
        finishedAt: t0,
        expiresAt: Math.ceil((t0 + retentionMs) / 1000),
      });
      expect(log.lines).toMatchObject([
        { level: 'error', fields: { jobId } },
        { message: 'job ended', fields: { jobId, outcome: 'unclaimed', errorName: 'DependencyError' } },
      ]);
      expect([runQueues.standard.sent, runQueues.long.sent]).toEqual([[], []]);
    });

    test.each([
      ['has no item yet', undefined],
      ['is waiting', aQueuedItem({ status: 'waiting', message: writeMessage(message) })],
      ['is queued', aQueuedItem()],
    ])('saves the message for a retry when it fails a job that %s', async (_what, item) => {
      const { admit, stored } = anAdmission(item ? [failed, item] : [failed]);
      await admit(message);
      expect(stored()).toMatchObject({
        status: 'failed',
        fencingToken: firstToken,
        attempt: 0,
        message: writeMessage(message),
      });
    });

    test('fails the job at once, even if it also waits for another job and for its time', async () => {
      const { admit, stored } = anAdmission([aQueuedItem({ id: b }), failed]);
      await admit(dependingOn([b, a], t0 + 1_000_000));
      expect(stored()).toMatchObject({ status: 'failed', error: { name: 'DependencyError' } });
    });

    test('does not mark the job as waiting before it fails it', async () => {
      const { admit, calls } = anAdmission([failed, aQueuedItem()]);
      await admit(message);
      expect(calls).toEqual(['read', 'read', 'read', 'write failUnclaimed']);
    });

    test('deletes the message only after the jobs that wait for the failed job were woken', async () => {
      const { admit, pointers, stored } = anAdmission([failed, aQueuedItem({ dependents }), dependent]);
      pointers.isFailing = true;
      await expect(admit(message)).rejects.toThrow('send fails');
      expect(stored()?.status).toBe('failed');
      pointers.isFailing = false;
      expect(await admit(message, { receiveCount: 2 })).toEqual({ kind: 'delete', why: 'the job is failed' });
      expect(pointers.sent).toEqual([itsWake]);
    });

    test('returns the message at once and does not fail the job if a worker claimed it meanwhile', async () => {
      const claimed = aRunningItem({ claimId: 'a claim' });
      const { admit, stored } = anAdmission([failed, aQueuedItem()], (call, items) => {
        if (call === 'write failUnclaimed') items.set(jobId, claimed);
      });
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0, message });
      expect(stored()).toEqual(claimed);
    });

    test('sends the retry of the job to its run queue if the dependency has succeeded since', async () => {
      const { admit, store, stored, runQueues } = anAdmission([failed, aQueuedItem()]);
      await admit(message);
      store.items.set(a, aFailedItem({ id: a, status: 'succeeded' }));
      const next = { ...message, run: 2 };
      expect(await admit(next)).toMatchObject({ kind: 'return', visibleAt: t0 });
      expect((await admit(next, { receiveCount: 2 })).kind).toBe('delete');
      expect(stored()).toMatchObject({ status: 'queued', run: 2 });
      expect(runQueues.long.sent).toEqual([{ message: next, delaySeconds: 0 }]);
    });
  });

  test('admission sends a job without dependencies to its run queue', async () => {
    const { admit, runQueues } = anAdmission();
    await admit(aMessage());
    expect(runQueues.long.sent).toEqual([{ message: aMessage(), delaySeconds: 0 }]);
  });
});

describe('for a job that a pause holds, admission', () => {
  const paused = { by: 'stage', since: t0 - hour, at: t0 - hour };
  const until = t0 + 600_000;
  const held = aQueuedItem({
    status: 'waiting',
    message: writeMessage(aMessage()),
    updatedAt: t0 - hour,
    ...{ paused, notBefore: until, postponedUntil: until },
    ...pausedKeys(jobId, t0 + hour),
  });
  const pointer = { ...pointerTo(aMessage()), again: true };

  test('says that it is due and sends it at once, if who looked at it has sent its pointer and not written that yet', async () => {
    const { receive, calls, runQueues, stored } = anAdmission([held]);
    expect(await receive(pointer)).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(calls).toEqual(['read', 'write lookAgain', 'long: send run 1']);
    expect(runQueues.long.sent).toEqual([{ message: aMessage(), delaySeconds: 0 }]);
    expect(stored()).toEqual({
      ...held,
      ...{ notBefore: t0, postponedUntil: t0 },
      ...dueKeys(jobId, t0 + hour + (t0 + hour - until)),
    });
  });

  test('comes again if that was written meanwhile, and sends it by what is written', async () => {
    const { receive, runQueues } = anAdmission([held], (call, items) => {
      const due = { notBefore: t0, postponedUntil: t0, ...dueKeys(jobId, t0 + 4 * hour) };
      if (call === 'write lookAgain') items.set(jobId, { ...held, ...due });
    });
    expect(await receive(pointer)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(runQueues.long.sent).toEqual([]);
    await receive(pointer);
    expect(runQueues.long.sent).toEqual([{ message: aMessage(), delaySeconds: 0 }]);
  });
});

const startBefore = t0 + hour;

describe('for a job that has to start by a time, admission', () => {
  const a = anId(7);
  const unfinished = aQueuedItem({ id: a });

  /** A job that depends on another, and has to start by a time. */
  const messageOf = (times: { startBefore?: number; runAt?: number } = {}) =>
    aMessage({ options: { maxAttempts: 3, dependsOn: [a], startBefore, ...times } });
  const itemOf = (over = {}) =>
    aQueuedItem({
      status: 'waiting',
      dependsOn: [a],
      startBefore,
      message: writeMessage(messageOf()),
      ...over,
    });

  test.each([
    ['before the usual look', {}, startBefore, []],
    ['after the usual look', { startBefore: t0 + 13 * hour }, lookAt, []],
    ['within minutes', { startBefore: t0 + 5_000 }, t0 + 5_000, [5]],
  ])('has it looked at when that time is over, if that is %s', async (_when, times, at, delays) => {
    const { admit, stored, pointers } = anAdmission([unfinished]);
    expect(await admit(messageOf(times))).toEqual(waitsOutside);
    expect(stored()).toMatchObject({ status: 'waiting', lookAt: at });
    // Who looks at jobs comes every five minutes.
    expect(pointers.sent.map(({ delaySeconds }) => delaySeconds)).toEqual(delays);
  });

  test('fails the job when that time is over, wakes its dependents and deletes the message', async () => {
    const late = itemOf({ startBefore: t0, dependents });
    const { admit, stored, pointers, runQueues } = anAdmission([unfinished, late, dependent]);
    expect(await admit(messageOf({ startBefore: t0 }))).toEqual({
      kind: 'delete',
      why: 'the job is failed',
    });
    expect(stored(jobId)).toMatchObject({ status: 'failed', error: { name: 'NotStartedInTimeError' } });
    expect(pointers.sent).toEqual([itsWake]);
    expect(runQueues.long.sent).toEqual([]);
  });

  test('fails the job when that time is over, even if its dependency has succeeded meanwhile', async () => {
    const { admit, stored } = anAdmission([aFailedItem({ id: a, status: 'succeeded' }), itemOf()]);
    await admit(messageOf({ startBefore: t0 }));
    expect(stored()).toMatchObject({ error: { name: 'NotStartedInTimeError' } });
  });

  test('has it looked at at once if that time ends while admission looks at the job', async () => {
    const message = messageOf({ startBefore: t0 + 1_000 });
    const admission = anAdmission([unfinished], async (call) => {
      if (call === 'write registerDependent') await admission.clock.advance(2_000);
    });
    expect(await admission.admit(message)).toEqual(waitsOutside);
    expect(admission.stored()).toMatchObject({ lookAt: t0 + 1_000 });
  });

  test('lets a job wait to be woken that was retried when that time was over', async () => {
    const queued = itemOf({ startBefore: t0 - 1, mayStartLate: true, status: 'queued', run: 2 });
    const { admit, stored } = anAdmission([unfinished, queued]);
    expect(await admit({ ...messageOf({ startBefore: t0 - 1 }), run: 2 })).toEqual(waitsOutside);
    expect(stored()?.lookAt).toBe(lookAt);
  });
});

const messageDueAt = (runAt: number) => aMessage({ options: { maxAttempts: 3, runAt } });
const itemDueAt = (runAt: number) => aQueuedItem({ status: 'waiting', runAt });

describe('admit job times', () => {
  const a = anId(7);
  const succeeded = aFailedItem({ id: a, status: 'succeeded' });
  const unfinished = aQueuedItem({ id: a });

  describe('for a job with a start time, admission', () => {
    test.each([1, 60_001, 900_000])(
      'sends a message that is delivered %d ms early to the run queue of its job, which delays it',
      async (early) => {
        const { admit, runQueues, stored, schedules } = anAdmission([itemDueAt(t0 + early)]);
        const message = messageDueAt(t0 + early);
        expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job may run' });
        expect(runQueues.long.sent).toEqual([{ message, delaySeconds: early / 1000 }]);
        expect(stored()).toEqual(itemDueAt(t0 + early));
        expect(schedules.schedules.size).toBe(0);
      },
    );

    test.each([0, 1, hour])(
      'sends a message that is delivered %d ms late to the run queue of its job, without a write',
      async (late) => {
        const { admit, runQueues, stored, calls } = anAdmission([itemDueAt(t0 - late)]);
        const message = messageDueAt(t0 - late);
        expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job may run' });
        expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
        expect(stored()).toEqual(itemDueAt(t0 - late));
        expect(calls).toEqual(['read', 'long: send run 1']);
      },
    );

    test('does not run the job before the start time in its item if a copy has an earlier one', async () => {
      const { admit, runQueues } = anAdmission([itemDueAt(t0 + 600_000)]);
      await admit(messageDueAt(t0));
      expect(runQueues.long.sent).toEqual([{ message: messageDueAt(t0), delaySeconds: 600 }]);
    });
  });

  describe('for a job with a start time and a dependency, admission', () => {
    test('waits for the dependency, whatever the start time is', async () => {
      for (const runAt of [t0 - hour, t0, t0 + 600_000, t0 + dayMs]) {
        const { admit, stored } = anAdmission([unfinished, aQueuedItem()]);
        const message = dependingOn([a], runAt);
        expect(await admit(message)).toEqual(waitsOutside);
        expect(stored()).toMatchObject({ status: 'waiting', runAt, lookAt, message: writeMessage(message) });
      }
    });

    test('leaves the job to a schedule if the dependency has succeeded, for good', async () => {
      const { admit, receive, store, stored, schedules, runQueues, clock } = anAdmission([
        succeeded,
        aQueuedItem({ runAt: t0 + dayMs }),
      ]);
      const message = dependingOn([a], t0 + dayMs);
      expect((await admit(message)).kind).toBe('delete');
      expect(stored()).toMatchObject({ status: 'waiting', admittedBy: 'message-1' });
      // It may have expired when the job is due.
      store.items.delete(a);
      await clock.advance(dayMs - 100_000);
      const [{ message: pointer } = {}] = [...schedules.schedules.values()];
      expect((await receive(pointer)).kind).toBe('delete');
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 100 }]);
    });

    test('leaves a job to a schedule that a wake finds early', async () => {
      const message = dependingOn([a], t0 + dayMs);
      const { receive, schedules } = anAdmission([
        succeeded,
        aQueuedItem({ status: 'waiting', runAt: t0 + dayMs, message: writeMessage(message) }),
      ]);
      expect((await receive(pointerTo(message))).kind).toBe('delete');
      expect(schedules.schedules.size).toBe(1);
    });

    test('goes on waiting for the dependency after the start time', async () => {
      const { admit, clock, runQueues } = anAdmission([unfinished, aQueuedItem()]);
      const message = dependingOn([a], t0 + hour);
      await admit(message);
      await clock.advance(hour);
      expect(await admit(message, { receiveCount: 2 })).toEqual(waitsOutside);
      expect(runQueues.long.sent).toEqual([]);
    });
  });
});
