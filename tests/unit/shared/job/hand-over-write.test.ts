import { describe, expect, test } from '@jest/globals';
import { handOverWrite } from '../../../../shared/job/holder-writes.ts';
import type { HistoryEntry, JobItem } from '../../../../shared/job/item.ts';
import { claimWrite } from '../../../../shared/job/message-writes.ts';
import { itemAfter } from '../../../fakes/item-after.ts';
import {
  aLease,
  aMessage,
  aQueuedItem,
  aRunningItem,
  firstToken,
  leaseMs,
  t0,
} from '../../../fakes/samples.ts';

const now = t0 + 50_000;
const progress = { percent: 20, message: null };
const told = { now, checkpoint: '{"passed":2}', progress };

const handedOver = (item: JobItem, more: { wakeAt?: number } = {}, stored = item) =>
  itemAfter(handOverWrite(aLease(item), { ...told, ...more }), stored);

describe('a hand-over', () => {
  test('leaves nothing to a claim that was held up on its way, and all to the next one', async () => {
    const claim = (claimId: string, at: number) => claimWrite(aMessage(), { now: at, claimId, leaseMs });
    const claimed = await itemAfter(claim('first', t0), aQueuedItem());
    if (!claimed) throw new Error('the claim is refused');
    const item = await handedOver(claimed);
    expect(await itemAfter(claim('first', t0), item)).toBeUndefined();
    expect(await itemAfter(claim('next', now), item)).toMatchObject({
      status: 'running',
      fencingToken: firstToken + 2,
    });
  });

  test('gives the job back at once, with what it saved and all its attempts', async () => {
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

  test('for a sleep lets the job wait until its time', async () => {
    const item = await handedOver(aRunningItem(), { wakeAt: now + 3_600_000 });
    expect(item).toMatchObject({ status: 'waiting', notBefore: now + 3_600_000, attempt: 0, slices: 1 });
  });

  test('keeps what was saved before if nothing was since', async () => {
    const item = aRunningItem({ checkpoint: 'older', progress });
    const write = handOverWrite(aLease(item), { now, checkpoint: undefined, progress: undefined });
    expect(await itemAfter(write, item)).toMatchObject({ checkpoint: 'older', progress });
  });

  test.each([{}, { wakeAt: now + 1 }])(
    'is refused to who lost the lease, and when a cancel was requested: %j',
    async (more) => {
      expect(
        await handedOver(aRunningItem(), more, aRunningItem({ fencingToken: firstToken + 2 })),
      ).toBeUndefined();
      expect(await handedOver(aRunningItem(), more, aRunningItem({ cancelRequested: true }))).toBeUndefined();
      const item = await handedOver(aRunningItem(), more);
      expect(await handedOver(aRunningItem(), more, item)).toBeUndefined();
    },
  );
});

describe('the history of a job that is handed over', () => {
  const started = (at: number): HistoryEntry => ({ event: 'started', at });
  const retrying = (at: number): HistoryEntry => ({ event: 'retrying', at, attempt: 1, error: 'no' });
  const passed = (at: number): HistoryEntry => ({ event: 'handed-over', at, attempt: 0 });
  const historyAfter = async (history: readonly HistoryEntry[]) =>
    (await handedOver(aRunningItem({ history: [...history] })))?.history;

  test('tells of the first time, and when', async () => {
    expect(await historyAfter([started(1)])).toEqual([started(1), passed(now)]);
  });

  test('tells only of the latest of many in a row', async () => {
    const before = [started(1), passed(2), started(3)];
    expect(await historyAfter(before)).toEqual([started(1), passed(now)]);
  });

  test('keeps what went wrong in between', async () => {
    const before = [started(1), passed(2), started(3), retrying(4), started(5)];
    expect(await historyAfter(before)).toEqual([...before, passed(now)]);
    const crashed = [started(1), passed(2), started(3), started(4)];
    expect(await historyAfter(crashed)).toEqual([...crashed, passed(now)]);
  });
});
