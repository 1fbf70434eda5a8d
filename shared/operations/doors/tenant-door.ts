import type { LimitExceededError } from '../../domain/access/limit-error.ts';
import {
  isLeftKnown,
  type LimitName,
  limitNames,
  limits,
  type RateName,
  rateNames,
  type SetLimits,
} from '../../domain/access/limits.ts';
import type { Door, LetIn, LimitsOfTenants, Rates, Wanting } from '../../domain/access/ports.ts';
import { type RateOfLimit, refusalOf, roomFor } from '../../domain/access/rate.ts';
import { InvalidRequestError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';

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
  readonly clock: Pick<Clock, 'now'>;
}

interface Saying {
  readonly tenant: string;
  readonly limit: LimitName;
  readonly value: number;
  /** Where the request says it. */
  readonly pointer: string;
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
export class TenantDoor implements Door {
  readonly #deps: DoorDependencies;

  constructor(deps: DoorDependencies) {
    this.#deps = deps;
  }

  async isLimited(tenant: string, limit: RateName): Promise<boolean> {
    return (await this.#rateOf(tenant, limit)) !== undefined;
  }

  /** Lets a job in. @throws LimitExceededError, StoreUnavailableError */
  async enter(tenant: string): Promise<void> {
    await this.pass({ tenant, limit: 'jobsPerMinute', wanted: 1 });
  }

  /**
   * Checks what a request says against a limit, which costs no call. It is the request's fault: no time makes it right.
   * @throws InvalidRequestError
   */
  async requireWithin({ tenant, limit, value, pointer }: Saying): Promise<void> {
    const max = await maxOf(tenant, limit, this.#deps);
    if (max === undefined || value <= max) return;
    const detail = `is more than the limit \`${limit}\` of the tenant, which is ${max} ${limits[limit].unit}`;
    throw new InvalidRequestError('The request is above a limit of the tenant.', [{ pointer, detail }]);
  }

  /** Lets in all that is wanted, or nothing. @throws LimitExceededError, StoreUnavailableError */
  async pass(wanting: Wanting): Promise<void> {
    const { refusal } = await this.letIn({ ...wanting, isWhole: true });
    if (refusal) throw refusal;
  }

  /** @throws StoreUnavailableError */
  async letIn({ tenant, limit, wanted, ...how }: Wanting): Promise<LetIn> {
    const rate = await this.#rateOf(tenant, limit);
    if (!rate) return { taken: wanted };
    const { taken, arrivesAt } = await this.#deps.rates.take({ tenant, wanted, ...how, ...rate });
    if (taken === wanted) return { taken };
    return { taken, refusal: refusalOf(arrivesAt, rate, how.isWhole ? wanted : 1) };
  }

  /** @throws LimitExceededError if the limit is used up; StoreUnavailableError */
  async requireRoom(tenant: string, limit: RateName): Promise<void> {
    const refusal = await this.lookForRoom(tenant, limit);
    if (refusal) throw refusal;
  }

  /**
   * Uses up nothing. @returns why nothing comes in; undefined if there is room, or no limit. @throws
   * StoreUnavailableError
   */
  async lookForRoom(tenant: string, limit: RateName): Promise<LimitExceededError | undefined> {
    const rate = await this.#rateOf(tenant, limit);
    if (!rate) return undefined;
    const arrivesAt = await this.#deps.rates.read({ tenant, limit });
    return roomFor(arrivesAt, rate) === 0 ? refusalOf(arrivesAt, rate) : undefined;
  }

  /** Counts what nobody has asked for. @throws StoreUnavailableError */
  async charge({ tenant, limit, wanted }: Wanting): Promise<void> {
    const rate = await this.#rateOf(tenant, limit);
    if (rate) await this.#deps.rates.charge({ tenant, wanted, ...rate });
  }

  /** @returns undefined without a limit. @throws StoreUnavailableError */
  async look(tenant: string): Promise<LimitsInUse | undefined> {
    const looked = await Promise.all(
      limitNames.map(async (name) => {
        const max = await maxOf(tenant, name, this.#deps);
        if (max === undefined) return [];
        const limit = rateNames.find((rate) => rate === name);
        if (!limit || !isLeftKnown(limit)) return [[name, { max }] as const];
        const rate = { limit, max, now: this.#deps.clock.now() };
        const remaining = roomFor(await this.#deps.rates.read({ tenant, limit }), rate);
        return [[name, { max, remaining }] as const];
      }),
    );
    const found = looked.flat();
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }

  async #rateOf(tenant: string, limit: RateName): Promise<RateOfLimit | undefined> {
    const max = await maxOf(tenant, limit, this.#deps);
    return max === undefined ? undefined : { limit, max, now: this.#deps.clock.now() };
  }
}
