import { describe, expect, test } from '@jest/globals';
import { classifyDelivery, type DeliveryState } from '../../../../shared/delivery/classify-delivery.ts';
import type { Disposition } from '../../../../shared/delivery/disposition.ts';
import { failUnclaimed, resolveDelivery } from '../../../../shared/delivery/resolve-delivery.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import type { Delivery } from '../../../../shared/domain/state/ports.ts';
import { processDelivery } from '../../../../shared/worker/attempt/process-delivery.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
} from '../../../../testkit/fakes/in-memory-queues.ts';
import { noChildren } from '../../../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../../../testkit/fakes/recorded-meters.ts';
import { batch, record } from '../../../set-ups/deliveries.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aGrouping } from '../../../set-ups/grouping.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  retentionMs,
} from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

const common = {
  ...noChildren(),
  objects: new InMemoryObjectStore(),
  clock: new FixedClock(),
  log: recordedLog(),
  meter: new RecordedMeters().on('standard'),
  retentionMs,
};

describe('resolveDelivery', () => {
  const message = aMessage();

  /** Resolves a delivery in a state. The table has the item `stored`, which may have changed since the state was read. */
  async function resolve(
    state: DeliveryState,
    stored?: JobItem,
    { of = message, beforeCancel = async (): Promise<Disposition | undefined> => undefined } = {},
  ) {
    const store = new InMemoryJobStore();
    const pointers = new InMemoryPointerQueue();
    store.items.set(dependent.id, dependent);
    if (stored) store.items.set(jobId, stored);
    const notifications = new InMemoryNotificationQueue();
    const { grouping } = aGrouping();
    const deps = { ...common, store, pointers, notifications, grouping, beforeCancel };
    const disposition = await resolveDelivery(state, { message: of }, deps);
    return { disposition, item: store.items.get(jobId), woken: pointers.sent, observed: notifications.sent };
  }

  test('deletes an obsolete message and leaves the item unchanged', async () => {
    const stored = aFailedItem({ dependents });
    const { disposition, item, woken } = await resolve({ kind: 'obsolete', why: 'it is outdated' }, stored);
    expect(disposition).toEqual({ kind: 'delete', why: 'it is outdated' });
    expect(woken).toEqual([]);
    expect(item).toBe(stored);
  });

  test.each(['leased', 'notDue'] as const)(
    'returns a message whose job is in the state "%s" until the given time',
    async (kind) => {
      const { disposition } = await resolve({ kind, until: t0 + 4_321 });
      expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0 + 4_321, message });
    },
  );

  test.each(['ownClaim', 'claimable'] as const)(
    'returns a message whose job is in the state "%s" at once',
    async (kind) => {
      const state = kind === 'ownClaim' ? { kind, item: aRunningItem() } : { kind };
      const { disposition } = await resolve(state);
      expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0, message });
    },
  );

  test('carries out a requested cancel, saves the message, wakes the dependents and deletes the message', async () => {
    const read = aRunningItem({ leaseUntil: t0, cancelRequested: true, dependents });
    const { disposition, item, woken } = await resolve({ kind: 'canceling', item: read }, read);
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

  test('fails a job without attempts left, saves the message, wakes the dependents and deletes the message', async () => {
    const read = aRunningItem({ leaseUntil: t0, attempt: 3, dependents });
    const { disposition, item, woken } = await resolve({ kind: 'exhausted', item: read }, read);
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(woken).toEqual([itsWake]);
    expect(item).toMatchObject({
      status: 'failed',
      error: { name: 'AttemptsExhaustedError' },
      message: writeMessage(message),
    });
  });

  test('saves the message of a canceled job, changes nothing else in the item, and deletes the message', async () => {
    const stored = aFailedItem({ status: 'canceled', message: undefined, dependents });
    const { disposition, item, woken } = await resolve({ kind: 'canceledUnsaved' }, stored);
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
    expect(item).toEqual({ ...stored, message: writeMessage(message) });
  });

  test('wakes the dependents of a canceled job, because the function that canceled it may have crashed', async () => {
    const stored = aFailedItem({ status: 'canceled', dependents });
    const { disposition, woken } = await resolve({ kind: 'finished', item: stored }, stored);
    expect(disposition).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(woken).toEqual([itsWake]);
  });

  test.each(['succeeded', 'failed'] as const)(
    'deletes the message of a job that has %s, and wakes the dependents: the function that ended it may have crashed',
    async (status) => {
      const stored = aFailedItem({ status, dependents });
      const { disposition, item, woken } = await resolve({ kind: 'finished', item: stored }, stored);
      expect(disposition).toEqual({ kind: 'delete', why: `the job is ${status}` });
      expect(item).toBe(stored);
      expect(woken).toEqual([itsWake]);
    },
  );

  test("makes the user's retry if the message is of the next run, and returns the message at once", async () => {
    const next = aMessage({ run: 2 });
    const { disposition, item } = await resolve({ kind: 'nextRun', item: aFailedItem() }, aFailedItem(), {
      of: next,
    });
    expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0, message: next });
    expect(item).toMatchObject({ status: 'queued', run: 2, attempt: 0, fencingToken: 3 });
  });

  test("makes no user's retry before the end of the last run is told: the next run forgets it", async () => {
    const ended = aFailedItem({ notify: [{ event: true }] });
    const { deps, stored } = arrival(ended);
    deps.notifications.isFailing = true;
    const received = { message: aMessage({ run: 2 }) };
    const resolving = resolveDelivery({ kind: 'nextRun', item: ended }, received, deps);
    await expect(resolving).rejects.toThrow(QueueUnavailableError);
    expect(stored()).toBe(ended);
  });

  test("makes no user's retry before the roots of its batches are kept: the next run may ask for them late", async () => {
    const ended = aFailedItem();
    const { deps, stored } = arrival(ended);
    const runsAgain = async () => {
      throw new StoreUnavailableError('no');
    };
    const received = { message: aMessage({ run: 2 }) };
    const failing = { ...deps, family: { ...deps.family, runsAgain } };
    const resolving = resolveDelivery({ kind: 'nextRun', item: ended }, received, failing);
    await expect(resolving).rejects.toThrow(StoreUnavailableError);
    expect(stored()).toBe(ended);
  });

  const outdatedStates: readonly [what: string, DeliveryState, stored: JobItem][] = [
    [
      'the requested cancel was undone',
      { kind: 'canceling', item: aQueuedItem({ cancelRequested: true }) },
      aQueuedItem(),
    ],
    [
      'another worker has claimed the exhausted job',
      { kind: 'exhausted', item: aRunningItem({ attempt: 3 }) },
      aRunningItem({ attempt: 3, fencingToken: 2, leaseUntil: t0 }),
    ],
    [
      'the exhausted job got new attempts',
      { kind: 'exhausted', item: aRunningItem({ attempt: 3 }) },
      aRunningItem({ attempt: 0, leaseUntil: t0 }),
    ],
    ['the canceled job was retried', { kind: 'canceledUnsaved' }, aQueuedItem()],
    ['the next run was started', { kind: 'nextRun', item: aFailedItem() }, aFailedItem({ run: 2 })],
  ];
  test.each(outdatedStates)(
    'returns the message at once and changes nothing if %s meanwhile',
    async (_what, state, stored) => {
      const { disposition, item, woken } = await resolve(state, { ...stored, dependents });
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

  test('throws if the table cannot be reached', async () => {
    const store = {
      keepsMessages: true as const,
      read: () => Promise.reject(),
      write: () => Promise.reject(new StoreUnavailableError('no')),
    };
    const deps = {
      ...common,
      store,
      pointers: new InMemoryPointerQueue(),
      notifications: new InMemoryNotificationQueue(),
      grouping: aGrouping().grouping,
      beforeCancel: async () => undefined,
    };
    const resolving = resolveDelivery({ kind: 'canceledUnsaved' }, { message }, deps);
    await expect(resolving).rejects.toThrow(StoreUnavailableError);
  });
});

