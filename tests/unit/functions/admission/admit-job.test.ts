import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependingOn, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem, jobId } from '../../../set-ups/samples.ts';

const twelveHours = 12 * 3600 * 1000;
const [a, b, c] = [anId(7), anId(8), anId(9)];
const succeeded = (id: string) => aFailedItem({ id, status: 'succeeded', message: undefined });
const unfinished = (id: string) => aQueuedItem({ id });
const message = dependingOn([a]);
const deferred = aQueuedItem({
  status: 'waiting',
  dependsOn: [a],
  message: writeMessage(message),
  updatedAt: t0,
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

  test('does not mark a queued job as waiting first', async () => {
    const { admit, calls } = anAdmission([succeeded(a), aQueuedItem()]);
    await admit(message);
    expect(calls).toEqual(['read', 'read', 'write admit', 'long: send run 1']);
  });

  test('sends the job to the run queue of its type', async () => {
    const { admit, runQueues } = anAdmission([succeeded(a)]);
    const ofStandardType = { ...message, type: 'csv-aggregate' };
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
    'registers the job with a dependency that is %s, marks it as waiting, and returns its message for 12 hours',
    async (_what, dependency) => {
      const { admit, runQueues, stored } = anAdmission([dependency, aQueuedItem()]);
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours, message });
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
    await clock.advance(twelveHours);
    expect(await admit(message, { receiveCount: 2 })).toMatchObject({
      kind: 'return',
      visibleAt: t0 + 2 * twelveHours,
    });
    expect(calls).toEqual(['read', 'read']);
  });

  test('registers the job with every dependency that has not ended, and with no other', async () => {
    const { admit, stored } = anAdmission([unfinished(a), succeeded(b), unfinished(c)]);
    expect((await admit(dependingOn([a, b, c]))).kind).toBe('return');
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
    const { admit, stored, runQueues, waiting } = anAdmission(
      [unfinished(a), aQueuedItem({ dependents: new Set([dependent.id]) }), dependent],
      (call, items) => {
        if (call === 'write defer') items.set(a, aFailedItem({ id: a }));
      },
    );
    expect((await admit(message)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'DependencyError' } });
    expect(runQueues.long.sent).toEqual([]);
    expect(waiting.sent).toEqual([itsWake]);
  });
});
