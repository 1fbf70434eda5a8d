const baseMs = 2_000;
const maxMs = 15 * 60_000;

/**
 * Exponential backoff with full jitter: anything from 0 to a bound that doubles with every try, up to 15 minutes.
 * @param tries how many there were, from 1
 * @param random uniform in [0, 1)
 * @returns milliseconds
 */
export const backoffMs = (tries: number, random: number): number =>
  Math.round(random * Math.min(maxMs, baseMs * 2 ** (tries - 1)));
