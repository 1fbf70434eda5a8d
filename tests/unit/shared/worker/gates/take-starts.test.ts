import { describe, expect, test } from '@jest/globals';
import type { StartRate } from '../../../../../shared/domain/state/limits/start-rate.ts';
import { takeStarts } from '../../../../../shared/worker/gates/take-starts.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryStartRates } from '../../../../../testkit/fakes/in-memory-start-rates.ts';

const slow: StartRate = { key: 'slow', perSecond: 0.1, burst: 2 };
const fast: StartRate = { key: 'fast', perSecond: 2, burst: 1 };

/** Two rates, after so many starts of each. */
async function afterTaking(starts: { readonly slow?: number; readonly fast?: number }) {
  const startRates = inMemoryStartRates();
  const clock = new FixedClock();
  for (let count = 0; count < (starts.slow ?? 0); count += 1) await startRates.take(slow, t0);
  for (let count = 0; count < (starts.fast ?? 0); count += 1) await startRates.take(fast, t0);
  const next = (rate: StartRate) => startRates.nextStart(rate, t0) - t0;
  const take = (signal?: AbortSignal) => takeStarts([slow, fast], signal, { startRates, clock });
  return { take, clock, next, startRates };
}

describe('the starts of several rates', () => {
  test('are taken at once if all are there', async () => {
    const { take, next } = await afterTaking({ slow: 1 });
    expect(await take()).toBe(true);
    expect([next(slow), next(fast)]).toEqual([10_000, 500]);
  });

  test('are given back if one of them is not near', async () => {
    const { take, next } = await afterTaking({ slow: 1, fast: 5 });
    expect(await take()).toBe(false);
    expect([next(slow), next(fast)]).toEqual([0, 2_500]);
  });

  test('are given back if the process did not know that one of them is not near', async () => {
    const { take, next, startRates } = await afterTaking({ fast: 5 });
    const { nextStart } = startRates;
    startRates.nextStart = (_, now) => now;
    expect(await take()).toBe(false);
    startRates.nextStart = nextStart;
    expect([next(slow), next(fast)]).toEqual([0, 2_500]);
  });

  test('are taken when the last one has come, if nobody else wants them', async () => {
    const { take, clock, next } = await afterTaking({ fast: 4 });
    const taken = take();
    await clock.advance(1_999);
    expect([next(slow), next(fast)]).toEqual([0, 2_500]);
    await clock.advance(1);
    expect(await taken).toBe(true);
    // One of two is left until then.
    expect(next(slow)).toBe(2_000);
  });

  test('are taken anew if they would be used more than a second late', async () => {
    const { take, clock, startRates } = await afterTaking({ fast: 4 });
    // Two starts are used up, and the next one comes soon.
    await startRates.take(slow, t0 - 9_500);
    await startRates.take(slow, t0 - 9_500);
    const { giveBack } = startRates;
    let backs = 0;
    startRates.giveBack = (...args) => {
      backs += 1;
      return giveBack.call(startRates, ...args);
    };
    const taken = take();
    await clock.advance(2_000);
    expect([await taken, backs]).toEqual([true, 1]);
    expect(startRates.nextStart(slow, clock.now())).toBe(t0 + 10_500);
  });

  test.each([
    [150, 1],
    [250, 2],
    [900, 3],
  ])(
    'are taken anew by a worker that stands still for %d ms, and in the end used by one that always does',
    async (lateMs, again) => {
      const { clock, startRates } = await afterTaking({ fast: 3 });
      const late = {
        now: () => clock.now(),
        sleep: (ms: number) => clock.advance(Math.max(ms, 0) + lateMs),
      };
      let backs = 0;
      const { giveBack } = startRates;
      startRates.giveBack = (...args) => {
        backs += 1;
        return giveBack.call(startRates, ...args);
      };
      expect(await takeStarts([fast], undefined, { startRates, clock: late })).toBe(true);
      expect(backs).toBe(again);
    },
  );

  test('are not waited for after a signal', async () => {
    const { take, clock } = await afterTaking({ fast: 4 });
    const controller = new AbortController();
    const taken = take(controller.signal);
    await clock.advance(100);
    controller.abort();
    expect(await taken).toBe(true);
    expect(clock.now()).toBe(t0 + 100);
  });
});
