import { describe, expect, test } from '@jest/globals';
import { outcomeWrite, releaseWrite, renewWrite } from '../../../../shared/job/holder-writes.ts';
import type { JobWrite } from '../../../../shared/job/job-write.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { claimWrite } from '../../../../shared/job/message-writes.ts';
import { itemAfter } from '../../../fakes/item-after.ts';
import {
  aLease,
  aMessage,
  aRunningItem,
  dayMs,
  firstToken,
  leaseMs,
  retentionMs,
  t0,
} from '../../../fakes/samples.ts';

const message = aMessage();
const lease = aLease(aRunningItem(), message);
const now = t0 + 5_000;
const at = { now, retentionMs };
const error = { name: 'SomeError', message: 'no' };
const progress = { percent: 40, message: 'on its way' };

const written = (write: JobWrite, before = lease.item) => itemAfter(write, before);

const outcomes = {
  succeeded: outcomeWrite(lease, { kind: 'succeeded', result: '{"a":1}' }, at),
  failed: outcomeWrite(lease, { kind: 'failed', error }, at),
  canceled: outcomeWrite(lease, { kind: 'canceled' }, at),
};
const names = ['succeeded', 'failed', 'canceled'] as const;

describe('an outcome', () => {
  test.each(names)('%s, ends the job and leaves no trace of the claim', async (name) => {
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

  test.each(names)('%s, is kept for 15 days at least', async (name) => {
    const { expiresAt = 0 } = (await written(outcomes[name])) ?? {};
    expect(expiresAt * 1000).toBeGreaterThanOrEqual(now + 15 * dayMs);
  });

  test.each(['failed', 'canceled'] as const)('%s, saves the message', async (name) => {
    expect((await written(outcomes[name]))?.message).toBe(writeMessage(message));
  });

  test('of success has the result, and no message and no earlier error', async () => {
    const item = await written(outcomes.succeeded, aRunningItem({ message: 'of an earlier run', error }));
    expect(item?.result).toBe('{"a":1}');
    expect(item).not.toHaveProperty('message');
    expect(item).not.toHaveProperty('error');
  });

  test('of failure tells the error, in the history too', async () => {
    const item = await written(outcomes.failed);
    expect(item?.error).toEqual(error);
    expect(item?.history.at(-1)).toEqual({ event: 'failed', at: now, attempt: 1, error: 'no' });
  });

  test('of cancellation keeps the error of the attempt before', async () => {
    expect((await written(outcomes.canceled, aRunningItem({ error })))?.error).toEqual(error);
  });

  test.each(names)('%s, carries the last progress', async (name) => {
    const outcome = { kind: 'canceled' } as const;
    expect((await written(outcomeWrite(lease, outcome, { ...at, progress })))?.progress).toEqual(progress);
    expect((await written(outcomes[name], aRunningItem({ progress })))?.progress).toEqual(progress);
  });

  test.each(names)('%s, is refused to who lost the lease, and when written twice', async (name) => {
    expect(await written(outcomes[name], aRunningItem({ fencingToken: firstToken + 2 }))).toBeUndefined();
    const first = await written(outcomes[name]);
    expect(first).toBeDefined();
    expect(await written(outcomes[name], first)).toBeUndefined();
  });
});

describe('a release', () => {
  const release = releaseWrite(lease, { now, progress, notBefore: now + 700, error });

  test('queues the job until its time, with what went wrong', async () => {
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

  test('of a job of a group leaves the receipt of its message, so that a cancel can show it; the claim takes it', async () => {
    const inGroup = aLease(aRunningItem(), aMessage({ options: { maxAttempts: 3, group: 'g' } }));
    const at = { now, notBefore: now, error };
    const item = await written(releaseWrite(inGroup, at));
    expect(item?.receiptHandle).toBe('receipt-1');
    expect(await written(releaseWrite(lease, at))).not.toHaveProperty('receiptHandle');
    const claim = claimWrite(aMessage(), { now, claimId: 'next', leaseMs });
    expect(await written(claim, item)).not.toHaveProperty('receiptHandle');
  });

  test('is refused when a cancel was requested, when the lease was lost, and when written twice', async () => {
    expect(await written(release, aRunningItem({ cancelRequested: true }))).toBeUndefined();
    expect(await written(release, aRunningItem({ fencingToken: firstToken + 2 }))).toBeUndefined();
    const first = await written(release);
    expect(first).toBeDefined();
    expect(await written(release, first)).toBeUndefined();
  });
});

describe('a renewal', () => {
  const leaseUntil = now + leaseMs;

  test('moves the lease and carries progress', async () => {
    const item = await written(renewWrite(lease, { now, leaseUntil, progress }));
    expect(item).toEqual(aRunningItem({ leaseUntil: now + leaseMs, updatedAt: now, progress }));
  });

  test('without progress leaves what there was', async () => {
    expect(
      (await written(renewWrite(lease, { now, leaseUntil }), aRunningItem({ progress })))?.progress,
    ).toEqual(progress);
  });

  test('brings back whether a cancel was requested', async () => {
    const item = await written(
      renewWrite(lease, { now, leaseUntil }),
      aRunningItem({ cancelRequested: true }),
    );
    expect(item?.cancelRequested).toBe(true);
  });

  test('that was held up on its way brings back nothing older', async () => {
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

  test('may be made twice, as an SDK does', async () => {
    const renewal = renewWrite(lease, { now, leaseUntil });
    expect(await written(renewal, await written(renewal))).toBeDefined();
  });

  test('is refused to who lost the lease', async () => {
    expect(
      await written(renewWrite(lease, { now, leaseUntil }), aRunningItem({ fencingToken: firstToken + 2 })),
    ).toBeUndefined();
  });
});
