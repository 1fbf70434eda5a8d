import { describe, expect, test } from '@jest/globals';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aDelivery, aFailedItem, aMessage, aRunningItem, jobId, leaseMs } from '../../../set-ups/samples.ts';
import { spiedWorker, throwing } from '../../../set-ups/worker.ts';

describe('processDelivery', () => {
  test.each([
    [1_000, 1],
    [4_000, 3],
    [120_000, 900],
  ])(
    'returns the message with a backoff of %d ms on receive %d if the table cannot be reached at the claim',
    async (delay, receiveCount) => {
      const { process } = spiedWorker({ failing: ['write claim'] });
      expect(await process(aDelivery({ receiveCount }))).toEqual({
        kind: 'return',
        why: 'processing failed',
        visibleAt: t0 + delay,
        message: aMessage(),
      });
    },
  );

  test.each([
    ['read', aRunningItem()],
    ['write saveMessage', aFailedItem({ status: 'canceled', message: undefined })],
  ])(
    'returns the message with a backoff if the call "%s" after a refused claim fails',
    async (call, item) => {
      const { process, store, stored } = spiedWorker({ failing: [call] });
      store.items.set(jobId, item);
      expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
      expect(stored()).toBe(item);
    },
  );

  test.each(['write succeed', 'write release'])(
    'returns the message until the lease ends if the call "%s" fails',
    async (call) => {
      const countdown = call === 'write release' ? throwing(new Error('no')) : undefined;
      const { process, stored } = spiedWorker({ failing: [call], countdown });
      expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs, message: aMessage() });
      expect(stored()?.status).toBe('running');
    },
  );
});

test.each(['true', '1'])(
  'processDelivery runs no job without a claim if POWERTOOLS_IDEMPOTENCY_DISABLED is %s',
  async (value) => {
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
  },
);
