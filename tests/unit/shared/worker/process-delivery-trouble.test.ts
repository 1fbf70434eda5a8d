import { describe, expect, test } from '@jest/globals';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aRunningItem,
  jobId,
  leaseMs,
  t0,
} from '../../../fakes/samples.ts';
import { spiedWorker } from '../../../fakes/worker.ts';

const throwing = (error: Error) => (): never => {
  throw error;
};

describe('a table out of reach', () => {
  test.each([
    [1, 1_000],
    [3, 4_000],
    [900, 120_000],
  ])('at the claim keeps a message delivered %d times for %d ms', async (receiveCount, delay) => {
    const { process } = spiedWorker({ failing: ['write claim'] });
    expect(await process(aDelivery({ receiveCount }))).toEqual({
      kind: 'return',
      why: 'processing failed',
      visibleAt: t0 + delay,
      message: aMessage(),
    });
  });

  test.each([
    ['read', aRunningItem()],
    ['write saveMessage', aFailedItem({ status: 'canceled', message: undefined })],
  ])('at "%s", when the claim was refused, keeps the message with a backoff, too', async (call, item) => {
    const { process, store, stored } = spiedWorker({ failing: [call] });
    store.items.set(jobId, item);
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
    expect(stored()).toBe(item);
  });

  test.each(['write succeed', 'write release'])(
    'at "%s" keeps the message until the lease is over',
    async (call) => {
      const countdown = call === 'write release' ? throwing(new Error('no')) : undefined;
      const { process, stored } = spiedWorker({ failing: [call], countdown });
      expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs, message: aMessage() });
      expect(stored()?.status).toBe('running');
    },
  );
});

test.each(['true', '1'])('with POWERTOOLS_IDEMPOTENCY_DISABLED=%s no job runs unclaimed', async (value) => {
  let ran = false;
  const { process: deliver, calls } = spiedWorker({
    countdown: () => {
      ran = true;
      return { seconds: 1 };
    },
  });
  process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = value;
  try {
    expect(await deliver()).toMatchObject({
      kind: 'return',
      why: 'processing failed',
      visibleAt: t0 + 1_000,
    });
  } finally {
    delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
  }
  expect(ran).toBe(false);
  expect(calls).toEqual([]);
});
