import { describe, expect, test } from '@jest/globals';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependingOn } from '../../../set-ups/dependents.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem, ids, jobId } from '../../../set-ups/samples.ts';

const twelveHours = 12 * 3600 * 1000;
/** Admission checks again after one to two minutes. The fixed random source makes it the middle. */
const untilCheckedAgain = 90_000;
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
