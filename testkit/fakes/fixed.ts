import { setImmediate } from 'node:timers/promises';
import type { Clock, Random } from '../../shared/domain/base/ports.ts';

/** Where a fixed clock starts: 2026-01-02T03:04:05.678Z. */
export const t0 = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test advances it. */
export class FixedClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = t0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    // No time has to pass, only a turn.
    if (milliseconds <= 0) return setImmediate();
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { until: this.#now + milliseconds, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Moves the time forward. Wakes every sleeper at its own time, and lets its code run before the next one wakes. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await setImmediate();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await setImmediate();
    }
    this.#now = end;
  }

  #next(end: number): Sleeper | undefined {
    const [first] = [...this.#sleepers].sort((one, other) => one.until - other.until);
    return first && first.until <= end ? first : undefined;
  }
}

/** Returns the same fraction every time, and ids that count up. */
export function fixedRandom(fraction = 0.5): Random {
  let count = 0;
  return {
    fraction: () => fraction,
    uuid: () => {
      count += 1;
      return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
    },
  };
}
