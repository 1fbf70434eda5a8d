import { describe, expect, test } from '@jest/globals';
import { processArrival } from '../../../../shared/admission/process-arrival.ts';
import { classifyDelivery } from '../../../../shared/delivery/classify-delivery.ts';
import type { Disposition } from '../../../../shared/delivery/disposition.ts';
import { resolveDeadLetter } from '../../../../shared/delivery/resolve-dead-letter.ts';
import { currentVersion } from '../../../../shared/domain/base/version.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import type { Delivery } from '../../../../shared/domain/state/ports.ts';
import { processDelivery } from '../../../../shared/worker/attempt/process-delivery.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { admissionOnly } from '../../../set-ups/admission.ts';
import { batch, record } from '../../../set-ups/deliveries.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, jobId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

const stateOf = (item: JobItem | undefined, run = 1) =>
  classifyDelivery(item, { message: aMessage({ run }), now: t0, claimId: 'my claim' });

const leaseExpired = { leaseUntil: t0 };
const attemptsSpent = { attempt: 3, maxAttempts: 3 };

const cases: readonly [what: string, item: JobItem | undefined, kind: string][] = [
  ['there is no item', undefined, 'claimable'],
  ['the job is queued', aQueuedItem(), 'claimable'],
  ['the job is waiting', aQueuedItem({ status: 'waiting' }), 'claimable'],
  ['the job is due in this millisecond', aQueuedItem({ notBefore: t0 }), 'claimable'],
  ['the copy is older than the wait of the job', aQueuedItem({ left: 1 }), 'stray'],
  [
    'the copy is older than a wait that goes on',
    aQueuedItem({ status: 'waiting', left: 1, notBefore: t0 + 1 }),
    'stray',
  ],
  ['the job is due in the next millisecond', aQueuedItem({ notBefore: t0 + 1 }), 'notDue'],
  ['the item belongs to another request', aQueuedItem({ fingerprint: 'another' }), 'obsolete'],
  ["the item has this worker's claim", aRunningItem({ claimId: 'my claim' }), 'ownClaim'],
  [
    "the item has this worker's claim and its lease has expired",
    aRunningItem({ claimId: 'my claim', ...leaseExpired }),
    'ownClaim',
  ],
  ['the lease ends in the next millisecond', aRunningItem({ leaseUntil: t0 + 1 }), 'leased'],
  ['the lease ends in this millisecond', aRunningItem(leaseExpired), 'claimable'],
  [
    'the lease of the last attempt has expired',
    aRunningItem({ ...leaseExpired, ...attemptsSpent }),
    'exhausted',
  ],
  ['the lease of the last attempt has not expired', aRunningItem(attemptsSpent), 'leased'],
  ['a cancel was requested and the lease has not expired', aRunningItem({ cancelRequested: true }), 'leased'],
  [
    'a cancel was requested and the lease has expired',
    aRunningItem({ ...leaseExpired, cancelRequested: true }),
    'canceling',
  ],
  [
    'a cancel was requested and the lease of the last attempt has expired',
    aRunningItem({ ...leaseExpired, ...attemptsSpent, cancelRequested: true }),
    'canceling',
  ],
  ['a cancel was requested and the job is queued', aQueuedItem({ cancelRequested: true }), 'canceling'],
  [
    'a cancel was requested and the job is not due',
    aQueuedItem({ notBefore: t0 + 1, cancelRequested: true }),
    'canceling',
  ],
  ['the job has succeeded', aFailedItem({ status: 'succeeded', message: undefined }), 'finished'],
  ['the job has failed', aFailedItem(), 'finished'],
  ['the job was canceled and its message is saved', aFailedItem({ status: 'canceled' }), 'finished'],
  [
    'the job was canceled and its message is not saved',
    aFailedItem({ status: 'canceled', message: undefined }),
    'canceledUnsaved',
  ],
];

