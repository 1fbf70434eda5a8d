import { describe, expect, test } from '@jest/globals';
import { classifyDelivery } from '../../../../shared/delivery/classify-delivery.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem } from '../../../set-ups/samples.ts';

const stateOf = (item: JobItem | undefined, run = 1) =>
  classifyDelivery(item, { message: aMessage({ run }), now: t0, claimId: 'my claim' });

const leaseExpired = { leaseUntil: t0 };
const attemptsSpent = { attempt: 3, maxAttempts: 3 };

const cases: readonly [what: string, item: JobItem | undefined, kind: string][] = [
  ['there is no item', undefined, 'claimable'],
  ['the job is queued', aQueuedItem(), 'claimable'],
  ['the job is waiting', aQueuedItem({ status: 'waiting' }), 'claimable'],
  ['the job is due in this millisecond', aQueuedItem({ notBefore: t0 }), 'claimable'],
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
    expect(stateOf(aFailedItem())).toEqual({ kind: 'finished', item: aFailedItem(), byCancelCall: false });
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
