import { describe, expect, test } from '@jest/globals';
import { classifyDelivery } from '../../../../shared/delivery/classify-delivery.ts';
import { failUnclaimed, resolveDelivery } from '../../../../shared/delivery/resolve-delivery.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';

import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import { InMemoryJobQueue, InMemoryNotificationQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import {
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  retentionMs,
} from '../../../set-ups/samples.ts';

/** The time in which its job has to start is over. */
const message = aMessage({ options: { maxAttempts: 3, startBefore: t0 } });
const startBefore = t0;
const mayStartLate = true;

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

/** A message whose job has this item, and another that depends on it. */
function arrival(item?: JobItem) {
  const store = new InMemoryJobStore();
  const waiting = new InMemoryJobQueue();
  store.items.set(dependent.id, dependent);
  if (item) store.items.set(jobId, item);
  const objects = new InMemoryObjectStore();
  const notifications = new InMemoryNotificationQueue();
  const beforeCancel = async () => undefined;
  const ports = { store, waiting, notifications, objects };
  const deps = { ...ports, beforeCancel, clock: new FixedClock(), log: recordedLog(), retentionMs };
  return { deps, waiting, stored: () => store.items.get(jobId) };
}

const late = { status: 'failed', error: { name: 'NotStartedInTimeError' }, message: writeMessage(message) };
const undeliverable = { name: 'DeadLetterError', message: 'no' };

describe('a message that is late', () => {
  test.each([
    ['resolveDelivery', resolveDelivery],
    ['failUnclaimed', undefined],
  ])(
    'makes %s fail its job, save the message, wake the dependents and delete the message',
    async (_name, resolve) => {
      const { deps, waiting, stored } = arrival(aQueuedItem({ startBefore, dependents }));
      const received = { message, redelivered: false };
      const disposition = await (resolve
        ? resolve({ kind: 'late' }, received, deps)
        : failUnclaimed({ ...received, error: undeliverable }, deps));
      expect(disposition).toEqual({ kind: 'delete', why: 'the job is failed' });
      expect(stored()).toMatchObject(late);
      expect(waiting.sent).toEqual([itsWake]);
    },
  );

  test('makes the item of a job that has none', async () => {
    const { deps, stored } = arrival();
    await resolveDelivery({ kind: 'late' }, { message, redelivered: false }, deps);
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
      const disposition = await resolveDelivery({ kind: 'late' }, { message, redelivered: false }, deps);
      expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0, message });
      expect(stored()).toEqual(item);
    }
  });
});

test('a message of an erased job is deleted, and wakes nobody: who erased the job has', async () => {
  const erased = aFailedItem({ fingerprint: 'erased', erased: true });
  const { deps, waiting, stored } = arrival(erased);
  const disposition = await failUnclaimed({ message, redelivered: true, error: undeliverable }, deps);
  expect(disposition.kind).toBe('delete');
  expect(stored()).toEqual(erased);
  expect(waiting.sent).toEqual([]);
});
