import { StoreUnavailableError } from '../domain/base/errors.ts';
import type { Clock } from '../domain/base/ports.ts';

const [firstPauseMs, maxPauseMs] = [1_000, 8_000];

/**
 * Makes the write by which an attempt ends, again and again while the table refuses it. An item may be throttled for some
 * seconds. Without its end, all that the attempt has done would be done again, and the next attempt would count.
 * @param giveUpAt epoch milliseconds: from then on another worker may have the job, or this one has no time left
 * @throws StoreUnavailableError, and what the write throws
 */
export async function untilStored<T>(
  write: () => Promise<T>,
  { giveUpAt, clock }: { readonly giveUpAt: number; readonly clock: Clock },
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
    try {
      return await write();
    } catch (thrown) {
      if (!(thrown instanceof StoreUnavailableError) || clock.now() + pauseMs >= giveUpAt) throw thrown;
      await clock.sleep(pauseMs);
    }
  }
}