const startBefore = t0;
const mayStartLate = true;

/** A message whose job has this item, and another that depends on it. */
function arrival(item?: JobItem) {
  const store = new InMemoryJobStore();
  const pointers = new InMemoryPointerQueue();
  store.items.set(dependent.id, dependent);
  if (item) store.items.set(jobId, item);
  const objects = new InMemoryObjectStore();
  const notifications = new InMemoryNotificationQueue();
  const beforeCancel = async () => undefined;
  const { grouping } = aGrouping();
  const ports = { store, pointers, notifications, grouping, objects };
  const [log, meters] = [recordedLog(), new RecordedMeters()];
  const observed = { log, meter: meters.on('standard') };
  const deps = { ...noChildren(), ...ports, ...observed, beforeCancel, clock: new FixedClock(), retentionMs };
  return { deps, pointers, log, meters, stored: () => store.items.get(jobId) };
}

describe('late delivery', () => {
  /** The time in which its job has to start is over. */
  const message = aMessage({ options: { maxAttempts: 3, startBefore: t0 } });

  const kindOf = (item: JobItem | undefined, now = t0) => classifyDelivery(item, { message, now }).kind;

  describe('classifyDelivery, when the time is over in which a job has to start,', () => {
    test.each([
      ['late', 'has no item', undefined],
      ['late', 'is queued', aQueuedItem({ startBefore })],
      ['late', 'is waiting', aQueuedItem({ startBefore, status: 'waiting' })],
      ['late', 'is not due by its item', aQueuedItem({ startBefore, status: 'waiting', runAt: t0 + 1 })],
      ['claimable', 'has started, and is queued again', aQueuedItem({ startBefore, mayStartLate })],
      ['notDue', 'has started, and sleeps', aQueuedItem({ startBefore, mayStartLate, notBefore: t0 + 1 })],
      ['leased', 'runs', aRunningItem({ startBefore, mayStartLate })],
      ['claimable', 'has lost its worker', aRunningItem({ startBefore, mayStartLate, leaseUntil: t0 })],
      ['canceling', 'is to be canceled', aQueuedItem({ startBefore, cancelRequested: true })],
      ['finished', 'has failed', aFailedItem({ startBefore })],
      ['canceledUnsaved', 'was canceled', aFailedItem({ status: 'canceled', message: undefined })],
      ['obsolete', 'was retried', aQueuedItem({ startBefore, mayStartLate, run: 2 })],
      ['obsolete', 'is of another request', aQueuedItem({ fingerprint: 'another' })],
      ['obsolete', 'was erased', aFailedItem({ fingerprint: 'erased', erased: true })],
    ] as const)('returns "%s" if it %s', (kind, _what, item) => {
      expect(kindOf(item)).toBe(kind);
    });

    test('returns "claimable" in the millisecond before', () => {
      for (const item of [undefined, aQueuedItem({ startBefore })])
        expect(kindOf(item, t0 - 1)).toBe('claimable');
    });
  });

  const late = { status: 'failed', error: { name: 'NotStartedInTimeError' }, message: writeMessage(message) };
  const undeliverable = { name: 'DeadLetterError', message: 'no' };

  describe('a message that is late', () => {
    test.each([
      ['resolveDelivery', resolveDelivery],
      ['failUnclaimed', undefined],
    ])(
      'makes %s fail its job, save the message, wake the dependents and delete the message',
      async (_name, resolve) => {
        const { deps, pointers, stored } = arrival(aQueuedItem({ startBefore, dependents }));
        const received = { message };
        const disposition = await (resolve
          ? resolve({ kind: 'late', item: stored() }, received, deps)
          : failUnclaimed({ ...received, error: undeliverable }, deps));
        expect(disposition).toEqual({ kind: 'delete', why: 'the job is failed' });
        expect(stored()).toMatchObject(late);
        expect(pointers.sent).toEqual([itsWake]);
      },
    );

    test('makes the item of a job that has none', async () => {
      const { deps, stored } = arrival();
      await resolveDelivery({ kind: 'late', item: undefined }, { message }, deps);
      expect(stored()).toMatchObject({
        ...late,
        startBefore,
        tenant: 'a tenant',
        createdAt: message.submittedAt,
      });
    });

    test('is returned at once if the job was started, or retried, while it was read', async () => {
      for (const item of [aRunningItem({ mayStartLate }), aQueuedItem({ mayStartLate })]) {
        const { deps, stored } = arrival(item);
        const disposition = await resolveDelivery({ kind: 'late', item }, { message }, deps);
        expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0, message });
        expect(stored()).toEqual(item);
      }
    });
  });

  test('a message of an erased job is deleted, and wakes nobody: who erased the job has', async () => {
    const erased = aFailedItem({ fingerprint: 'erased', erased: true });
    const { deps, pointers, stored } = arrival(erased);
    const disposition = await failUnclaimed({ message, error: undeliverable }, deps);
    expect(disposition.kind).toBe('delete');
    expect(stored()).toEqual(erased);
    expect(pointers.sent).toEqual([]);
  });
});

