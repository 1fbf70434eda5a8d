import { setImmediate, setTimeout } from 'node:timers/promises';
import { Restless, type VirtualTime } from './virtual-time.ts';

export interface Passing {
  readonly time: VirtualTime;
  readonly isAtRest: () => boolean;
  /** Whether something goes on in real time, such as reading a stream: virtual time must not move meanwhile. */
  readonly isBusy: () => boolean;
  /** How many calls were made. */
  readonly countCalls: () => number;
  /** Told after each turn of the event loop how long it took. */
  readonly onTurn: (milliseconds: number) => void;
}

/** Who makes no call for so long waits for something that never comes. */
const defaultMaxIdleMs = 30_000;
/** Nor does it come if somebody looks for it so often while no virtual time passes. */
const maxCallsAtOnce = 100_000;
/** Most real work is over after a few turns of the event loop. */
const spinMs = 2;

/** How long real work has gone on while no virtual time passes. */
class RealWork {
  readonly #maxIdleMs: number;
  #idleSince = performance.now();
  #calls = 0;
  #callsBefore = 0;

  constructor(maxIdleMs: number) {
    this.#maxIdleMs = maxIdleMs;
  }

  /** Virtual time passes. */
  end(now: number, calls: number): void {
    this.#idleSince = now;
    this.#callsBefore = calls;
  }

  /**
   * @returns how long it has made no call, milliseconds. @throws Restless if it waits for something that never comes
   */
  goOn(now: number, calls: number): number {
    if (calls !== this.#calls) this.#idleSince = now;
    this.#calls = calls;
    const idleMs = now - this.#idleSince;
    if (idleMs > this.#maxIdleMs) throw new Restless(`no call for ${this.#maxIdleMs / 1000} s`);
    if (calls - this.#callsBefore > maxCallsAtOnce)
      throw new Restless(`${maxCallsAtOnce} calls, and no virtual time passes`);
    return idleMs;
  }
}

/**
 * Lets virtual time pass until nothing is left to happen.
 * @throws Restless if nothing happens any more, or without an end
 */
export async function letTimePass(
  { time, isAtRest, isBusy, countCalls, onTurn }: Passing,
  maxIdleMs = defaultMaxIdleMs,
): Promise<void> {
  const work = new RealWork(maxIdleMs);
  for (;;) {
    const turnedAt = performance.now();
    await setImmediate();
    const now = performance.now();
    onTurn(now - turnedAt);
    if (isAtRest()) return;
    if (isBusy()) {
      if (work.goOn(now, countCalls()) > spinMs) await setTimeout(1);
      continue;
    }
    work.end(now, countCalls());
    if (!time.fireNext()) throw new Restless('nothing is left to happen');
  }
}
