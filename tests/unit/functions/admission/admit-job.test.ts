import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { anAdmission } from '../../../fakes/admission.ts';
import { dependent, dependingOn, itsWake } from '../../../fakes/dependents.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem, jobId, t0 } from '../../../fakes/samples.ts';

const twelveHours = 12 * 3600 * 1000;
const [a, b, c] = [anId(7), anId(8), anId(9)];
const done = (id: string) => aFailedItem({ id, status: 'succeeded', message: undefined });
const open = (id: string) => aQueuedItem({ id });
const one = dependingOn([a]);
const parked = aQueuedItem({ status: 'waiting', dependsOn: [a], message: writeMessage(one), updatedAt: t0 });

describe('a job whose dependencies have all succeeded', () => {
  test.each([
    ['is queued', [aQueuedItem()]],
    ['is waiting', [parked]],
    ['is not written down yet', []],
  ])('and that %s is sent to its run queue, and its message is deleted', async (_what, items) => {
    const { pass, runQueues, stored, waiting } = anAdmission([done(a), done(b), ...items]);
    const message = dependingOn([a, b]);
    expect(await pass(message)).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    expect([runQueues.standard.sent, waiting.sent]).toEqual([[], []]);
    expect(stored()?.status).toBe(items.length ? 'queued' : undefined);
  });

  test('is never seen waiting if it was not before', async () => {
    const { pass, calls } = anAdmission([done(a), aQueuedItem()]);
    await pass(one);
    expect(calls).toEqual(['read', 'read', 'write admit', 'long: send run 1']);
  });

  test('runs from the queue of its type', async () => {
    const { pass, runQueues } = anAdmission([done(a)]);
    const message = { ...one, type: 'csv-aggregate' };
    await pass(message);
    expect(runQueues.standard.sent).toEqual([{ message, delaySeconds: 0 }]);
    expect(runQueues.long.sent).toEqual([]);
  });
});

describe('a job with a dependency that has not ended', () => {
  test.each([
    open(a),
    aQueuedItem({ id: a, status: 'waiting' }),
    aRunningItem({ id: a }),
    aRunningItem({ id: a, cancelRequested: true }),
  ])(
    'but is $status is noted on it, waits, and keeps its message hidden for 12 hours',
    async (dependency) => {
      const { pass, runQueues, stored } = anAdmission([dependency, aQueuedItem()]);
      expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours, message: one });
      expect(stored(a)).toEqual({ ...dependency, dependents: new Set([jobId]) });
      expect(stored()).toEqual(parked);
      expect(runQueues.long.sent).toEqual([]);
    },
  );

  test('is written down as waiting even if submit has not', async () => {
    const { pass, stored } = anAdmission([open(a)]);
    await pass(one);
    expect(stored()).toEqual(parked);
  });

  test('is noted before it is seen to wait, and looks once more after that', async () => {
    const { pass, calls } = anAdmission([open(a), aQueuedItem()]);
    await pass(one);
    expect(calls).toEqual(['read', 'read', 'write registerDependent', 'write defer', 'read']);
  });

  test('is noted and parked once, however often its message comes', async () => {
    const { pass, calls, clock } = anAdmission([open(a), aQueuedItem()]);
    await pass(one);
    calls.length = 0;
    await clock.advance(twelveHours);
    expect(await pass(one, { receiveCount: 2 })).toMatchObject({
      kind: 'return',
      visibleAt: t0 + 2 * twelveHours,
    });
    expect(calls).toEqual(['read', 'read']);
  });

  test('is noted on every one that is open, and on no other', async () => {
    const { pass, stored } = anAdmission([open(a), done(b), open(c)]);
    expect((await pass(dependingOn([a, b, c]))).kind).toBe('return');
    expect([stored(a)?.dependents, stored(b)?.dependents, stored(c)?.dependents]).toEqual([
      new Set([jobId]),
      undefined,
      new Set([jobId]),
    ]);
  });

  test('comes again at once if it changed meanwhile, and is sent nowhere', async () => {
    const { pass, stored, runQueues } = anAdmission([open(a), aQueuedItem()], (call, items) => {
      if (call === 'write defer') items.set(jobId, aFailedItem({ status: 'canceled', message: undefined }));
    });
    expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0, message: one });
    expect(stored()?.status).toBe('canceled');
    expect(runQueues.long.sent).toEqual([]);
  });
});

describe('a dependency that ends before the job is seen to wait, and so woke nobody,', () => {
  test('is seen by the second look: the job runs', async () => {
    const { pass, stored, runQueues } = anAdmission([open(a), aQueuedItem()], (call, items) => {
      if (call === 'write defer') items.set(a, done(a));
    });
    expect((await pass(one)).kind).toBe('delete');
    expect(stored()?.status).toBe('queued');
    expect(runQueues.long.sent).toEqual([{ message: one, delaySeconds: 0 }]);
  });

  test('is seen by the second look: the job fails', async () => {
    const { pass, stored, runQueues, waiting } = anAdmission(
      [open(a), aQueuedItem({ dependents: new Set([dependent.id]) }), dependent],
      (call, items) => {
        if (call === 'write defer') items.set(a, aFailedItem({ id: a }));
      },
    );
    expect((await pass(one)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'DependencyError' } });
    expect(runQueues.long.sent).toEqual([]);
    expect(waiting.sent).toEqual([itsWake]);
  });
});
