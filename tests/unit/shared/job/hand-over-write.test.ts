import { describe, expect, test } from '@jest/globals';
import { handOverWrite } from '../../../../shared/job/holder-writes.ts';
import type { HistoryEntry, JobItem } from '../../../../shared/job/item.ts';
import { claimWrite } from '../../../../shared/job/message-writes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
import {
  aLease,
  aMessage,
  aQueuedItem,
  aRunningItem,
  firstToken,
  leaseMs,
} from '../../../set-ups/samples.ts';

const now = t0 + 50_000;
const progress = { percent: 20, message: null };
const report = { now, checkpoint: '{"passed":2}', progress };

const handedOver = (item: JobItem, sleep: { wakeAt?: number } = {}, stored = item) =>
  itemAfter(handOverWrite(aLease(item), { ...report, ...sleep }), stored);

describe('the hand-over write', () => {
  test('makes a delayed repetition of the earlier claim fail, but not the next claim', async () => {
    const claim = (claimId: string, at: number) => claimWrite(aMessage(), { now: at, claimId, leaseMs });
    const claimed = await itemAfter(claim('first', t0), aQueuedItem());
    if (!claimed) throw new Error('the claim was refused');
    const item = await handedOver(claimed);
    expect(await itemAfter(claim('first', t0), item)).toBeUndefined();
    expect(await itemAfter(claim('next', now), item)).toMatchObject({
      status: 'running',
      fencingToken: firstToken + 2,
    });
  });

  test('queues the job with its checkpoint and its progress, and with attempt 0', async () => {
    const item = await handedOver(
      aRunningItem({ attempt: 3, fencingToken: 7, slices: 4, checkpoint: 'older' }),
    );
    expect(item).toMatchObject({
      status: 'queued',
      attempt: 0,
      fencingToken: 7,
      slices: 5,
      checkpoint: '{"passed":2}',
      progress,
      updatedAt: now,
    });
    for (const key of ['claimId', 'leaseUntil', 'finishedAt', 'message'])
      expect(item).not.toHaveProperty(key);
  });

  test('marks a job that sleeps as waiting until its wake time', async () => {
    const item = await handedOver(aRunningItem(), { wakeAt: now + 3_600_000 });
    expect(item).toMatchObject({ status: 'waiting', notBefore: now + 3_600_000, attempt: 0, slices: 1 });
  });

  test('keeps the earlier checkpoint and progress if the slice reported none', async () => {
    const item = aRunningItem({ checkpoint: 'older', progress });
    const write = handOverWrite(aLease(item), { now, checkpoint: undefined, progress: undefined });
    expect(await itemAfter(write, item)).toMatchObject({ checkpoint: 'older', progress });
  });

  test.each([
    ['the next slice', {}],
    ['a sleep', { wakeAt: now + 1 }],
  ])(
    'is refused for %s if the lease was lost, if a cancel was requested, or if it is made a second time',
    async (_what, sleep) => {
      expect(
        await handedOver(aRunningItem(), sleep, aRunningItem({ fencingToken: firstToken + 2 })),
      ).toBeUndefined();
      expect(
        await handedOver(aRunningItem(), sleep, aRunningItem({ cancelRequested: true })),
      ).toBeUndefined();
      const item = await handedOver(aRunningItem(), sleep);
      expect(await handedOver(aRunningItem(), sleep, item)).toBeUndefined();
    },
  );
});

describe('the history of a job that was handed over', () => {
  const started = (at: number): HistoryEntry => ({ event: 'started', at });
  const retrying = (at: number): HistoryEntry => ({ event: 'retrying', at, attempt: 1, error: 'no' });
  const handedOverAt = (at: number): HistoryEntry => ({ event: 'handed-over', at, attempt: 0 });
  const historyAfter = async (history: readonly HistoryEntry[]) =>
    (await handedOver(aRunningItem({ history: [...history] })))?.history;

  test('has an entry for the first hand-over', async () => {
    expect(await historyAfter([started(1)])).toEqual([started(1), handedOverAt(now)]);
  });

  test('has only the latest of several hand-overs in a row', async () => {
    const before = [started(1), handedOverAt(2), started(3)];
    expect(await historyAfter(before)).toEqual([started(1), handedOverAt(now)]);
  });

  test('keeps the failed and crashed attempts between hand-overs', async () => {
    const before = [started(1), handedOverAt(2), started(3), retrying(4), started(5)];
    expect(await historyAfter(before)).toEqual([...before, handedOverAt(now)]);
    const crashed = [started(1), handedOverAt(2), started(3), started(4)];
    expect(await historyAfter(crashed)).toEqual([...crashed, handedOverAt(now)]);
  });
});
