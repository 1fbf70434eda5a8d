import { LimitExceededError } from '../../domain/access/limit-error.ts';
import { optionOf } from '../../domain/access/limits.ts';
import type { LetIn, Rates } from '../../domain/access/ports.ts';
import { type RateOfLimit, refusalOf } from '../../domain/access/rate.ts';
import { asError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import { RecentMap } from '../../domain/base/recent-map.ts';
import { maxOf, type WhatIsSaid } from './tenant-door.ts';

interface ShareDoorDependencies extends WhatIsSaid {
  readonly rates: Pick<Rates, 'take'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'warn'>;
}

const limit = 'writesPerSecond';
/** One write is for so many. */
const blockSize = 25;
/** A tenant that sends no more, by the count of this process, is not counted: five a second, and twenty at once. */
const [quietMs, quietAtOnceMs] = [200, 4_000];
/** After so long without a request, a tenant that has sent more is quiet again. */
const busyMs = 1_000;
/** Who got less than it has asked for asks again after so long: what is used up costs a call a second and process. */
const askAgainMs = 1_000;
/** How many tenants a process remembers. */
const maxKnown = 1_000;
const remedy = `An operator of the stage raises it: npm run -s keys -- limits --stage STAGE --tenant TENANT --${optionOf(limit)} NUMBER`;

/** What a process knows of a tenant. */
interface Known {
  /**
   * Up to when all that it has sent would have come, one after another, each `quietMs` after the one before. Epoch
   * milliseconds.
   */
  arrivesAt: number;
  /** How many of its share this process has taken and not used. */
  left: number;
  /** When it got less than it has asked for, and the refusal that follows. */
  refused?: { readonly at: number; readonly error: LimitExceededError };
}

/**
 * The doors that write: what comes through them has a limit, so that one tenant does not use up what all share. A
 * process counts in memory. A tenant that sends little costs no call. Of one that sends more, the process takes a block
 * of the tenant's share by one write, and uses that up.
 */
export class ShareDoor {
  readonly #deps: ShareDoorDependencies;
  readonly #known = new RecentMap<string, Known>(maxKnown);

  constructor(deps: ShareDoorDependencies) {
    this.#deps = deps;
  }

  /** @throws LimitExceededError */
  async pass(tenant: string): Promise<void> {
    const { refusal } = await this.letIn(tenant, 1);
    if (refusal) throw refusal;
  }

  /** Lets the first ones in that fit. Never rejects: if nobody can tell, all come in. */
  async letIn(tenant: string, wanted: number): Promise<LetIn> {
    const max = await maxOf(tenant, limit, this.#deps);
    if (max === undefined) return { taken: wanted };
    const now = this.#deps.clock.now();
    const known = this.#known.get(tenant) ?? { arrivesAt: now, left: 0 };
    this.#known.set(tenant, known);
    if (isQuiet(known, wanted, now)) return { taken: wanted };
    if (known.left < wanted) await this.#takeBlock(known, tenant, wanted, { limit, max, now });
    const taken = Math.min(known.left, wanted);
    known.left -= taken;
    return taken === wanted || !known.refused ? { taken: wanted } : { taken, refusal: known.refused.error };
  }

  async #takeBlock(known: Known, tenant: string, wanted: number, rate: RateOfLimit): Promise<void> {
    // The clock may have been set back.
    if (known.refused && Math.abs(rate.now - known.refused.at) < askAgainMs) return;
    const asked = Math.max(blockSize, wanted - known.left);
    try {
      const { taken, arrivesAt } = await this.#deps.rates.take({ tenant, wanted: asked, ...rate });
      known.left += taken;
      known.refused = taken < asked ? { at: rate.now, error: refusalAt(arrivesAt, rate) } : undefined;
    } catch (thrown) {
      known.left += asked;
      this.#deps.log.warn('share of a tenant not counted', { error: asError(thrown), tenant });
    }
  }
}

/** Counts them, too: who sends more for a while is not quiet until it has sent less for a while. */
function isQuiet(known: Known, wanted: number, now: number): boolean {
  const sentTo = Math.max(known.arrivesAt, now) + wanted * quietMs;
  known.arrivesAt = Math.min(sentTo, now + quietAtOnceMs + busyMs);
  return sentTo <= now + quietAtOnceMs;
}

const refusalAt = (arrivesAt: number, rate: RateOfLimit): LimitExceededError =>
  new LimitExceededError(refusalOf(arrivesAt, rate).exceeded, remedy);
