import {
  isHalfFull,
  type JobCount,
  mayCountAgain,
  recounted,
  roomIn,
  secondsToCount,
} from '../domain/access/job-count.ts';
import type { JobCounts } from '../domain/access/ports.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import type { Clock } from '../domain/base/ports.ts';
import { RecentMap } from '../domain/base/recent-map.ts';

interface UnfinishedDependencies {
  readonly counts: JobCounts;
  readonly clock: Pick<Clock, 'now'>;
}

interface Wanted {
  readonly tenant: string;
  /** How many jobs ask to come in. */
  readonly wanted: number;
  /** How many jobs of the tenant may be unfinished. */
  readonly max: number;
}

export interface Counted {
  /** How many come in. */
  readonly taken: number;
  /** When it is worth asking again for the others. */
  readonly retryAfterSeconds: number;
}

/** Others may change the number between two calls. Each of them has let jobs in, or has counted. */
const maxTries = 5;
/** Of how many tenants a process remembers the number. */
const maxKnown = 1_000;

/**
 * Counts the unfinished jobs of tenants that have a limit on them. It is one of a process, which remembers the numbers that it has seen: who
 * knows that there is no room refuses without a call, until the index may be counted again.
 */
export class UnfinishedJobs {
  readonly #deps: UnfinishedDependencies;
  readonly #known = new RecentMap<string, JobCount>(maxKnown);

  constructor(deps: UnfinishedDependencies) {
    this.#deps = deps;
  }

  /** How many jobs of these may come in by what is known, which costs no call. */
  roomFor({ tenant, wanted, max }: Wanted): Counted {
    const known = this.#known.get(tenant);
    const now = this.#deps.clock.now();
    if (!known || mayCountAgain(known, now)) return { taken: wanted, retryAfterSeconds: 1 };
    return { taken: Math.min(wanted, roomIn(known, max)), retryAfterSeconds: secondsToCount(known, now) };
  }

  /** Lets in as many of the jobs as there is room for: the largest number, which may be none. @throws StoreUnavailableError */
  async take({ tenant, wanted, max }: Wanted): Promise<Counted> {
    const { counts, clock } = this.#deps;
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const now = clock.now();
      const known = this.#known.get(tenant) ?? (await this.#read(tenant, max));
      if (roomIn(known, max) < wanted && mayCountAgain(known, now)) {
        await this.#countAgain(tenant, known, max);
        continue;
      }
      const jobs = Math.min(wanted, roomIn(known, max));
      if (jobs === 0) return { taken: 0, retryAfterSeconds: secondsToCount(known, now) };
      const raised = await counts.raise({ tenant, jobs, max, now });
      if (raised) {
        this.#remember(tenant, raised);
        // They are let in, whatever becomes of this.
        if (isHalfFull(raised, max) && mayCountAgain(raised, now))
          await this.#countAgain(tenant, raised, max).catch(() => undefined);
        return { taken: jobs, retryAfterSeconds: secondsToCount(raised, now) };
      }
      await this.#read(tenant, max);
    }
    throw new StoreUnavailableError('the number of unfinished jobs was changed by others again and again');
  }

  /** How many there are by the index, or `max` if there are more. @throws StoreUnavailableError */
  unfinished(tenant: string, max: number): Promise<number> {
    return this.#deps.counts.count(tenant, max);
  }

  async #read(tenant: string, max: number): Promise<JobCount> {
    const { counts, clock } = this.#deps;
    const found = await counts.read(tenant);
    if (found) return this.#remember(tenant, found);
    await counts.create(tenant, await counts.count(tenant, max), clock.now());
    const created = await counts.read(tenant);
    if (!created) throw new StoreUnavailableError('the number of unfinished jobs could not be stored');
    return this.#remember(tenant, created);
  }

  /** A process that dies in between leaves the number too high, until another one counts again. */
  async #countAgain(tenant: string, { seenAt }: JobCount, max: number): Promise<void> {
    const { counts, clock } = this.#deps;
    const now = clock.now();
    const begun = await counts.begin(tenant, seenAt, now);
    if (begun) {
      const gone = begun.count - recounted(begun, await counts.count(tenant, max), now);
      await counts.settle(tenant, now, gone);
    }
    await this.#read(tenant, max);
  }

  #remember(tenant: string, count: JobCount): JobCount {
    this.#known.set(tenant, count);
    return count;
  }
}
