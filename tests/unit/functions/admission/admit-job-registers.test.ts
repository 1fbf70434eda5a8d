import { describe, expect, test } from '@jest/globals';
import { anAdmission } from '../../../fakes/admission.ts';
import { dependingOn } from '../../../fakes/dependents.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem, ids, jobId, t0 } from '../../../fakes/samples.ts';

const twelveHours = 12 * 3600 * 1000;
/** One to two minutes, in the middle. */
const whileLater = 90_000;
const [a, b] = [anId(7), anId(8)];
const one = dependingOn([a]);
const running = aRunningItem({ id: a });

describe('a note that is refused, as the dependency ended meanwhile,', () => {
  test.each([
    ['and succeeded: the job runs', 'succeeded', 'queued'],
    ['and failed: the job fails', 'failed', 'failed'],
    ['and was canceled: the job fails', 'canceled', 'failed'],
  ] as const)('%s', async (_what, status, expected) => {
    const { pass, stored, calls, runQueues } = anAdmission([running, aQueuedItem()], (call, items) => {
      if (call === 'write registerDependent') items.set(a, aFailedItem({ id: a, status }));
    });
    expect((await pass(one)).kind).toBe('delete');
    expect(stored()?.status).toBe(expected);
    expect(runQueues.long.sent).toHaveLength(expected === 'queued' ? 1 : 0);
    expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(1);
    expect(calls).not.toContain('write defer');
  });

  test('and was retried at once, is made anew: else nobody would wake the job', async () => {
    const dispositions = [aFailedItem({ id: a }), aQueuedItem({ id: a, run: 2 })];
    const { pass, stored, calls } = anAdmission([running, aQueuedItem()], (call, items) => {
      const due =
        call === 'write registerDependent'
          ? dispositions.length === 2
          : call === 'read' && dispositions.length === 1;
      const next = due && dispositions.shift();
      if (next) items.set(a, next);
    });
    expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours });
    expect(stored(a)).toMatchObject({ status: 'queued', run: 2, dependents: new Set([jobId]) });
    expect(stored()?.status).toBe('waiting');
    expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(2);
  });

  test('and is retried over and over, is given up for a while', async () => {
    const { pass, stored, calls } = anAdmission([running, aQueuedItem()], (call, items) => {
      if (call === 'write registerDependent') items.set(a, aFailedItem({ id: a }));
      else items.set(a, running);
    });
    expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0 + whileLater, message: one });
    expect(stored()?.status).toBe('waiting');
    expect(calls.filter((call) => call === 'write registerDependent')).toHaveLength(5);
  });
});

describe('a job that many wait for', () => {
  test('wakes five hundred', async () => {
    const { pass, stored } = anAdmission([{ ...running, dependents: ids(499) }, aQueuedItem()]);
    expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours });
    expect(stored(a)?.dependents?.size).toBe(500);
    expect(stored(a)?.dependents).toContain(jobId);
  });

  test('is looked at every other minute by the others', async () => {
    const { pass, stored, clock, calls } = anAdmission([{ ...running, dependents: ids(500) }, aQueuedItem()]);
    expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0 + whileLater, message: one });
    expect(stored(a)?.dependents).toEqual(ids(500));
    expect(stored()?.status).toBe('waiting');
    await clock.advance(whileLater);
    expect(await pass(one, { receiveCount: 2 })).toMatchObject({
      kind: 'return',
      visibleAt: t0 + 2 * whileLater,
    });
    expect(calls.filter((call) => call === 'write defer')).toHaveLength(1);
  });

  test('lets one of the others run within two minutes of its end', async () => {
    const { pass, store, runQueues } = anAdmission([{ ...running, dependents: ids(500) }, aQueuedItem()]);
    await pass(one);
    store.items.set(a, aFailedItem({ id: a, status: 'succeeded' }));
    expect((await pass(one, { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message: one, delaySeconds: 0 }]);
  });

  test('wakes whom it has noted already, even if nobody else fits in', async () => {
    const full = new Set([...ids(499), jobId]);
    const { pass, calls } = anAdmission([{ ...running, dependents: full }, aQueuedItem()]);
    expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0 + twelveHours });
    expect(calls).not.toContain('write registerDependent');
  });

  test('makes one look every other minute that is noted on another besides', async () => {
    const { pass, stored } = anAdmission([
      { ...running, dependents: ids(500) },
      aQueuedItem({ id: b }),
      aQueuedItem(),
    ]);
    expect(await pass(dependingOn([b, a]))).toMatchObject({ kind: 'return', visibleAt: t0 + whileLater });
    expect(stored(b)?.dependents).toEqual(new Set([jobId]));
  });
});
