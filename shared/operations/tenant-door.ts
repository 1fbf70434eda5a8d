import { type Rate, refusalOf, roomFor } from '../domain/access/job-rate.ts';
import type { LimitExceededError } from '../domain/access/limit-error.ts';
import type { JobRates, LimitsOfTenants } from '../domain/access/ports.ts';
import type { Clock } from '../domain/base/ports.ts';

interface DoorDependencies {
  /** Of single tenants. */
  readonly limits: LimitsOfTenants;
  /** Of every other tenant of the stage. */
  readonly jobsPerMinute: number | 'none';
  readonly rates: JobRates;
  readonly clock: Pick<Clock, 'now'>;
}

/** How many of some jobs come in, and why the others do not. */
export interface LetIn {
  readonly taken: number;
  readonly refusal?: LimitExceededError;
}

/** How it stands with the limit of a tenant. */
export interface JobsPerMinute {
  readonly max: number;
  /** How many jobs would come in now. */
  readonly remaining: number;
}

/** Where submissions come in: who has used up the limit of its tenant waits. A tenant without a limit costs no call. */
export class TenantDoor {
  readonly #deps: DoorDependencies;

  constructor(deps: DoorDependencies) {
    this.#deps = deps;
  }

  async isLimited(tenant: string): Promise<boolean> {
    return (await this.#rateOf(tenant)) !== undefined;
  }

  /** Lets a job in. @throws LimitExceededError, StoreUnavailableError */
  async enter(tenant: string): Promise<void> {
    const { taken, refusal } = await this.letIn(tenant, 1);
    if (taken === 0 && refusal) throw refusal;
  }

  /** @throws StoreUnavailableError */
  async letIn(tenant: string, wanted: number): Promise<LetIn> {
    const rate = await this.#rateOf(tenant);
    if (!rate) return { taken: wanted };
    const { taken, arrivesAt } = await this.#deps.rates.take({ tenant, wanted, ...rate });
    return taken < wanted ? { taken, refusal: refusalOf(arrivesAt, rate) } : { taken };
  }

  /** @returns undefined without a limit. @throws StoreUnavailableError */
  async look(tenant: string): Promise<JobsPerMinute | undefined> {
    const rate = await this.#rateOf(tenant);
    if (!rate) return undefined;
    return { max: rate.perMinute, remaining: roomFor(await this.#deps.rates.read(tenant), rate) };
  }

  async #rateOf(tenant: string): Promise<Rate | undefined> {
    const { limits, jobsPerMinute, clock } = this.#deps;
    const perMinute = (await limits.jobsPerMinuteOf(tenant)) ?? jobsPerMinute;
    return perMinute === 'none' ? undefined : { perMinute, now: clock.now() };
  }
}
