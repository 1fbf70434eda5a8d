/** In which window of its type a submission with an Idempotency-Key came first, and which job it meant. */
export interface FirstTry {
  readonly jobId: string;
  /** Epoch milliseconds. */
  readonly windowStart: number;
}

/** What is kept of submissions of unique jobs: one that is repeated after the end of its window means the job of its first try. */
export interface FirstTries {
  /**
   * Keeps a first try for a key, unless there is one.
   * @param keyId stands for tenant and Idempotency-Key
   * @returns the one that is kept now
   * @throws StoreUnavailableError; it may be kept all the same
   */
  keep(keyId: string, first: FirstTry, now: number): Promise<FirstTry>;
}
