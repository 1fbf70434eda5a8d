import { expect, test } from '@jest/globals';
import { withinTime } from '../../../../shared/job/within-time.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';

const limit = { milliseconds: 1_000, tooLate: () => new Error('too late') };

test('a call that ends in time has its result, or its error, and no signal afterwards', async () => {
  const clock = new FixedClock();
  let seen: AbortSignal | undefined;
  const call = async (signal: AbortSignal) => {
    seen = signal;
    return 5;
  };
  expect(await withinTime(call, limit, clock)).toBe(5);
  await expect(withinTime(() => Promise.reject(new Error('no')), limit, clock)).rejects.toThrow('no');
  await clock.advance(2_000);
  expect(seen?.aborted).toBe(false);
});

test('a call that takes too long is told so, and nobody waits for it', async () => {
  const clock = new FixedClock();
  let reason: unknown;
  const waiting = withinTime(
    (signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(new Error('an error of the abort'));
        }),
      ),
    limit,
    clock,
  );
  const outcome = expect(waiting).rejects.toThrow('too late');
  await clock.advance(999);
  expect(reason).toBeUndefined();
  await clock.advance(1);
  await outcome;
  expect(reason).toEqual(new Error('too late'));
});
