import { describe, expect, test } from '@jest/globals';
import {
  type HistoryEntry,
  isPostponed,
  type JobItem,
} from '../../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../../shared/domain/state/job/message.ts';
import { reviveWrite } from '../../../../../../shared/domain/state/writes/control-writes.ts';
import {
  giveBackWrite,
  handOverWrite,
  interruptWrite,
  outcomeWrite,
  releaseWrite,
  renewWrite,
} from '../../../../../../shared/domain/state/writes/holder-writes.ts';
import type { JobWrite } from '../../../../../../shared/domain/state/writes/job-write.ts';
import { claimWrite } from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { toJobResponse } from '../../../../../../shared/http/responses/job-response.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../../../set-ups/item-after.ts';
import {
  aLease,
  aMessage,
  aQueuedItem,
  aRunningItem,
  dayMs,
  firstToken,
  leaseMs,
  retentionMs,
} from '../../../../../set-ups/samples.ts';

const message = aMessage();
const lease = aLease(aRunningItem(), message);
const error = { name: 'SomeError', message: 'no' };

const written = (write: JobWrite, before = lease.item) => itemAfter(write, before);
const names = ['succeeded', 'failed', 'canceled'] as const;

describe('holder writes', () => {
  const now = t0 + 5_000;
  const at = { now, retentionMs };
  const progress = { percent: 40, message: 'on its way' };

  const outcomes = {
    succeeded: outcomeWrite(lease, { kind: 'succeeded', result: '{"a":1}' }, at),
    failed: outcomeWrite(lease, { kind: 'failed', error }, at),
    canceled: outcomeWrite(lease, { kind: 'canceled' }, at),
  };

  describe('the outcome write', () => {
    test.each(names)('marks the job as %s and removes the attributes of the claim', async (name) => {
      const item = await written(outcomes[name], aRunningItem({ cancelRequested: true }));
      expect(item).toMatchObject({
        status: name,
        finishedAt: now,
        updatedAt: now,
        fencingToken: firstToken + 1,
        attempt: 1,
      });
      for (const key of ['claimId', 'leaseUntil', 'notBefore', 'cancelRequested'])
        expect(item).not.toHaveProperty(key);
      expect(item?.history.at(-1)).toMatchObject({ event: name, at: now, attempt: 1 });
    });

    test.each(names)('keeps a %s job for at least 15 days', async (name) => {
      const { expiresAt = 0 } = (await written(outcomes[name])) ?? {};
      expect(expiresAt * 1000).toBeGreaterThanOrEqual(now + 15 * dayMs);
    });

    test.each(['failed', 'canceled'] as const)('saves the message of a %s job', async (name) => {
      expect((await written(outcomes[name]))?.message).toBe(writeMessage(message));
    });

    test('stores the result of a succeeded job, and removes the saved message and the earlier error', async () => {
      const item = await written(outcomes.succeeded, aRunningItem({ message: 'of an earlier run', error }));
      expect(item?.result).toBe('{"a":1}');
      expect(item).not.toHaveProperty('message');
      expect(item).not.toHaveProperty('error');
    });

    test('stores the error of a failed job, also in the history', async () => {
      const item = await written(outcomes.failed);
      expect(item?.error).toEqual(error);
      expect(item?.history.at(-1)).toEqual({ event: 'failed', at: now, attempt: 1, error: 'no' });
    });

    test('keeps the error of the previous attempt of a canceled job', async () => {
      expect((await written(outcomes.canceled, aRunningItem({ error })))?.error).toEqual(error);
    });

    test.each(names)(
      'stores the last progress, and keeps the stored progress of a %s job if there was none since',
      async (name) => {
        const outcome = { kind: 'canceled' } as const;
        expect((await written(outcomeWrite(lease, outcome, { ...at, progress })))?.progress).toEqual(
          progress,
        );
        expect((await written(outcomes[name], aRunningItem({ progress })))?.progress).toEqual(progress);
      },
    );

    test.each(names)(
      'is refused for a %s job if the lease was lost, or if it is made a second time',
      async (name) => {
        expect(await written(outcomes[name], aRunningItem({ fencingToken: firstToken + 2 }))).toBeUndefined();
        const first = await written(outcomes[name]);
        expect(first).toBeDefined();
        expect(await written(outcomes[name], first)).toBeUndefined();
      },
    );
  });

  describe('the lines that a heartbeat has stored', () => {
    const until = { notBefore: now + 700, error };
    const writes: readonly (readonly [string, (logTail?: string) => JobWrite])[] = [
      ['another attempt', (logTail) => releaseWrite(lease, { now, ...until, logTail })],
      ['a put-off', (logTail) => releaseWrite(lease, { now, ...until, waitedMs: 9, logTail })],
      [
        'a put-off of hours',
        (logTail) => releaseWrite(lease, { now, ...until, notBefore: now + dayMs, waitedMs: 9, logTail }),
      ],
      ['a hand-over', (logTail) => handOverWrite(lease, { now, logTail })],
      ['a sleep', (logTail) => handOverWrite(lease, { now, wakeAt: now + 700, logTail })],
      ['an interruption', (logTail) => interruptWrite(lease, { now, logTail })],
      ...names.map((kind) => [kind, (logTail?: string) => endOf(kind, logTail)] as const),
    ];
    const endOf = (kind: (typeof names)[number], logTail?: string) =>
      outcomeWrite(lease, kind === 'failed' ? { kind, error } : { kind }, { ...at, logTail });

    test.each(writes)('give way to what is left of them, which may be nothing: %s', async (_what, write) => {
      const before = aRunningItem({ logTail: 'stored' });
      expect(await written(write(), before)).not.toHaveProperty('logTail');
      expect(await written(write('left'), before)).toMatchObject({ logTail: 'left' });
    });
  });

  describe('the release write', () => {
    const release = releaseWrite(lease, { now, progress, notBefore: now + 700, error });

    test('queues the job until its next attempt is due, with the error of this one', async () => {
      const item = await written(release);
      expect(item).toMatchObject({
        status: 'queued',
        notBefore: now + 700,
        error,
        progress,
        attempt: 1,
        fencingToken: firstToken + 1,
      });
      expect(item).not.toHaveProperty('claimId');
      expect(item).not.toHaveProperty('leaseUntil');
      expect(item).not.toHaveProperty('message');
      expect(item?.history.at(-1)).toEqual({ event: 'retrying', at: now, attempt: 1, error: 'no' });
    });

    test('stores the receipt handle for a job of a group, so that a cancel can make its message visible; the claim removes it', async () => {
      const inGroup = aLease(aRunningItem(), aMessage({ options: { maxAttempts: 3, group: 'g' } }));
      const at = { now, notBefore: now, error };
      const item = await written(releaseWrite(inGroup, at));
      expect(item?.receiptHandle).toBe('receipt-1');
      expect(await written(releaseWrite(lease, at))).not.toHaveProperty('receiptHandle');
      expect(await written(interruptWrite(inGroup, at))).toHaveProperty('receiptHandle', 'receipt-1');
      const claim = claimWrite(aMessage(), { now, claimId: 'next', leaseMs });
      expect(await written(claim, item)).not.toHaveProperty('receiptHandle');
    });

    test('is refused if a cancel was requested, if the lease was lost, or if it is made a second time', async () => {
      expect(await written(release, aRunningItem({ cancelRequested: true }))).toBeUndefined();
      expect(await written(release, aRunningItem({ fencingToken: firstToken + 2 }))).toBeUndefined();
      const first = await written(release);
      expect(first).toBeDefined();
      expect(await written(release, first)).toBeUndefined();
    });
  });

  describe('the release write of a job that waits for long', () => {
    const later = (ms: number, over: Partial<Parameters<typeof releaseWrite>[1]> = {}) => ({
      now,
      notBefore: now + ms,
      error,
      ...over,
    });

    test('keeps the message, which leaves the queue, if it waits for more than 15 minutes', async () => {
      const notBefore = now + 900_001;
      expect(await written(releaseWrite(lease, later(900_001)))).toMatchObject({
        status: 'waiting',
        attempt: 1,
        notBefore,
        postponedUntil: notBefore,
        message: writeMessage(message),
      });
      const item = await written(releaseWrite(lease, later(900_000)));
      expect(item?.status).toBe('queued');
      expect(item).not.toHaveProperty('postponedUntil');
    });

    test('leaves the message of a group where it is: it would lose its place', async () => {
      const inGroup = aLease(aRunningItem(), aMessage({ options: { maxAttempts: 3, group: 'g' } }));
      const item = await written(releaseWrite(inGroup, later(dayMs)));
      expect(item).toMatchObject({ status: 'queued', notBefore: now + dayMs, receiptHandle: 'receipt-1' });
      expect(item).not.toHaveProperty('postponedUntil');
    });

    /** Of the copy that is made from an item. */
    const claimOf = ({ left }: Pick<JobItem, 'left'>) =>
      claimWrite({ ...message, left }, { now: now + dayMs, claimId: 'next', leaseMs });

    test('is outdated as soon as the job was claimed', async () => {
      const item = await written(releaseWrite(lease, later(dayMs)));
      if (!item) throw new Error('it was refused');
      expect(isPostponed(item)).toBe(true);
      const claimed = await written(claimOf(item), item);
      expect(claimed && isPostponed(claimed)).toBe(false);
    });

    test('leaves a number that an older copy does not have, whose claim is refused at any time', async () => {
      const first = await written(releaseWrite(lease, later(dayMs)));
      expect(first).toMatchObject({ stamp: 1, left: 1 });
      expect(await written(claimOf({ left: undefined }), first)).toBeUndefined();
      const claimed = await written(claimOf({ left: 1 }), first);
      if (!claimed) throw new Error('it was refused');
      expect(claimed).not.toHaveProperty('left');
      // The next wait has another one.
      const second = await written(releaseWrite({ ...lease, item: claimed }, later(dayMs)), claimed);
      expect(second).toMatchObject({ stamp: 2, left: 2 });
      expect(await written(claimOf({ left: 1 }), second)).toBeUndefined();
      expect(await written(claimOf({ left: 2 }), second)).toMatchObject({ status: 'running', stamp: 2 });
    });

    test('is refused if a cancel was requested, or if the lease was lost', async () => {
      const write = releaseWrite(lease, later(dayMs));
      expect(await written(write, aRunningItem({ cancelRequested: true }))).toBeUndefined();
      expect(await written(write, aRunningItem({ fencingToken: firstToken + 2 }))).toBeUndefined();
    });
  });

  describe('the release write of an attempt that does not count', () => {
    const started = (at: number): HistoryEntry => ({ event: 'started', at });
    const putOff = (at: number): HistoryEntry => ({ event: 'put-off', at, attempt: 0, error: 'no' });
    const shownOf = (item: JobItem) =>
      toJobResponse(item, { statusUrl: 'https://a', pageUrl: 'https://b' }).history.map(
        ({ event, at }) => `${event} ${Date.parse(at)}`,
      );
    const putOffAfter = (history: readonly HistoryEntry[], why = error.message) =>
      written(
        releaseWrite(aLease(aRunningItem({ history: [...history] }), message), {
          now,
          notBefore: now + 700,
          error: { ...error, message: why },
          waitedMs: 900,
        }),
      );

    test('takes the attempt back, and stores for how long the run waits in all', async () => {
      const item = await putOffAfter([started(1)]);
      expect(item).toMatchObject({
        status: 'queued',
        attempt: 0,
        waitedMs: 900,
        notBefore: now + 700,
        error,
      });
      expect(item?.history).toEqual([started(1), putOff(now)]);
    });

    test('counts one that says the same as the one before it, whose entry stays where it is', async () => {
      const before = [started(1), putOff(2), started(3)];
      const twice = { ...putOff(2), times: 2, lastAt: now };
      expect((await putOffAfter(before))?.history).toEqual([started(1), twice]);
      expect((await putOffAfter([started(1), twice, started(9)]))?.history).toEqual([
        started(1),
        { ...twice, times: 3 },
      ]);
    });

    test('takes texts for the same that differ in numbers, and keeps the last one', async () => {
      const other = { ...putOff(2), error: 'its turn is at 12:07' };
      const item = await putOffAfter([started(1), other, started(3)], 'its turn is at 13:00');
      expect(item?.history).toEqual([
        started(1),
        { ...other, error: 'its turn is at 13:00', times: 2, lastAt: now },
      ]);
    });

    test('keeps one that says something else: who reads the history sees that the job was banned', async () => {
      const banned = { ...putOff(2), error: 'banned for a minute' };
      const before = [started(1), banned, started(3)];
      expect((await putOffAfter(before))?.history).toEqual([...before, putOff(now)]);
    });

    test('leaves a crash where it is, whenever the next attempts are put off', async () => {
      const shown: string[][] = [];
      let history: readonly HistoryEntry[] = [started(1), started(2)];
      for (let times = 0; times < 3; times += 1) {
        const item = await putOffAfter(history);
        if (!item) throw new Error('the write was refused');
        shown.push(shownOf(item).filter((entry) => entry.startsWith('crashed')));
        history = [...item.history, started(10 + times)];
      }
      expect(shown).toEqual([['crashed 2'], ['crashed 2'], ['crashed 2']]);
    });

    test('tells eight apart since the attempts began anew, and counts the rest: no history grows without bound', async () => {
      let history: readonly HistoryEntry[] = [{ event: 'handed-over', at: 0, attempt: 0 }, started(1)];
      for (let times = 0; times < 20; times += 1) {
        const item = await putOffAfter(history, 'abcdefghijklmnopqrst'.charAt(times));
        history = [...(item?.history ?? []), started(20 + times)];
      }
      const kept = history.filter(({ event }) => event === 'put-off');
      expect(kept.map(({ error: text }) => text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 't']);
      expect(kept.reduce((sum, { times = 1 }) => sum + times, 0)).toBe(20);
      expect(history).toHaveLength(2 + 2 * 8);
    });

    test('keeps the time of a crash, too, where there is no room for the put-off after it', async () => {
      const eight = Array.from('abcdefg', (text, index) => [
        started(index),
        { ...putOff(index), error: text },
      ]).flat();
      const crashed = [...eight, started(20), started(21), putOff(22), started(23)];
      const item = await putOffAfter([...crashed, started(24)], 'banned');
      expect(item?.history.slice(eight.length)).toEqual([
        started(20),
        { event: 'crashed', at: 21, attempt: 0 },
        started(23),
        started(24),
        { ...putOff(now), error: 'banned', times: 2 },
      ]);
      expect(item && shownOf(item).slice(eight.length)).toEqual([
        'started 20',
        'crashed 21',
        'started 23',
        'crashed 24',
        'started 24',
        `put-off ${now}`,
      ]);
    });
  });

  describe('the renew write', () => {
    const leaseUntil = now + leaseMs;

    test('extends the lease and stores the progress', async () => {
      const item = await written(renewWrite(lease, { now, leaseUntil, progress }));
      expect(item).toEqual(aRunningItem({ leaseUntil: now + leaseMs, updatedAt: now, progress }));
    });

    test('keeps the stored progress if there was none since', async () => {
      expect(
        (await written(renewWrite(lease, { now, leaseUntil }), aRunningItem({ progress })))?.progress,
      ).toEqual(progress);
    });

    test('returns the item with a requested cancel', async () => {
      const item = await written(
        renewWrite(lease, { now, leaseUntil }),
        aRunningItem({ cancelRequested: true }),
      );
      expect(item?.cancelRequested).toBe(true);
    });

    test('is refused if it arrives after a later renewal', async () => {
      const early = renewWrite(lease, { now, leaseUntil, checkpoint: '"early"' });
      const late = renewWrite(lease, {
        now: now + 5_000,
        leaseUntil: leaseUntil + 5_000,
        checkpoint: '"late"',
      });
      const item = await written(late, await written(early));
      expect(item).toMatchObject({ checkpoint: '"late"', leaseUntil: leaseUntil + 5_000 });
      expect(await written(early, item)).toBeUndefined();
    });

    test('may be made twice, because an SDK repeats calls', async () => {
      const renewal = renewWrite(lease, { now, leaseUntil });
      expect(await written(renewal, await written(renewal))).toBeDefined();
    });

    test('is refused if the lease was lost', async () => {
      expect(
        await written(renewWrite(lease, { now, leaseUntil }), aRunningItem({ fencingToken: firstToken + 2 })),
      ).toBeUndefined();
    });
  });
});

