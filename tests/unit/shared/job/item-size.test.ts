import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { retryWrite } from '../../../../shared/job/control-writes.ts';
import { historyWith } from '../../../../shared/job/history.ts';
import {
  handOverWrite,
  interruptWrite,
  outcomeWrite,
  releaseWrite,
} from '../../../../shared/job/holder-writes.ts';
import { maxInterruptions } from '../../../../shared/job/interruptions.ts';
import type { HistoryEntry, JobItem } from '../../../../shared/job/item.ts';
import { listKeys } from '../../../../shared/job/list-keys.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import {
  claimWrite,
  failExhaustedWrite,
  failLateWrite,
  failUnclaimedWrite,
  submitWrite,
} from '../../../../shared/job/message-writes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
import { keeping, messageOf } from '../../../set-ups/keeping.ts';
import {
  aLease,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  dayMs,
  ids,
  leaseMs,
  retentionMs,
} from '../../../set-ups/samples.ts';

/** The maximum size of an item in DynamoDB. */
const maxItemBytes = 400 * 1024;

/** The size of a value in an item, in bytes. DynamoDB's documentation gives the rules; this rounds up. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return 21;
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Set || Array.isArray(value))
    return 3 + [...value].reduce((sum, one) => sum + 1 + sizeOf(one), 0);
  return 3 + Object.entries(value).reduce((sum, [key, one]) => sum + 1 + key.length + sizeOf(one), 0);
}

const maxAttempts = 100;
const error = { name: 'ü'.repeat(100), message: '€'.repeat(2_000) };
const dependsOn = Array.from({ length: 50 }, (_, number) => anId(number));
/** The maximum numbers of tags and of characters, each of which takes three bytes. */
const tags = Array.from({ length: 10 }, (_, number) => `${number}${'€'.repeat(63)}`);
const startBefore = t0 + dayMs;
const options = { maxAttempts, group: 'ü'.repeat(128), dependsOn, runAt: t0, startBefore, tags };
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const empty = aMessage({ options, payload: '', traceparent, shard: 99 });
const message = { ...empty, payload: 'x'.repeat(260 * 1024 - Buffer.byteLength(writeMessage(empty))) };
const report = {
  now: t0,
  progress: { percent: 99.9, message: 'ü'.repeat(200) },
  checkpoint: 'x'.repeat(64 * 1024),
};

const written = async (write: Parameters<typeof itemAfter>[0], before: JobItem): Promise<JobItem> => {
  const item = await itemAfter(write, before);
  if (!item) throw new Error(`${write.transition} was refused`);
  expect(sizeOf(item)).toBeLessThan(maxItemBytes);
  return item;
};

/** Amazon gives no maximum length of a receipt handle. Those that were seen have some hundred characters. */
const leaseOf = (item: JobItem) => ({ item, message, receiptHandle: 'r'.repeat(1_024) });

const claimed = (item: JobItem) =>
  written(claimWrite(message, { now: t0, claimId: anId(1), leaseMs }), { ...item, notBefore: t0 });

/** Servers interrupt it, and then all attempts but the last one fail, each with an error of the maximum length. */
async function afterFailedAttempts(item: JobItem): Promise<JobItem> {
  let running = await claimed(item);
  for (let count = 0; count < maxInterruptions; count += 1)
    running = await claimed(await written(interruptWrite(leaseOf(running), report), running));
  for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
    const release = releaseWrite(leaseOf(running), { ...report, notBefore: t0, error });
    running = await claimed(await written(release, running));
  }
  return running;
}

/** The maximum number of entries, of runs whose first attempt failed with an error of the maximum length. */
const historyOf240 = Array.from({ length: 120 }, (): HistoryEntry[] => [
  { event: 'resubmitted', at: t0, attempt: 0 },
  { event: 'failed', at: t0, attempt: 1, error: 'x'.repeat(200) },
]).flat();

test('a job whose attributes all have their maximum size stays below the item size limit through every end and a retry', async () => {
  const before = aQueuedItem({
    ...options,
    dependents: ids(500),
    history: historyOf240,
    admittedBy: anId(2),
    ...listKeys(message),
  });
  const item = { ...before, history: historyWith(before, { event: 'resubmitted', at: t0, attempt: 0 }) };
  const running = await afterFailedAttempts(item);
  const lease = leaseOf(running);
  const ending = { now: t0 + leaseMs, retentionMs, error };
  const failed = await written(
    outcomeWrite(lease, { kind: 'failed', error }, { ...report, retentionMs }),
    running,
  );
  await written(failExhaustedWrite(running, message, ending), running);
  await written(failUnclaimedWrite(message, ending), running);
  await written(failLateWrite(message, ending), item);
  await written(handOverWrite(lease, { ...report, wakeAt: t0 }), running);
  const result = 'x'.repeat(256 * 1024);
  await written(outcomeWrite(lease, { kind: 'succeeded', result }, { ...report, retentionMs }), running);
  const retried = await written(retryWrite(failed, t0), failed);
  expect(retried.history.length).toBeLessThanOrEqual(240 - 2 * (maxAttempts + maxInterruptions));
  expect(failed.history.length).toBeGreaterThan(230);
}, 60_000);

test('an ordinary job that succeeds stays below 1 KB, to which the cost of a write is rounded up', async () => {
  const ordinary = aMessage({
    tenant: 'a-customer-of-ours',
    options: { maxAttempts: 3, startBefore, tags: ['nightly', 'customer:4711'] },
    fingerprint: 'f'.repeat(64),
    traceparent,
  });
  const queued = await itemAfter(submitWrite(ordinary));
  if (!queued) throw new Error('the submit write was refused');
  const running = await written(claimWrite(ordinary, { now: t0, claimId: anId(1), leaseMs }), queued);
  const outcome = { kind: 'succeeded', result: '{"rows":1234,"groups":12}' } as const;
  const progress = { percent: 100, message: 'done' };
  const succeeded = await written(
    outcomeWrite(aLease(running, ordinary), outcome, { now: t0, progress, retentionMs }),
    running,
  );
  for (const item of [queued, running, succeeded]) expect(sizeOf(item)).toBeLessThan(1024);
});

test('an ordinary job with a payload of any size takes less than 5 KB when it has failed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 500, max: 260 * 1024 }), async (bytes) => {
      const large = messageOf(bytes);
      const running = aRunningItem();
      const { keeper } = keeping(running);
      const end = { now: t0, retentionMs };
      const outcome = { kind: 'failed', error: { name: 'Error', message: 'no' } } as const;
      const failed = await keeper.write(outcomeWrite(aLease(running, large), outcome, end));
      expect(sizeOf(failed)).toBeLessThan(5 * 1024);
    }),
  );
});
