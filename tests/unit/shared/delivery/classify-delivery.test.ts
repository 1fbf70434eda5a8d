import { describe, expect, test } from '@jest/globals';
import { classifyDelivery } from '../../../../shared/delivery/classify-delivery.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, t0 } from '../../../fakes/samples.ts';

const stateOf = (item: JobItem | undefined, run = 1) =>
  classifyDelivery(item, { message: aMessage({ run }), now: t0, claimId: 'my claim' });

const dead = { leaseUntil: t0 };
const spent = { attempt: 3, maxAttempts: 3 };

const kinds: readonly [what: string, item: JobItem | undefined, kind: string][] = [
  ['no item at all', undefined, 'claimable'],
  ['a queued job', aQueuedItem(), 'claimable'],
  ['a waiting job', aQueuedItem({ status: 'waiting' }), 'claimable'],
  ['a job that is due this very millisecond', aQueuedItem({ notBefore: t0 }), 'claimable'],
  ['a job that is due in a millisecond', aQueuedItem({ notBefore: t0 + 1 }), 'notDue'],
  ['a queued job of another request', aQueuedItem({ fingerprint: 'another' }), 'obsolete'],
  ['my own claim', aRunningItem({ claimId: 'my claim' }), 'ownClaim'],
  ['my own claim, whose lease has run out', aRunningItem({ claimId: 'my claim', ...dead }), 'ownClaim'],
  ['a lease with a millisecond to live', aRunningItem({ leaseUntil: t0 + 1 }), 'leased'],
  ['a lease that ends this very millisecond', aRunningItem(dead), 'claimable'],
  ['a lease that is over, with attempts spent', aRunningItem({ ...dead, ...spent }), 'exhausted'],
  ['a lease that is alive, with attempts spent', aRunningItem(spent), 'leased'],
  ['a lease that is alive, with a cancel requested', aRunningItem({ cancelRequested: true }), 'leased'],
  [
    'a lease that is over, with a cancel requested',
    aRunningItem({ ...dead, cancelRequested: true }),
    'canceling',
  ],
  [
    'a lease over, spent and canceling',
    aRunningItem({ ...dead, ...spent, cancelRequested: true }),
    'canceling',
  ],
  ['a queued job with a cancel requested', aQueuedItem({ cancelRequested: true }), 'canceling'],
  [
    'a job not due, with a cancel requested',
    aQueuedItem({ notBefore: t0 + 1, cancelRequested: true }),
    'canceling',
  ],
  ['a succeeded job', aFailedItem({ status: 'succeeded', message: undefined }), 'finished'],
  ['a failed job', aFailedItem(), 'finished'],
  ['a canceled job that has its message', aFailedItem({ status: 'canceled' }), 'finished'],
  [
    'a canceled job without its message',
    aFailedItem({ status: 'canceled', message: undefined }),
    'canceledUnsaved',
  ],
];

describe('a message that may not start its job', () => {
  test.each(kinds)('finds %s: %j', (_what, item, kind) => {
    expect(stateOf(item).kind).toBe(kind);
  });

  test.each([
    ['failed', 'nextRun'],
    ['canceled', 'nextRun'],
    ['succeeded', 'futureRun'],
    ['queued', 'futureRun'],
    ['running', 'futureRun'],
  ] as const)('of the next run finds a job that is %s: %s', (status, kind) => {
    expect(stateOf(aFailedItem({ status }), 2).kind).toBe(kind);
  });

  test('of the run after the next finds nothing to do with a failed job', () => {
    expect(stateOf(aFailedItem(), 3)).toEqual({ kind: 'futureRun', itemRun: 1 });
  });

  test.each(['queued', 'running', 'failed', 'canceled', 'succeeded'] as const)(
    'of an earlier run is dropped, be the job %s',
    (status) => {
      expect(stateOf(aFailedItem({ status, run: 2, message: undefined }), 1)).toEqual({
        kind: 'obsolete',
        why: 'the job was retried since',
      });
    },
  );

  test('of another request is dropped, whatever its run and the state', () => {
    const item = aFailedItem({ status: 'canceled', message: undefined, fingerprint: 'another' });
    for (const run of [1, 2])
      expect(stateOf(item, run)).toEqual({
        kind: 'obsolete',
        why: 'another request was accepted under this id',
      });
  });

  test('is told until when, and given the item that was decided on', () => {
    expect(stateOf(aRunningItem())).toEqual({ kind: 'leased', until: t0 + 60_000 });
    const item = aQueuedItem({ notBefore: t0 + 7 });
    expect(stateOf(item)).toEqual({ kind: 'notDue', until: t0 + 7, item });
    const exhausted = aRunningItem({ ...dead, ...spent });
    expect(stateOf(exhausted)).toEqual({ kind: 'exhausted', item: exhausted });
    expect(stateOf(aFailedItem())).toEqual({ kind: 'finished', item: aFailedItem(), byCancelCall: false });
  });

  test.each([
    ['there is no item yet', undefined, t0 + 7],
    ['the item says the same', aQueuedItem({ status: 'waiting', runAt: t0 + 7 }), t0 + 7],
    ['the item has another time, of another copy', aQueuedItem({ status: 'waiting', runAt: t0 + 9 }), t0 + 9],
    ['the item is of a time before', aQueuedItem({ runAt: t0 }), t0 + 7],
    ['it is to be tried again only later', aQueuedItem({ runAt: t0 + 7, notBefore: t0 + 8 }), t0 + 8],
  ])('and comes before the time it was submitted for is not due: %s', (_what, item, until) => {
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
  });

  test('of a job whose item alone has a time heeds that', () => {
    const item = aQueuedItem({ status: 'waiting', runAt: t0 + 1 });
    expect(stateOf(item)).toEqual({ kind: 'notDue', until: t0 + 1, item });
  });

  test('of whom nobody claimed anything is never the owner', () => {
    const look = { message: aMessage(), now: t0 };
    expect(classifyDelivery(aRunningItem({ claimId: 'another claim' }), look).kind).toBe('leased');
  });
});