describe('hand over write', () => {
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

  describe('what gives a claim back', () => {
    const startBefore = t0 + 60_000;
    const inTime = aMessage({ options: { ...message.options, startBefore } });
    const claimed = async (before: JobItem) => {
      const item = await itemAfter(claimWrite(inTime, { now, claimId: 'claim', leaseMs }), before);
      if (!item) throw new Error('not claimed');
      return item;
    };
    const givenBack = async (before: JobItem) => {
      const item = await claimed(before);
      return itemAfter(giveBackWrite(aLease(item, inTime), undefined, now + 50), item);
    };

    test('undoes the first start: its time to start ends as it did before', async () => {
      const item = await givenBack(aQueuedItem({ startBefore }));
      expect(item).toMatchObject({ status: 'queued', attempt: 0 });
      expect(item).not.toHaveProperty('mayStartLate');
      expect(item).not.toHaveProperty('startedAt');
    });

    test('undoes it, too, where a later run has no item left of the one before', async () => {
      const again = { ...inTime, run: 2, retriedBy: 'parent' };
      const item = await itemAfter(claimWrite(again, { now, claimId: 'claim', leaseMs }), undefined);
      if (!item) throw new Error('not claimed');
      expect(item).toMatchObject({ run: 2, startedAt: now });
      const given = await itemAfter(giveBackWrite(aLease(item, again), undefined, now + 50), item);
      expect(given).not.toHaveProperty('startedAt');
    });

    test('leaves a job that somebody has canceled and retried its right to start late', async () => {
      const canceled = aQueuedItem({
        startBefore,
        status: 'canceled',
        finishedAt: t0,
        canceledBy: 'somebody',
      });
      const revived = await itemAfter(reviveWrite(canceled, t0 + 1_000, 'somebody'), canceled);
      expect(revived).toMatchObject({ run: 1, mayStartLate: true });
      const item = await givenBack(revived ?? canceled);
      expect(item).toMatchObject({ status: 'queued', attempt: 0, mayStartLate: true });
      expect(item).not.toHaveProperty('startedAt');
    });
  });
});
