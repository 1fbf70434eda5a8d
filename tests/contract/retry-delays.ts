/** The SDK looks after each request, after this time, whether its connection is to be kept alive. That is no wait. */
const noWaitMs = 3000;

/**
 * Runs calls whose waits before an attempt take no time, and have no chance in them. Both clients wait by the timers and the
 * random numbers that all programs share: so these are replaced for this time. No call may have limits of time of its own.
 * @param fraction what is drawn in place of each random number
 * @returns what `run` has returned, and all waits in milliseconds, in their order
 */
export async function withRetriesAtOnce<Result>(
  run: () => Promise<Result>,
  fraction = 0.7,
): Promise<{ readonly outcomes: Result; readonly delays: readonly number[] }> {
  const { setTimeout } = globalThis;
  const { random } = Math;
  const delays: number[] = [];
  const atOnce = (callback: () => void, milliseconds = 0) => {
    if (milliseconds === noWaitMs) return setTimeout(callback, milliseconds);
    delays.push(milliseconds);
    return setTimeout(callback, 0);
  };
  globalThis.setTimeout = Object.assign(atOnce, setTimeout);
  Math.random = () => fraction;
  try {
    return { outcomes: await run(), delays };
  } finally {
    globalThis.setTimeout = setTimeout;
    Math.random = random;
  }
}
