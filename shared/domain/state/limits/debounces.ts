import * as z from 'zod/mini';
import { asRead } from '../../base/condition.ts';
import { type Kind, type Records, secondsOf } from '../../base/records.ts';
import { dayMs } from '../../base/schedule-time.ts';

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

export const debouncesKind = {
  id: 'debounce/<key>',
  has: 'the number of the current job of a debounce key',
  expires: '90 days after that job was made',
} as const satisfies Kind;

const idOf = (keyId: string): string => `debounce/${keyId}`;
const keptMs = 90 * dayMs;
const shape = z.object({ number: z.int() });

/** One item for each key. */
export const debouncesIn = (records: Records<'debounce'>): Debounces => ({
  async read(keyId) {
    const item = await records.read(idOf(keyId), 'read a debounce key');
    return item && shape.parse(item).number;
  },
  async raise(keyId, { from, to }, now) {
    const { held } = await records.write(idOf(keyId), {
      name: 'raise a debounce key',
      set: { number: to, expiresAt: secondsOf(now + keptMs) },
      when: [[asRead('number', from)]],
    });
    return held;
  },
});