describe('classifyDelivery', () => {
  test.each(cases.map(([what, item, kind]) => [kind, what, item] as const))(
    'returns "%s" if %s',
    (kind, _what, item) => {
      expect(stateOf(item).kind).toBe(kind);
    },
  );

  test.each([
    ['nextRun', 'failed'],
    ['nextRun', 'canceled'],
    ['futureRun', 'succeeded'],
    ['futureRun', 'queued'],
    ['futureRun', 'running'],
  ] as const)('returns "%s" for a message of the next run of a %s job', (kind, status) => {
    expect(stateOf(aFailedItem({ status }), 2).kind).toBe(kind);
  });

  test('returns "futureRun" for a message of the run after the next of a failed job', () => {
    expect(stateOf(aFailedItem(), 3)).toEqual({ kind: 'futureRun', itemRun: 1 });
  });

  test.each(['queued', 'running', 'failed', 'canceled', 'succeeded'] as const)(
    'returns "obsolete" for a message of an earlier run of a %s job',
    (status) => {
      expect(stateOf(aFailedItem({ status, run: 2, message: undefined }), 1)).toEqual({
        kind: 'obsolete',
        why: 'the job was retried since',
      });
    },
  );

  test('returns "obsolete" for a message of another request, whatever its run', () => {
    const item = aFailedItem({ status: 'canceled', message: undefined, fingerprint: 'another' });
    for (const run of [1, 2])
      expect(stateOf(item, run)).toEqual({
        kind: 'obsolete',
        why: 'another request was accepted under this id, or the job was erased',
      });
  });

  test('returns the time until which the message must wait, and the item that it was compared with', () => {
    expect(stateOf(aRunningItem())).toEqual({ kind: 'leased', until: t0 + 60_000 });
    const item = aQueuedItem({ notBefore: t0 + 7 });
    expect(stateOf(item)).toEqual({ kind: 'notDue', until: t0 + 7, item });
    const exhausted = aRunningItem({ ...leaseExpired, ...attemptsSpent });
    expect(stateOf(exhausted)).toEqual({ kind: 'exhausted', item: exhausted });
    expect(stateOf(aFailedItem())).toEqual({ kind: 'finished', item: aFailedItem() });
  });

  test.each([
    ['there is no item', undefined, t0 + 7],
    ['the item has the same time', aQueuedItem({ status: 'waiting', runAt: t0 + 7 }), t0 + 7],
    ['the item has a later time', aQueuedItem({ status: 'waiting', runAt: t0 + 9 }), t0 + 9],
    ['the item has an earlier time', aQueuedItem({ runAt: t0 }), t0 + 7],
    ['the next attempt is due later', aQueuedItem({ runAt: t0 + 7, notBefore: t0 + 8 }), t0 + 8],
  ])(
    'returns "notDue" before the start time in the message, and "claimable" after it, if %s',
    (_what, item, until) => {
      const message = aMessage({ options: { maxAttempts: 3, runAt: t0 + 7 } });
      expect(classifyDelivery(item, { message, now: t0 })).toEqual({
        kind: 'notDue',
        until,
        ...(item ? { item } : {}),
      });
      expect(classifyDelivery(item, { message, now: until - 1 })).toEqual({
        kind: 'notDue',
        until,
        ...(item ? { item } : {}),
      });
      expect(classifyDelivery(item, { message, now: until })).toEqual({ kind: 'claimable' });
    },
  );

  test('returns "notDue" before the start time in the item if the message has none', () => {
    const item = aQueuedItem({ status: 'waiting', runAt: t0 + 1 });
    expect(stateOf(item)).toEqual({ kind: 'notDue', until: t0 + 1, item });
  });

  test('returns "leased" to a caller that has not claimed the job', () => {
    const withoutClaim = { message: aMessage(), now: t0 };
    expect(classifyDelivery(aRunningItem({ claimId: 'another claim' }), withoutClaim).kind).toBe('leased');
  });
});

const version = currentVersion + 1;

/** Each function that receives messages, with a table that has this item. */
function receivers(item?: JobItem) {
  const { deps, store, queue, clock } = aWorker();
  if (item) store.items.set(jobId, item);
  const admission = { ...deps, ...admissionOnly(queue) };
  const byName: Readonly<Record<string, (delivery: Delivery) => Promise<Disposition>>> = {
    worker: (delivery) => processDelivery(delivery, anInvocation(clock), deps),
    admission: (delivery) => processArrival(delivery, admission),
    'dead letter': (delivery) => resolveDeadLetter(delivery, deps),
  };
  return { byName, queue, store };
}

