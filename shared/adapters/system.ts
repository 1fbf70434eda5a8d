import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Clock, Random } from '../ports.ts';

/** Node.js takes a longer timer for one of a millisecond. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    let left = milliseconds;
    do {
      const timer = setTimeout(Math.min(left, longestTimerMs), undefined, signal ? { signal } : undefined);
      await timer.catch(() => undefined);
      left -= longestTimerMs;
    } while (left > 0 && !signal?.aborted);
  },
};

export const systemRandom: Random = { uuid: () => randomUUID(), fraction: () => Math.random() };
