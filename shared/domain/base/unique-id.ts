import { keyedJobId } from './fingerprint.ts';

interface InWindow {
  readonly tenant: string;
  readonly type: string;
  /** What the type says of the payload. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly windowStart: number;
}

/**
 * When the window began that a time is in. Windows are those of the clock: one of an hour begins at each full hour in
 * UTC.
 */
export const windowStartAt = (at: number, withinSeconds: number): number => {
  const withinMs = withinSeconds * 1000;
  return Math.floor(at / withinMs) * withinMs;
};

/**
 * The id of the one job of a type that has this key in a window. It need not be secret, as that of an occurrence of a
 * schedule: workers and admission make the same one, and they have no secret of the stage.
 */
export const uniqueJobId = ({ tenant, type, key, windowStart }: InWindow): string =>
  keyedJobId('unique', tenant, JSON.stringify([type, key, windowStart]));

interface Debounced {
  readonly tenant: string;
  readonly type: string;
  /** What the type says of the payload. */
  readonly key: string;
}

/** Stands for the key of debounced jobs. */
export const debounceKeyId = ({ tenant, type, key }: Debounced): string =>
  keyedJobId('debounce', tenant, JSON.stringify([type, key]));

/** The id of a debounced job. @param number that of the job among those of its key: see `Debounces` */
export const debouncedJobId = ({ tenant, type, key }: Debounced, number: number): string =>
  keyedJobId('debounce', tenant, JSON.stringify([type, key, number]));
