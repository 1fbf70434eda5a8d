import type { RunningCharges } from '../../domain/access/ports.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { endSleep } from '../../domain/base/within-time.ts';
import type { JobItem } from '../../domain/state/job/item.ts';

interface RunningTimeDependencies {
  readonly runningCharges?: RunningCharges | undefined;
  readonly chargeEveryMs?: number;
  readonly clock: Clock;
}

/** As long as a slice in a function lasts at most. An attempt on a worker server may take hours. */
const usualEveryMs = 900_000;
/** Nothing that follows the end of an attempt waits longer for its charge. */
const maxWaitMs = 1_000;

/**
 * The time from the claim of a slice on, which the tenant is charged for: once for each moment. A charge never fails,
 * and is never made again: what a crash cuts off is not charged.
 */
export class RunningTime {
  readonly #item: JobItem;
  readonly #deps: RunningTimeDependencies;
  /** Up to when it is charged, epoch milliseconds. */
  #chargedUntil: number;

  constructor(item: JobItem, deps: RunningTimeDependencies) {
    this.#item = item;
    this.#deps = deps;
    this.#chargedUntil = item.updatedAt;
  }

  /** Charges what has run, of an attempt that has run for long. */
  async chargeIfDue(): Promise<void> {
    const { clock, chargeEveryMs = usualEveryMs } = this.#deps;
    const now = clock.now();
    if (now - this.#chargedUntil >= chargeEveryMs) await this.#charge(now);
  }

  /**
   * Charges the rest, while the end is stored. If it cannot be stored, the attempt has run all the same.
   * @param endedAt epoch milliseconds
   * @returns waits for the charge, before the message is deleted: then a function's invocation is over, and nothing
   * runs any more
   */
  end(endedAt: number): () => Promise<void> {
    let isCharged = false;
    const charge = this.#charge(endedAt).finally(() => {
      isCharged = true;
    });
    return async () => {
      // As a rule it is: a tenant without a limit costs no call, and needs no timer.
      if (isCharged) return;
      const charged = new AbortController();
      const sleep = this.#deps.clock.sleep(maxWaitMs, charged.signal);
      await Promise.race([charge.finally(() => endSleep(charged)), sleep]);
    };
  }

  async #charge(until: number): Promise<void> {
    const seconds = (until - this.#chargedUntil) / 1000;
    // A clock may be set back.
    if (seconds <= 0) return;
    this.#chargedUntil = until;
    await this.#deps.runningCharges?.charge(this.#item, seconds);
  }
}