describe.each(['worker', 'admission', 'dead letter'])('the %s function', (name) => {
  test.each([1, 900])(
    'returns a newer message on receive %d, with a backoff, and logs it',
    async (receiveCount) => {
      const { byName, queue: own } = receivers();
      const body = JSON.stringify({ ...aMessage(), version });
      const sent = { ...record(1, { receiveCount }), body };
      const { process, queue, log } = batch(
        [sent],
        (delivery) => byName[name]?.(delivery) ?? Promise.reject(),
      );
      expect(await process()).toEqual(['message-1']);
      expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: expect.any(Number) }]);
      expect(queue.visibilityChanges[0]?.seconds).toBeGreaterThan(0);
      expect([...queue.sent, ...own.sent, ...own.quarantined]).toEqual([]);
      expect(log.lines.find(({ level }) => level === 'error')?.fields.error).toMatchObject({
        name: 'NewerVersionError',
        message: `the message has version ${version}, this code knows ${currentVersion}`,
      });
    },
  );

  test('returns a message whose item is newer, and leaves the item unchanged', async () => {
    const newer = { ...aQueuedItem(), version } as never;
    const { byName, store } = receivers(newer);
    const { process, log } = batch([record(1)], (delivery) => byName[name]?.(delivery) ?? Promise.reject());
    expect(await process()).toEqual(['message-1']);
    expect(store.items.get(jobId)).toBe(newer);
    expect(JSON.stringify(log.lines.map(({ fields }) => String(fields.error)))).toContain(
      'NewerVersionError',
    );
  });
});

const look = (item: JobItem, run: number) => classifyDelivery(item, { message: aMessage({ run }), now: t0 });

// A table that was restored from a backup is older than its queues.
describe('a message of a run that its item does not know', () => {
  test.each([
    ['two runs ahead of a failed job', aFailedItem(), 3],
    ['one run ahead of a queued job', aQueuedItem(), 2],
    ['one run ahead of a running job', aRunningItem(), 2],
    ['one run ahead of a succeeded job', aFailedItem({ status: 'succeeded', message: undefined }), 2],
  ])('is recognized: %s', (_what, item, run) => {
    expect(look(item, run)).toEqual({ kind: 'futureRun', itemRun: 1 });
  });

  test('is the next run if the job can be retried', () => {
    expect(look(aFailedItem(), 2)).toEqual({ kind: 'nextRun', item: aFailedItem() });
  });

  test('is the next run of a child that was not made again in the rounds before', () => {
    const parent = { id: jobId, batch: jobId, index: 0, shard: 0, depth: 1 };
    const delivered = { message: aMessage({ run: 3, parent }), now: t0 };
    expect(classifyDelivery(aFailedItem(), delivered).kind).toBe('nextRun');
    expect(classifyDelivery(aRunningItem(), delivered).kind).toBe('futureRun');
  });

  const item = aQueuedItem({ status: 'running', leaseUntil: t0 + 1_000 });
  const reason = 'the message is of run 7, the item of run 1';

  function receive(name: string, { receiveCount = 1, isOrdered = false } = {}) {
    const { deps, store, clock } = aWorker({ isOrdered });
    store.items.set(jobId, item);
    const body = writeMessage(aMessage({ run: 7 }));
    const { process, queue, log } = batch(
      [{ ...record(1, { receiveCount }), body }],
      (delivery) => decide(delivery),
      { isOrdered },
    );
    const own = { ...deps, queue };
    const admission = { ...own, ...admissionOnly(queue) };
    const byName: Readonly<Record<string, (delivery: Delivery) => Promise<Disposition>>> = {
      worker: (delivery) => processDelivery(delivery, anInvocation(clock), own),
      admission: (delivery) => processArrival(delivery, admission),
      'dead letter': (delivery) => resolveDeadLetter(delivery, own),
    };
    const decide = (delivery: Delivery) => byName[name]?.(delivery) ?? Promise.reject();
    return { process, queue, log, body, stored: () => store.items.get(jobId) };
  }

  test.each(['worker', 'admission'])('is returned with a backoff by the %s', async (name) => {
    const { process, queue, log, stored } = receive(name, { receiveCount: 4 });
    expect(await process()).toEqual(['message-1']);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 8 }]);
    expect(log.lines.find(({ level }) => level === 'error')?.fields.error).toMatchObject({ message: reason });
    expect(stored()).toBe(item);
  });

  test.each([
    ['worker', 900, false],
    ['worker', 900, true],
    ['admission', 900, false],
    ['dead letter', 1, false],
  ])(
    'goes to quarantine at the end, with both runs: %s, receive %d, ordered: %s',
    async (name, receiveCount, isOrdered) => {
      const { process, queue, body, stored } = receive(name, { receiveCount, isOrdered });
      expect(await process()).toEqual([]);
      expect(queue.quarantined).toEqual([{ body, reason }]);
      expect(queue.sent).toEqual([]);
      expect(stored()).toBe(item);
    },
  );
});
