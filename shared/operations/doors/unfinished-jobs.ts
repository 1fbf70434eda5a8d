import {
  isHalfFull,
  type JobCount,
  mayCountAgain,
  recounted,
  roomIn,
  secondsToCount,
} from '../../domain/access/job-count.ts';
import type { CountScope, JobCounts } from '../../domain/access/ports.ts';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { RecentMap } from '../../domain/base/recent-map.ts';

interface UnfinishedDependencies {
  readonly counts: JobCounts;
  readonly clock: Pick<Clock, 'now'>;
}

interface Wanted {
  readonly scope: CountScope;
  /** How many jobs ask to come in. */
  readonly wanted: number;
  /** How many of these jobs may be unfinished. */
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
/** How many numbers a process remembers. */
const maxKnown = 1_000;

/**
 * Counts the unfinished jobs of tenants that have a limit on them, on those of a group, or on those that wait. A
 * process has one counter, and remembers the numbers that it has seen: with no room by what is remembered it refuses
 * without a call, until the index may be counted again.
 */
export class UnfinishedJobs {
  readonly #deps: UnfinishedDependencies;
  /** By `keyOf`. */
  readonly #known = new RecentMap<string, JobCount>(maxKnown);

  constructor(deps: UnfinishedDependencies) {
    this.#deps = deps;
  }

  /** How many jobs of these may come in by what is known, which costs no call. */
  roomFor({ scope, wanted, max }: Wanted): Counted {
    const known = this.#known.get(keyOf(scope));
    const now = this.#deps.clock.now();
    if (!known || mayCountAgain(known, now)) return { taken: wanted, retryAfterSeconds: 1 };
    return { taken: Math.min(wanted, roomIn(known, max)), retryAfterSeconds: secondsToCount(known, now) };
  }

  /**
   * Lets in as many of the jobs as there is room for: the largest number, which may be none. @throws
   * StoreUnavailableError
   */
  async take({ scope, wanted, max }: Wanted): Promise<Counted> {
    const { counts, clock } = this.#deps;
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const now = clock.now();
      const known = this.#known.get(keyOf(scope)) ?? (await this.#read(scope, max));
      if (roomIn(known, max) < wanted && mayCountAgain(known, now)) {
        await this.#countAgain(scope, known, max);
        continue;
      }
      const jobs = Math.min(wanted, roomIn(known, max));
      if (jobs === 0) return { taken: 0, retryAfterSeconds: secondsToCount(known, now) };
      const raised = await counts.raise({ scope, jobs, max, now });
      if (raised) {
        this.#remember(scope, raised);
        // They are let in, whatever becomes of this.
        if (isHalfFull(raised, max) && mayCountAgain(raised, now))
          await this.#countAgain(scope, raised, max).catch(() => undefined);
        return { taken: jobs, retryAfterSeconds: secondsToCount(raised, now) };
      }
      await this.#read(scope, max);
    }
    throw new StoreUnavailableError('the number of unfinished jobs was changed by others again and again');
  }

  /** How many there are by the index, or `max` if there are more. @throws StoreUnavailableError */
  unfinished(scope: CountScope, max: number): Promise<number> {
    return this.#deps.counts.count(scope, max);
  }

  async #read(scope: CountScope, max: number): Promise<JobCount> {
    const { counts, clock } = this.#deps;
    const found = await counts.read(scope);
    if (found) return this.#remember(scope, found);
    await counts.create(scope, await counts.count(scope, max), clock.now());
    const created = await counts.read(scope);
    if (!created) throw new StoreUnavailableError('the number of unfinished jobs could not be stored');
    return this.#remember(scope, created);
  }

  /** A process that dies in between leaves the number too high, until another one counts again. */
  async #countAgain(scope: CountScope, { seenAt }: JobCount, max: number): Promise<void> {
    const { counts, clock } = this.#deps;
    const now = clock.now();
    const begun = await counts.begin(scope, seenAt, now);
    if (begun) {
      const gone = begun.count - recounted(begun, await counts.count(scope, max), now);
      await counts.settle(scope, now, gone);
    }
    await this.#read(scope, max);
  }

  #remember(scope: CountScope, count: JobCount): JobCount {
    this.#known.set(keyOf(scope), count);
    return count;
  }
}

/** Tenants and groups may be any texts. */
const keyOf = ({ limit, tenant, group }: CountScope): string => JSON.stringify([limit, tenant, group]);
