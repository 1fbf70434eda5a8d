/** The SDK looks after each request, after this time, whether its connection is to be kept alive. That is no wait. */
const noWaitMs = 3000;

/** The limit of time of a call that no clock ends, but `passLimits`. No other timer has these milliseconds. */
export const heldLimitMs = 40_000;

const held = new Map<unknown, () => void>();

/** For each call that `withRetriesAtOnce` runs now, its limit of time has passed. */
export function passLimits(): void {
  for (const [timer, isOver] of [...held]) {
    held.delete(timer);
    isOver();
  }
}

/**
 * Runs calls whose waits before an attempt take no time, and have no chance in them. Both clients wait by the timers and the
 * random numbers that all programs share: so these are replaced for this time. A call may have one limit of time, the held one.
 * @param fraction what is drawn in place of each random number
 * @returns what `run` has returned, and all waits in milliseconds, in their order
 */
export async function withRetriesAtOnce<Result>(
  run: () => Promise<Result>,
  fraction = 0.7,
): Promise<{ readonly outcomes: Result; readonly delays: readonly number[] }> {
  const { setTimeout, clearTimeout } = globalThis;
  const { random } = Math;
  const delays: number[] = [];
  const atOnce = (callback: () => void, milliseconds = 0) => {
    if (milliseconds === noWaitMs) return setTimeout(callback, milliseconds);
    if (milliseconds === heldLimitMs) {
      const timer = setTimeout(() => {}, milliseconds).unref();
      held.set(timer, callback);
      return timer;
    }
    delays.push(milliseconds);
    return setTimeout(callback, 0);
  };
  globalThis.setTimeout = Object.assign(atOnce, setTimeout);
  globalThis.clearTimeout = (timer) => {
    held.delete(timer);
    clearTimeout(timer);
  };
  Math.random = () => fraction;
  try {
    return { outcomes: await run(), delays };
  } finally {
    globalThis.setTimeout = setTimeout;
    globalThis.clearTimeout = clearTimeout;
    held.clear();
    Math.random = random;
  }
}
