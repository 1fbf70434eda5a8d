const baseMs = 2_000;
const longestMs = 15 * 60_000;

/**
 * Exponential backoff with full jitter: anything from 0 to the bound, which doubles with every try.
 * @param tries how many there were, from 1
 * @param random uniform in [0, 1)
 */
export const backoffMs = (tries: number, random: number): number =>
  Math.round(random * Math.min(longestMs, baseMs * 2 ** (tries - 1)));
