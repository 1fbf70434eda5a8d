import { describe, expect, test } from '@jest/globals';
import { maxUrlBytes } from '../../../../../../shared/domain/notify/webhook-url.ts';
import { historyWith } from '../../../../../../shared/domain/state/job/history.ts';
import { maxInterruptions } from '../../../../../../shared/domain/state/job/interruptions.ts';
import type { HistoryEntry, JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import {
  itemBudget,
  maxBatches,
  maxCheckpointInItem,
  maxDependencies,
  maxDependents,
  maxErrorMessage,
  maxErrorName,
  maxGroup,
  maxHistoryEntries,
  maxHistoryErrorBytes,
  maxItemBytes,
  maxLogTail,
  maxMessageBytes,
  maxProgressMessage,
  maxSignalsInItem,
  maxTag,
  maxTags,
  maxTargets,
  otherItemBytes,
} from '../../../../../../shared/domain/state/job/item-budget.ts';
import { listKeys } from '../../../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../../../shared/domain/state/job/message.ts';
import { retryWrite } from '../../../../../../shared/domain/state/writes/control-writes.ts';
import {
  handOverWrite,
  interruptWrite,
  outcomeWrite,
  releaseWrite,
  renewWrite,
} from '../../../../../../shared/domain/state/writes/holder-writes.ts';
import {
  claimWrite,
  failExhaustedWrite,
  failLateWrite,
  failUnclaimedWrite,
  submitWrite,
} from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { recordNotificationWrite } from '../../../../../../shared/domain/state/writes/notification-writes.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../../../set-ups/item-after.ts';
import { sizeOf } from '../../../../../set-ups/item-size.ts';
import {
  aLease,
  aMessage,
  anId,
  aQueuedItem,
  by,
  dayMs,
  ids,
  leaseMs,
  retentionMs,
} from '../../../../../set-ups/samples.ts';

const written = async (write: Parameters<typeof itemAfter>[0], before: JobItem): Promise<JobItem> => {
  const item = await itemAfter(write, before);
  if (!item) throw new Error(`${write.transition} was refused`);
  expect(sizeOf(item)).toBeLessThan(maxItemBytes);
  requireBudget(item);
  return item;
};

/** A job that has succeeded has a result in place of its message, and one that waits for children no error. */
function requireBudget({ result: _, awaits, ...item }: JobItem): void {
  const budget: Readonly<Record<string, number>> = itemBudget();
  if (awaits)
    expect([item.error, 'awaits'.length + sizeOf(awaits) <= itemBudget().error]).toEqual([undefined, true]);
  const sizes = Object.entries(item).map(([name, value]) => [name, name.length + sizeOf(value)] as const);
  const over = sizes.filter(([name, size]) => size > (budget[name] ?? otherItemBytes));
  expect(over).toEqual([]);
  const others = sizes.filter(([name]) => !Object.hasOwn(budget, name));
  expect(others.reduce((sum, [, size]) => sum + size, 0)).toBeLessThanOrEqual(otherItemBytes);
}

test('all that an item may have fits', () => {
  const sum = Object.values(itemBudget()).reduce((bytes, more) => bytes + more, otherItemBytes);
  expect(sum).toBeLessThanOrEqual(maxItemBytes);
});

const three = '€';
const startBefore = t0 + dayMs;
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const parent = { id: anId(3), batch: anId(4), index: 99_999, shard: 999, depth: 8 };
const notify = Array.from({ length: maxTargets }, (_, number) => ({
  url: `https://${number}.example.com/`.padEnd(maxUrlBytes, 'x'),
}));
const error = { name: three.repeat(maxErrorName), message: three.repeat(maxErrorMessage) };
const report = {
  now: t0,
  logTail: 'x'.repeat(maxLogTail),
  usedMbMs: Number.MAX_SAFE_INTEGER,
  usedServerMbMs: Number.MAX_SAFE_INTEGER,
  progress: { percent: 99.9, message: three.repeat(maxProgressMessage) },
  checkpoint: 'x'.repeat(maxCheckpointInItem),
  batches: ids(maxBatches),
  signals: 'x'.repeat(maxSignalsInItem),
  output: {
    contentType: 'x'.repeat(100),
    upload: { name: 'x'.repeat(120), uploadId: 'x'.repeat(256) },
    parts: Array.from({ length: 640 }, (_, index) => index * 15 + 1),
    digest: 'x'.repeat(22),
    bytes: 5 * 1024 ** 3,
    tail: 'x'.repeat(120),
  },
};

/** The maximum number of entries, of runs whose first attempt failed with an error of the maximum length. */
const longHistory = Array.from({ length: maxHistoryEntries / 2 }, (): HistoryEntry[] => [
  { event: 'resubmitted', at: t0, attempt: 0 },
  { event: 'failed', at: t0, attempt: 1, error: 'x'.repeat(maxHistoryErrorBytes) },
]).flat();

describe.each([
  { maxAttempts: 100, group: three.repeat(maxGroup) },
  { maxAttempts: 100, group: undefined },
  { maxAttempts: 1, group: three.repeat(maxGroup) },
])(
  'a job of $maxAttempts attempts whose attributes all have their maximum size',
  ({ maxAttempts, group }) => {
    const options = {
      maxAttempts,
      ...(group === undefined ? {} : { group }),
      dependsOn: Array.from({ length: maxDependencies }, (_, number) => anId(number)),
      runAt: t0,
      startBefore,
      tags: Array.from({ length: maxTags }, (_, number) => `${number}`.padEnd(maxTag, three)),
      notify,
    };
    const tenant = 't'.repeat(128);
    const type = 'x'.repeat(64);
    const fingerprint = 'f'.repeat(64);
    const empty = aMessage({
      tenant,
      type,
      fingerprint,
      options,
      payload: '',
      traceparent,
      shard: 99,
      parent,
    });
    const payload = 'x'.repeat(maxMessageBytes - Buffer.byteLength(writeMessage(empty)));
    const message = { ...empty, payload };

    const leaseOf = (item: JobItem) => ({ item, message, receiptHandle: 'r'.repeat(1_024) });

    const claimed = (item: JobItem) =>
      written(claimWrite({ ...message, left: item.left }, { now: t0, claimId: anId(1), leaseMs }), {
        ...item,
        notBefore: t0,
      });

    /** It is put off for many reasons, servers interrupt it, and then all attempts but the last one fail, each with an error of the maximum length. */
    async function afterFailedAttempts(item: JobItem): Promise<JobItem> {
      let running = await claimed(item);
      for (const reason of 'abcdefghijkl') {
        const why = { ...error, message: reason + error.message.slice(1) };
        const later = { notBefore: t0 + dayMs, error: why, waitedMs: 7 * dayMs };
        const putOff = releaseWrite(leaseOf(running), { ...report, ...later });
        running = await claimed(await written(putOff, running));
      }
      for (let count = 0; count < maxInterruptions; count += 1)
        running = await claimed(await written(interruptWrite(leaseOf(running), report), running));
      for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
        const release = releaseWrite(leaseOf(running), { ...report, notBefore: t0, error });
        running = await claimed(await written(release, running));
      }
      return running;
    }

    async function withNotifications(ended: JobItem): Promise<JobItem> {
      const record = { status: 'pending', attempts: 17, lastError: 'x'.repeat(60) } as const;
      let item = ended;
      for (const position of notify.keys())
        item = await written(recordNotificationWrite(item, { position, record, now: t0 }), item);
      return item;
    }

    test('stays below the item size limit through every end and a retry', async () => {
      const before = aQueuedItem({
        ...options,
        tenant,
        type,
        fingerprint,
        dependents: ids(maxDependents),
        history: longHistory,
        admittedBy: anId(2),
        ...listKeys(message),
      });
      const item = { ...before, history: historyWith(before, { event: 'resubmitted', at: t0, attempt: 0 }) };
      const claimedLast = await afterFailedAttempts(item);
      const renewal = { ...report, leaseUntil: t0 + 2 * leaseMs };
      const running = await written(renewWrite(leaseOf(claimedLast), renewal), claimedLast);
      const lease = leaseOf(running);
      const ending = { now: t0 + 2 * leaseMs, retentionMs, error };
      const failed = await written(
        outcomeWrite(lease, { kind: 'failed', error }, { ...report, retentionMs }),
        running,
      );
      await withNotifications(failed);
      await withNotifications(await written(failExhaustedWrite(running, message, ending), running));
      await withNotifications(
        await written(failUnclaimedWrite(message, { ...ending, item: running }), running),
      );
      await withNotifications(await written(failLateWrite(message, { ...ending, item }), item));
      const forChildren = { batches: [...report.batches], isTimed: true };
      await written(handOverWrite(lease, { ...report, wakeAt: t0, forChildren }), running);
      const result = 'x'.repeat(256 * 1024);
      await written(outcomeWrite(lease, { kind: 'succeeded', result }, { ...report, retentionMs }), running);
      const retried = await written(retryWrite(failed, t0, by), failed);
      expect(retried.history.length).toBeLessThanOrEqual(
        maxHistoryEntries - 2 * (maxAttempts + maxInterruptions),
      );
      expect(failed.history.length).toBeGreaterThan(230);
    }, 60_000);
  },
);

test('an ordinary job that succeeds stays below 1 KB, to which the cost of a write is rounded up', async () => {
  const ordinary = aMessage({
    tenant: 'a-customer-of-ours',
    options: { maxAttempts: 3, startBefore, tags: ['nightly', 'customer:4711'] },
    fingerprint: 'f'.repeat(64),
    traceparent,
    counted: true,
  });
  const queued = await itemAfter(submitWrite(ordinary));
  if (!queued) throw new Error('the submit write was refused');
  const running = await written(claimWrite(ordinary, { now: t0, claimId: anId(1), leaseMs }), queued);
  const outcome = { kind: 'succeeded', result: '{"rows":1234,"groups":12}' } as const;
  const progress = { percent: 100, message: 'done' };
  const succeeded = await written(
    outcomeWrite(aLease(running, ordinary), outcome, {
      now: t0,
      progress,
      usedMbMs: 46_080_000,
      retentionMs,
    }),
    running,
  );
  for (const item of [queued, running, succeeded]) expect(sizeOf(item)).toBeLessThan(1024);
});
