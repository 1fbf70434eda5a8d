import { LimitExceededError } from '../domain/access/limit-error.ts';
import type { JobCounts, LetIn } from '../domain/access/ports.ts';
import type { Clock } from '../domain/base/ports.ts';
import { type LimitsInUse, maxOf, type TenantDoor, type WhatIsSaid } from './tenant-door.ts';
import { type Counted, UnfinishedJobs } from './unfinished-jobs.ts';

interface JobsDoorDependencies extends WhatIsSaid {
  /** Which knows the rates. */
  readonly door: TenantDoor;
  readonly counts: JobCounts;
  readonly clock: Pick<Clock, 'now'>;
}

const rate = 'jobsPerMinute';

/** Where jobs come in: a tenant may have a limit on their rate, and one on how many of them are unfinished. */
export class JobsDoor {
  readonly #deps: JobsDoorDependencies;
  readonly #unfinished: UnfinishedJobs;

  constructor(deps: JobsDoorDependencies) {
    this.#deps = deps;
    this.#unfinished = new UnfinishedJobs(deps);
  }

  /** Whether the unfinished jobs of the tenant are counted: the message of a job that is says so. */
  async counts(tenant: string): Promise<boolean> {
    return (await this.#maxOf(tenant)) !== undefined;
  }

  async isLimited(tenant: string): Promise<boolean> {
    return (await this.counts(tenant)) || this.#deps.door.isLimited(tenant, rate);
  }

  /** Checks what a submission says against a limit, which costs no call. @throws InvalidRequestError */
  requireWithin(saying: Parameters<TenantDoor['requireWithin']>[0]): Promise<void> {
    return this.#deps.door.requireWithin(saying);
  }

  /** @throws LimitExceededError if the limit is used up; StoreUnavailableError */
  requireRoom(...asked: Parameters<TenantDoor['requireRoom']>): Promise<void> {
    return this.#deps.door.requireRoom(...asked);
  }

  /** Counts what nobody has asked for. @throws StoreUnavailableError */
  charge(wanting: Parameters<TenantDoor['charge']>[0]): Promise<void> {
    return this.#deps.door.charge(wanting);
  }

  /** Lets a job in. @throws LimitExceededError, StoreUnavailableError */
  async enter(tenant: string): Promise<void> {
    const { taken, refusal } = await this.letIn(tenant, 1);
    if (taken === 0 && refusal) throw refusal;
  }

  /**
   * Lets in as many jobs as both limits do. Those that the number of unfinished jobs refuses have used up their part of the rate. So it is
   * asked first whether it is known that there is no room, which costs no call.
   * @throws StoreUnavailableError
   */
  async letIn(tenant: string, wanted: number): Promise<LetIn> {
    const max = await this.#maxOf(tenant);
    if (max === undefined) return this.#deps.door.letIn({ tenant, limit: rate, wanted });
    const room = this.#unfinished.roomFor({ tenant, wanted, max });
    if (room.taken === 0) return { taken: 0, refusal: fullOf(max, room) };
    const inTime = await this.#deps.door.letIn({ tenant, limit: rate, wanted: room.taken });
    if (inTime.taken === 0) return inTime;
    const counted = await this.#unfinished.take({ tenant, wanted: inTime.taken, max });
    const { taken } = counted;
    if (taken < inTime.taken) return { taken, refusal: fullOf(max, counted) };
    if (inTime.refusal) return inTime;
    return taken < wanted ? { taken, refusal: fullOf(max, room) } : { taken };
  }

  /** How it stands with all limits of the tenant; undefined without one. @throws StoreUnavailableError */
  async look(tenant: string): Promise<LimitsInUse | undefined> {
    const max = await this.#maxOf(tenant);
    const looked = await this.#deps.door.look(tenant);
    if (max === undefined) return looked;
    const remaining = max - (await this.#unfinished.unfinished(tenant, max));
    return { ...looked, unfinishedJobs: { max, remaining } };
  }

  #maxOf(tenant: string): Promise<number | undefined> {
    return maxOf(tenant, 'unfinishedJobs', this.#deps);
  }
}

const fullOf = (max: number, { retryAfterSeconds }: Counted): LimitExceededError =>
  new LimitExceededError({ limit: 'unfinishedJobs', max, retryAfterSeconds });
