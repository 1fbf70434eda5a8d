import * as z from 'zod/mini';
import { type Kind, type Records, secondsOf } from '../../base/records.ts';
import { dayMs } from '../../base/schedule-time.ts';

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

export const firstTriesKind = {
  id: 'first-try/<key>',
  has: 'which job the first submission with a key of a [unique or debounced job](unique-jobs.md) has meant',
  expires: '30 days later',
} as const satisfies Kind;

const idOf = (keyId: string): string => `first-try/${keyId}`;

/**
 * As long as an ordinary job is known by its Idempotency-Key after its end, by default. A queue of the caller repeats
 * for 14 days at most. To keep it costs a tenth of the write.
 */
const keptMs = 30 * dayMs;

const shape = z.object({ jobId: z.string(), windowStart: z.int(), nth: z.optional(z.int()) });

const fieldsOf = ({ jobId, windowStart, nth }: FirstTry, now: number) => ({
  ...{ jobId, windowStart, nth },
  expiresAt: secondsOf(now + keptMs),
});

/** One item for each key. */
export function firstTriesIn(records: Records<'first-try'>): FirstTries {
  const keep = async (keyId: string, first: FirstTry, now: number) => {
    const once = fieldsOf(first, now);
    const { item } = await records.write(idOf(keyId), { name: 'keep a first try', once, returns: 'after' });
    return shape.parse(item);
  };
  return {
    async read(keyId) {
      const item = await records.read(idOf(keyId), 'read a first try');
      return item && shape.parse(item);
    },
    keep,
    async move(keyId, { from, to }, now) {
      const { held } = await records.write(idOf(keyId), {
        name: 'move a first try',
        set: fieldsOf(to, now),
        when: [[{ attribute: 'jobId', equals: from.jobId }]],
      });
      return held ? to : keep(keyId, to, now);
    },
  };
}
