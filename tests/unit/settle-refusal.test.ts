import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../shared/contracts/job-item.ts';
import { writeMessage } from '../../shared/contracts/job-message.ts';
import { StoreUnavailableError } from '../../shared/errors.ts';
import type { Refusal } from '../../shared/protocol/decide-refusal.ts';
import { settleRefusal } from '../../shared/protocol/settle-refusal.ts';
import { dependent, dependents, itsWake } from '../fakes/dependents.ts';
import { FixedClock } from '../fakes/fixed.ts';
import { InMemoryJobQueue } from '../fakes/in-memory-job-queue.ts';
import { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import {
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  retentionMs,
  t0,
} from '../fakes/samples.ts';

const message = aMessage();

/** Settles what was decided about `read`, when the table by now has `stored`. */
async function settle(refusal: Refusal, stored?: JobItem, { of = message, again = false } = {}) {
  const store = new InMemoryJobStore();
  const waiting = new InMemoryJobQueue();
  store.items.set(dependent.id, dependent);
  if (stored) store.items.set(jobId, stored);
  const deps = { store, waiting, clock: new FixedClock(), retentionMs };
  const fate = await settleRefusal(refusal, { message: of, again }, deps);
  return { fate, item: store.items.get(jobId), woken: waiting.sent };
}

describe('a refused message', () => {
  test('that is of no use is deleted, and the item stays as it was', async () => {
    const stored = aFailedItem({ dependents });
    const { fate, item, woken } = await settle({ kind: 'drop', why: 'of no use' }, stored, { again: true });
    expect(fate).toEqual({ kind: 'delete', why: 'of no use' });
    expect(woken).toEqual([]);
    expect(item).toBe(stored);
  });

  test.each(['leased', 'notDue'] as const)('that is %s is hidden until then', async (kind) => {
    const { fate } = await settle({ kind, until: t0 + 4_321 });
    expect(fate).toMatchObject({ kind: 'keep', visibleAt: t0 + 4_321, message });
  });

  test.each(['own', 'free'] as const)('that is "%s" comes again at once', async (kind) => {
    const { fate } = await settle({ kind });
    expect(fate).toMatchObject({ kind: 'keep', visibleAt: t0, message });
  });

  test('of a job to be canceled cancels it, saves itself, wakes those that wait, and is deleted', async () => {
    const read = aRunningItem({ leaseUntil: t0, cancelRequested: true, dependents });
    const { fate, item, woken } = await settle({ kind: 'cancel', item: read }, read);
    expect(fate).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
    expect(item).toMatchObject({ status: 'canceled', message: writeMessage(message), token: read.token });
    expect(item?.cancelRequested).toBeUndefined();
    expect(item?.history.at(-1)).toEqual({ event: 'canceled', at: t0, attempt: 1 });
  });

  test('of a job without attempts left fails it, saves itself, wakes those that wait, and is deleted', async () => {
    const read = aRunningItem({ leaseUntil: t0, attempt: 3, dependents });
    const { fate, item, woken } = await settle({ kind: 'exhaust', item: read }, read);
    expect(fate).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(woken).toEqual([itsWake]);
    expect(item).toMatchObject({
      status: 'failed',
      error: { name: 'AttemptsExhaustedError' },
      message: writeMessage(message),
    });
  });

  test('of a canceled job saves itself and is deleted; the job stays as it was', async () => {
    const stored = aFailedItem({ status: 'canceled', message: undefined, dependents });
    const { fate, item, woken } = await settle({ kind: 'save' }, stored);
    expect(fate).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
    expect(item).toEqual({ ...stored, message: writeMessage(message) });
  });

  test('of a job that was canceled by a function which died of it wakes those that wait', async () => {
    const stored = aFailedItem({ status: 'canceled', dependents });
    const { fate, woken } = await settle({ kind: 'finished', item: stored }, stored, { again: false });
    expect(fate).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
  });

  test.each(['succeeded', 'failed'] as const)(
    'of a job that is %s wakes those that wait if it was delivered before: it may be half done; and is deleted',
    async (status) => {
      const stored = aFailedItem({ status, dependents });
      for (const again of [false, true]) {
        const { fate, item, woken } = await settle({ kind: 'finished', item: stored }, stored, { again });
        expect(fate).toEqual({ kind: 'delete', why: `the job is ${status}` });
        expect(item).toBe(stored);
        expect(woken).toEqual(again ? [itsWake] : []);
      }
    },
  );

  test("of the next run makes the user's retry and comes again at once, to be claimed", async () => {
    const next = aMessage({ run: 2 });
    const { fate, item } = await settle({ kind: 'retry', item: aFailedItem() }, aFailedItem(), { of: next });
    expect(fate).toMatchObject({ kind: 'keep', visibleAt: t0, message: next });
    expect(item).toMatchObject({ status: 'queued', run: 2, attempt: 0, token: 3 });
  });

  const late: readonly [Refusal, JobItem][] = [
    [{ kind: 'cancel', item: aQueuedItem({ cancelRequested: true }) }, aQueuedItem()],
    [
      { kind: 'exhaust', item: aRunningItem({ attempt: 3 }) },
      aRunningItem({ attempt: 3, token: 2, leaseUntil: t0 }),
    ],
    [{ kind: 'exhaust', item: aRunningItem({ attempt: 3 }) }, aRunningItem({ attempt: 0, leaseUntil: t0 })],
    [{ kind: 'save' }, aQueuedItem()],
    [{ kind: 'retry', item: aFailedItem() }, aFailedItem({ run: 2 })],
  ];
  test.each(late)(
    'decided on as %j comes again at once if the item changed meanwhile',
    async (refusal, stored) => {
      const { fate, item, woken } = await settle(refusal, { ...stored, dependents });
      expect(fate).toEqual({ kind: 'keep', why: 'the item changed meanwhile', visibleAt: t0, message });
      expect(woken).toEqual([]);
      expect(item).toEqual({ ...stored, dependents });
    },
  );

  test('is not settled when the table is out of reach', async () => {
    const store = {
      read: () => Promise.reject(),
      write: () => Promise.reject(new StoreUnavailableError('no')),
    };
    const deps = { store, waiting: new InMemoryJobQueue(), clock: new FixedClock(), retentionMs };
    const settling = settleRefusal({ kind: 'save' }, { message, again: false }, deps);
    await expect(settling).rejects.toThrow(StoreUnavailableError);
  });
});
