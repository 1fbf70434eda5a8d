import { describe, expect, test } from '@jest/globals';
import type { DeliveryState } from '../../../../shared/delivery/classify-delivery.ts';
import { resolveDelivery } from '../../../../shared/delivery/resolve-delivery.ts';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { dependent, dependents, itsWake } from '../../../fakes/dependents.ts';
import { FixedClock } from '../../../fakes/fixed.ts';
import { InMemoryJobQueue } from '../../../fakes/in-memory-job-queue.ts';
import { InMemoryJobStore } from '../../../fakes/in-memory-job-store.ts';
import {
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  retentionMs,
  t0,
} from '../../../fakes/samples.ts';

const message = aMessage();

/** Resolves a delivery in a state, when the table by now has `stored`. */
async function settle(state: DeliveryState, stored?: JobItem, { of = message, redelivered = false } = {}) {
  const store = new InMemoryJobStore();
  const waiting = new InMemoryJobQueue();
  store.items.set(dependent.id, dependent);
  if (stored) store.items.set(jobId, stored);
  const deps = { store, waiting, clock: new FixedClock(), retentionMs };
  const disposition = await resolveDelivery(state, { message: of, redelivered }, deps);
  return { disposition, item: store.items.get(jobId), woken: waiting.sent };
}

describe('a message that may not start its job', () => {
  test('that is obsolete is deleted, and the item stays as it was', async () => {
    const stored = aFailedItem({ dependents });
    const { disposition, item, woken } = await settle({ kind: 'obsolete', why: 'of no use' }, stored, {
      redelivered: true,
    });
    expect(disposition).toEqual({ kind: 'delete', why: 'of no use' });
    expect(woken).toEqual([]);
    expect(item).toBe(stored);
  });

  test.each(['leased', 'notDue'] as const)('that is %s is invisible until then', async (kind) => {
    const { disposition } = await settle({ kind, until: t0 + 4_321 });
    expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0 + 4_321, message });
  });

  test.each(['ownClaim', 'claimable'] as const)('that is "%s" comes again at once', async (kind) => {
    const state = kind === 'ownClaim' ? { kind, item: aRunningItem() } : { kind };
    const { disposition } = await settle(state);
    expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0, message });
  });

  test('of a job to be canceled cancels it, saves itself, wakes those that wait, and is deleted', async () => {
    const read = aRunningItem({ leaseUntil: t0, cancelRequested: true, dependents });
    const { disposition, item, woken } = await settle({ kind: 'canceling', item: read }, read);
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
    expect(item).toMatchObject({
      status: 'canceled',
      message: writeMessage(message),
      fencingToken: read.fencingToken,
    });
    expect(item?.cancelRequested).toBeUndefined();
    expect(item?.history.at(-1)).toEqual({ event: 'canceled', at: t0, attempt: 1 });
  });

  test('of a job without attempts left fails it, saves itself, wakes those that wait, and is deleted', async () => {
    const read = aRunningItem({ leaseUntil: t0, attempt: 3, dependents });
    const { disposition, item, woken } = await settle({ kind: 'exhausted', item: read }, read);
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(woken).toEqual([itsWake]);
    expect(item).toMatchObject({
      status: 'failed',
      error: { name: 'AttemptsExhaustedError' },
      message: writeMessage(message),
    });
  });

  test('of a canceled job saves itself and is deleted; the job stays as it was', async () => {
    const stored = aFailedItem({ status: 'canceled', message: undefined, dependents });
    const { disposition, item, woken } = await settle({ kind: 'canceledUnsaved' }, stored);
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
    expect(item).toEqual({ ...stored, message: writeMessage(message) });
  });

  test('of a job that was canceled by a function which died of it wakes those that wait', async () => {
    const stored = aFailedItem({ status: 'canceled', dependents });
    const { disposition, woken } = await settle(
      { kind: 'finished', item: stored, byCancelCall: true },
      stored,
    );
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
  });

  test.each(['succeeded', 'failed'] as const)(
    'of a job that is %s wakes those that wait if it was delivered before: it may be half done; and is deleted',
    async (status) => {
      const stored = aFailedItem({ status, dependents });
      for (const redelivered of [false, true]) {
        const state = { kind: 'finished', item: stored, byCancelCall: false } as const;
        const { disposition, item, woken } = await settle(state, stored, { redelivered });
        expect(disposition).toEqual({ kind: 'delete', why: `the job is ${status}` });
        expect(item).toBe(stored);
        expect(woken).toEqual(redelivered ? [itsWake] : []);
      }
    },
  );

  test("of the next run makes the user's retry and comes again at once, to be claimed", async () => {
    const next = aMessage({ run: 2 });
    const { disposition, item } = await settle({ kind: 'nextRun', item: aFailedItem() }, aFailedItem(), {
      of: next,
    });
    expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0, message: next });
    expect(item).toMatchObject({ status: 'queued', run: 2, attempt: 0, fencingToken: 3 });
  });

  const late: readonly [DeliveryState, JobItem][] = [
    [{ kind: 'canceling', item: aQueuedItem({ cancelRequested: true }) }, aQueuedItem()],
    [
      { kind: 'exhausted', item: aRunningItem({ attempt: 3 }) },
      aRunningItem({ attempt: 3, fencingToken: 2, leaseUntil: t0 }),
    ],
    [{ kind: 'exhausted', item: aRunningItem({ attempt: 3 }) }, aRunningItem({ attempt: 0, leaseUntil: t0 })],
    [{ kind: 'canceledUnsaved' }, aQueuedItem()],
    [{ kind: 'nextRun', item: aFailedItem() }, aFailedItem({ run: 2 })],
  ];
  test.each(late)(
    'decided on as %j comes again at once if the item changed meanwhile',
    async (state, stored) => {
      const { disposition, item, woken } = await settle(state, { ...stored, dependents });
      expect(disposition).toEqual({
        kind: 'return',
        why: 'the item changed meanwhile',
        visibleAt: t0,
        message,
      });
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
    const settling = resolveDelivery({ kind: 'canceledUnsaved' }, { message, redelivered: false }, deps);
    await expect(settling).rejects.toThrow(StoreUnavailableError);
  });
});
