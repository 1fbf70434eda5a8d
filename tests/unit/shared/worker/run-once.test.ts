import { describe, expect, test } from '@jest/globals';
import { LeaseLostError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { Ending } from '../../../../shared/worker/error-policy.ts';
import { type Ran, runOnce, type Steps } from '../../../../shared/worker/run-once.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { aLease, aRunningItem, jobId } from '../../../set-ups/samples.ts';
import { anInvocation } from '../../../set-ups/worker.ts';

const lease = aLease(aRunningItem());
const error = { name: 'Error', message: 'no' };

/** Runs steps that do nothing but record that they were taken. */
function once(ending: Ending, over: Partial<Steps> = {}) {
  const taken: string[] = [];
  const ran: Ran = {
    ending,
    progress: undefined,
    checkpoint: undefined,
    leaseUntil: t0,
    sweep: async () => {},
  };
  const steps: Steps = {
    claim: async () => {
      taken.push('claim');
      return { kind: 'claimed', lease };
    },
    run: async () => {
      taken.push('run');
      return ran;
    },
    settle: async () => {
      taken.push('settle');
      return { kind: 'returned', why: ending.kind, visibleAt: t0 };
    },
    ...over,
  };
  return { taken, end: runOnce(jobId, steps, anInvocation(new FixedClock()).idempotency) };
}

const endings: readonly Ending[] = [
  { kind: 'succeeded', result: '1' },
  { kind: 'failed', error },
  { kind: 'canceled' },
  { kind: 'retrying', error, delayMs: 5 },
  { kind: 'handedOver' },
  { kind: 'asleep', sleepMs: 5 },
  { kind: 'lost', why: 'it was lost' },
];

describe('runOnce', () => {
  test.each(endings)(
    'claims, runs and settles, each once, and returns what settle returned: $kind',
    async (ending) => {
      const { taken, end } = once(ending);
      expect(await end).toEqual({ kind: 'returned', why: ending.kind, visibleAt: t0 });
      expect(taken).toEqual(['claim', 'run', 'settle']);
    },
  );

  test('neither runs nor settles what could not be claimed', async () => {
    const refused = { kind: 'notClaimable', state: { kind: 'leased', until: t0 } } as const;
    const { taken, end } = once({ kind: 'canceled' }, { claim: async () => refused });
    expect(await end).toEqual(refused);
    expect(taken).toEqual([]);
  });

  test('neither runs nor settles if the claim throws', async () => {
    const { taken, end } = once(
      { kind: 'canceled' },
      { claim: () => Promise.reject(new StoreUnavailableError('no')) },
    );
    await expect(end).rejects.toThrow(StoreUnavailableError);
    expect(taken).toEqual([]);
  });

  test('runs nothing if Powertools is switched off, because nothing was claimed', async () => {
    process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = 'true';
    try {
      const { taken, end } = once({ kind: 'succeeded', result: '1' });
      await expect(end).rejects.toThrow(LeaseLostError);
      expect(taken).toEqual([]);
    } finally {
      delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
    }
  });
});
