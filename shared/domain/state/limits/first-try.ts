import { dayMs } from '../../base/schedule-time.ts';

/**
 * As long as an ordinary job is known by its Idempotency-Key after its end, by default. A queue of the caller repeats
 * for 14 days at most. To keep it costs a tenth of the write.
 */
const keepTriesMs = 30 * dayMs;
/** Longer than any job waits for more submissions. */
const keepDebouncesMs = 90 * dayMs;

/** Epoch seconds: when a first try expires that is kept now. @param now epoch milliseconds */
export const firstTryExpiresAt = (now: number): number => Math.ceil((now + keepTriesMs) / 1000);
/** The same of the number of a debounce key that is raised now. */
export const debounceExpiresAt = (now: number): number => Math.ceil((now + keepDebouncesMs) / 1000);

/** In which window of its type a submission with an Idempotency-Key came first, and which job it meant. */
export interface FirstTry {
  readonly jobId: string;
  /** Epoch milliseconds. Of a debounced job, its number. */
  readonly windowStart: number;
  /** Of a debounced job: which of its submissions it would be. */
  readonly nth?: number | undefined;
}

/**
 * What is kept of submissions of unique jobs: one that is repeated after the end of its window means the job of its
 * first try.
 */
export interface FirstTries {
  /** A strongly consistent read. @returns the one that is kept. @throws StoreUnavailableError */
  read(keyId: string): Promise<FirstTry | undefined>;
  /**
   * Keeps a first try for a key, unless there is one.
   * @param keyId stands for tenant and Idempotency-Key
   * @returns the one that is kept now
   * @throws StoreUnavailableError; it may be kept all the same
   */
  keep(keyId: string, first: FirstTry, now: number): Promise<FirstTry>;
  /**
   * Keeps another try in place of one that has come to nothing, if that is still the one that is kept.
   * @param from of another job
   * @returns the one that is kept now
   * @throws StoreUnavailableError; it may be kept all the same
   */
  move(
    keyId: string,
    tries: { readonly from: FirstTry; readonly to: FirstTry },
    now: number,
  ): Promise<FirstTry>;
}

/**
 * Which job of a debounce key is the current one. Its number only rises: it is one more than that of the job before, or
 * the epoch milliseconds, if these are more. So it is higher even where TTL has removed what was kept.
 */
export interface Debounces {
  /**
   * A strongly consistent read. @returns the number; undefined if there was no job yet. @throws StoreUnavailableError
   */
  read(keyId: string): Promise<number | undefined>;
  /**
   * Puts another number in place of one that was read, if that is still there.
   * @returns whether it was
   * @throws StoreUnavailableError; it may have been put there all the same
   */
  raise(
    keyId: string,
    numbers: { readonly from: number | undefined; readonly to: number },
    now: number,
  ): Promise<boolean>;
}
