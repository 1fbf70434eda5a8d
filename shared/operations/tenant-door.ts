import { LimitExceededError } from '../domain/access/limit-error.ts';
import {
  countNames,
  type LimitName,
  type RateName,
  rateNames,
  type SetLimits,
} from '../domain/access/limits.ts';
import type { JobCounts, LimitsOfTenants, Rates } from '../domain/access/ports.ts';
import { type Rate, refusalOf, roomFor } from '../domain/access/rate.ts';
import type { Clock } from '../domain/base/ports.ts';
import { type Counted, UnfinishedJobs } from './unfinished-jobs.ts';

export interface WhatIsSaid {
  /** Of single tenants. */
  readonly limits: LimitsOfTenants;
  /** Of every other tenant of the stage. */
  readonly stageLimits: SetLimits;
}

/** @returns undefined: the tenant has no such limit. Never rejects */
export async function maxOf(
  tenant: string,
  limit: LimitName,
  { limits: own, stageLimits }: WhatIsSaid,
): Promise<number | undefined> {
  const max = (await own.limitsOf(tenant))[limit] ?? stageLimits[limit] ?? 'none';
  return max === 'none' ? undefined : max;
}

interface DoorDependencies extends WhatIsSaid {
  readonly rates: Rates;
  readonly counts: JobCounts;
  readonly clock: Pick<Clock, 'now'>;
}

/** How many of those that want to come in do so, and why the others do not. */
export interface LetIn {
  readonly taken: number;
  readonly refusal?: LimitExceededError;
}

interface Wanting {
  readonly tenant: string;
  readonly limit: RateName;
  readonly wanted: number;
}

/** How it stands with the limits that a tenant has. */
export type LimitsInUse = Readonly<
  Partial<
    Record<
      LimitName,
      {
        readonly max: number;
        /** How many would come in now. Absent where nothing is used up. */
        readonly remaining?: number;
      }
    >
  >
>;

/** Where submissions come in: who has used up the limit of its tenant waits. A tenant without a limit costs no call. */
export class TenantDoor {
  readonly #deps: DoorDependencies;
  readonly #unfinished: UnfinishedJobs;

  constructor(deps: DoorDependencies) {
    this.#deps = deps;
    this.#unfinished = new UnfinishedJobs(deps);
  }

  /** Whether the unfinished jobs of the tenant are counted: the message of a job that is says so. */
  async counts(tenant: string): Promise<boolean> {
    return (await maxOf(tenant, 'unfinishedJobs', this.#deps)) !== undefined;
  }

  async isLimited(tenant: string, limit: RateName): Promise<boolean> {
    return (await this.#rateOf(tenant, limit)) !== undefined;
  }

  /** Lets a job in. @throws LimitExceededError, StoreUnavailableError */
  async enter(tenant: string): Promise<void> {
    const { taken, refusal } = await this.letJobsIn(tenant, 1);
    if (taken === 0 && refusal) throw refusal;
  }

  /**
   * Lets jobs in. Those that the number of unfinished jobs refuses have used up their part of the rate. So it is asked first whether it
   * is known that there is no room, which costs no call.
   * @throws StoreUnavailableError
   */
  async letJobsIn(tenant: string, wanted: number): Promise<LetIn> {
    const limit = 'jobsPerMinute';
    const max = await maxOf(tenant, 'unfinishedJobs', this.#deps);
    if (max === undefined) return this.letIn({ tenant, limit, wanted });
    const room = this.#unfinished.roomFor({ tenant, wanted, max });
    if (room.taken === 0) return { taken: 0, refusal: fullOf(max, room) };
    const inTime = await this.letIn({ tenant, limit, wanted: room.taken });
    if (inTime.taken === 0) return inTime;
    const counted = await this.#unfinished.take({ tenant, wanted: inTime.taken, max });
    const { taken } = counted;
    if (taken < inTime.taken) return { taken, refusal: fullOf(max, counted) };
    if (inTime.refusal) return inTime;
    return taken < wanted ? { taken, refusal: fullOf(max, room) } : { taken };
  }

  /** @throws StoreUnavailableError */
  async letIn({ tenant, limit, wanted }: Wanting): Promise<LetIn> {
    const rate = await this.#rateOf(tenant, limit);
    if (!rate) return { taken: wanted };
    const { taken, arrivesAt } = await this.#deps.rates.take({ tenant, wanted, ...rate });
    return taken < wanted ? { taken, refusal: refusalOf(arrivesAt, rate) } : { taken };
  }

  /** @returns undefined without a limit. @throws StoreUnavailableError */
  async look(tenant: string): Promise<LimitsInUse | undefined> {
    const looked = await Promise.all(
      rateNames.map(async (limit) => {
        const rate = await this.#rateOf(tenant, limit);
        if (!rate) return [];
        const remaining = roomFor(await this.#deps.rates.read({ tenant, limit }), rate);
        return [[limit, { max: rate.max, remaining }] as const];
      }),
    );
    const counted = await Promise.all(
      countNames.map(async (limit) => {
        const max = await maxOf(tenant, limit, this.#deps);
        if (max === undefined) return [];
        const remaining = max - (await this.#unfinished.unfinished(tenant, max));
        return [[limit, { max, remaining }] as const];
      }),
    );
    const found = [...looked.flat(), ...counted.flat()];
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }

  async #rateOf(tenant: string, limit: RateName): Promise<Rate | undefined> {
    const max = await maxOf(tenant, limit, this.#deps);
    return max === undefined ? undefined : { limit, max, now: this.#deps.clock.now() };
  }
}

const fullOf = (max: number, { retryAfterSeconds }: Counted): LimitExceededError =>
  new LimitExceededError({ limit: 'unfinishedJobs', max, retryAfterSeconds });