describe('requeued wake', () => {
  test('a message that was requeued after its job had ended unnoticed still wakes the dependents of the job', async () => {
    const { deps, store, pointers, clock } = aWorker();
    store.items.set(jobId, aQueuedItem({ dependents }));
    store.items.set(dependent.id, dependent);
    let answerLost = false;
    const losingAnswer = {
      keepsMessages: true as const,
      read: (id: string) => store.read(id),
      write: async (write: Parameters<typeof store.write>[0]) => {
        const item = await store.write(write);
        if (write.transition !== 'succeed' || answerLost) return item;
        answerLost = true;
        throw new StoreUnavailableError('stored, but the answer was lost');
      },
    };
    const deliver = (delivery: Partial<Delivery>) =>
      processDelivery(aDelivery(delivery), anInvocation(clock), { ...deps, store: losingAnswer });
    const { process, queue } = batch([record(1, { receiveCount: 900 })], deliver);
    const processing = process();
    await clock.advance(60_000);
    expect(await processing).toEqual([]);
    const [requeued] = queue.sent;
    if (!requeued) throw new Error('the message was not requeued');
    await deliver({ body: writeMessage(requeued.message), receiveCount: 1 });
    expect(store.items.get(jobId)?.status).toBe('succeeded');
    expect(pointers.sent).toEqual([itsWake]);
  });
});
