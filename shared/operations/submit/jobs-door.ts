import { LimitExceededError } from '../../domain/access/limit-error.ts';
import type { JobCountName, LimitName } from '../../domain/access/limits.ts';
import type { CountScope, JobAtTheDoor, JobCounts } from '../../domain/access/ports.ts';
import type { Clock } from '../../domain/base/ports.ts';
import type { CountedBy } from '../../domain/state/job/message.ts';
import { type LimitsInUse, maxOf, type TenantDoor, type WhatIsSaid } from '../doors/tenant-door.ts';
import { type Counted, UnfinishedJobs } from '../doors/unfinished-jobs.ts';
import type { SubmitDoor } from './submission.ts';

interface JobsDoorDependencies extends WhatIsSaid {
  /** Which knows the rates. */
  readonly door: TenantDoor;
  readonly counts: JobCounts;
  readonly clock: Pick<Clock, 'now'>;
}

const rate = 'jobsPerMinute';
/** It is charged when jobs have run: the door only looks. */
const time = 'runningSecondsPerHour';
const countNames: readonly JobCountName[] = ['unfinishedJobs', 'unfinishedJobsOfGroup', 'waitingJobs'];
/** Those with one number for a tenant. */
const shownCounts = ['unfinishedJobs', 'waitingJobs'] as const;

/** Some of the jobs that ask to come in, which are counted together. */
interface Asking {
  readonly scope: CountScope;
  readonly max: number;
  /** Where these are among all that ask. */
  readonly positions: readonly number[];
}

/** The jobs that ask together, and who of them is refused by which limit. */
class Line {
  readonly refusals: (LimitExceededError | undefined)[];

  constructor(jobs: readonly JobAtTheDoor[]) {
    this.refusals = jobs.map(() => undefined);
  }

  /** Those that nothing has refused yet. */
  left(positions: Iterable<number> = this.refusals.keys()): readonly number[] {
    return [...positions].filter((position) => this.refusals[position] === undefined);
  }

  /** Of these jobs the first ones come in. */
  refuseAfter(taken: number, positions: readonly number[], refusal: LimitExceededError | undefined): void {
    for (const position of positions.slice(taken)) this.refusals[position] = refusal;
  }
}

/**
 * Where jobs come in: a tenant may have a limit on their rate, some on how many of them are unfinished, and one on for
 * how long they run.
 */
export class JobsDoor {
  readonly #deps: JobsDoorDependencies;
  readonly #unfinished: UnfinishedJobs;

  constructor(deps: JobsDoorDependencies) {
    this.#deps = deps;
    this.#unfinished = new UnfinishedJobs(deps);
  }

  /** By which limits a job of the tenant is counted until it ends: its message says so. Never rejects. */
  async counts(tenant: string, { group }: Pick<JobAtTheDoor, 'group'>): Promise<CountedBy> {
    const countsWaits = (await this.#maxOf(tenant, 'waitingJobs')) !== undefined;
    const isCounted = countsWaits || (await this.#maxOf(tenant, 'unfinishedJobs')) !== undefined;
    const isInGroup =
      group !== undefined && (await this.#maxOf(tenant, 'unfinishedJobsOfGroup')) !== undefined;
    return {
      ...(isCounted ? { counted: true } : {}),
      ...(isInGroup ? { countedInGroup: true } : {}),
      ...(countsWaits ? { countedWaits: true } : {}),
    };
  }

  async isLimited(tenant: string): Promise<boolean> {
    const names: readonly LimitName[] = [...countNames, rate, time];
    const said = await Promise.all(names.map((limit) => this.#maxOf(tenant, limit)));
    return said.some((max) => max !== undefined);
  }

  /** @throws LimitExceededError if the limit is used up; StoreUnavailableError */
  requireRoom(...asked: Parameters<TenantDoor['requireRoom']>): Promise<void> {
    return this.#deps.door.requireRoom(...asked);
  }

  /** Counts what nobody has asked for. @throws StoreUnavailableError */
  charge(wanting: Parameters<TenantDoor['charge']>[0]): Promise<void> {
    return this.#deps.door.charge(wanting);
  }

  /** Whether what makes no job counts in the rate of jobs. Never rejects. */
  async countsRepeats(tenant: string): Promise<boolean> {
    return (await this.#maxOf(tenant, rate)) !== undefined;
  }

  /** Lets a submission in that makes no job. @throws LimitExceededError, StoreUnavailableError */
  repeat(tenant: string): Promise<void> {
    return this.#deps.door.enter(tenant);
  }

  /** Lets a job in. @throws LimitExceededError, StoreUnavailableError */
  async enter(tenant: string, job: JobAtTheDoor): Promise<void> {
    const [refusal] = await this.letIn(tenant, [job]);
    if (refusal) throw refusal;
  }

  /**
   * Lets in those of the jobs that all limits let in: the first ones, of each group apart. A job that one limit refuses
   * has used up its part of the limits that were asked before. So it is asked first whether it is known that there is
   * no room, which costs no call.
   * @returns for each job why it does not come in; undefined if it does
   * @throws StoreUnavailableError
   */
  async letIn(
    tenant: string,
    jobs: readonly JobAtTheDoor[],
  ): Promise<readonly (LimitExceededError | undefined)[]> {
    const line = new Line(jobs);
    const inAll = await this.#asking({ tenant, limit: 'unfinishedJobs' }, line.left());
    const waiting = line.left().filter((position) => jobs[position]?.waits);
    const ofWaiting = await this.#asking({ tenant, limit: 'waitingJobs' }, waiting);
    const ofGroups = await Promise.all(
      Array.from(groupsOf(jobs), ([group, positions]) =>
        this.#asking({ tenant, limit: 'unfinishedJobsOfGroup', group }, positions),
      ),
    );
    const asking = [...ofGroups, ofWaiting, inAll].filter((each) => each !== undefined);
    for (const each of asking) {
      const left = line.left(each.positions);
      const room = this.#unfinished.roomFor({ ...each, wanted: left.length });
      line.refuseAfter(room.taken, left, fullOf(each, room));
    }
    const left = line.left();
    if (left.length === 0) return line.refusals;
    const usedUp = await this.#deps.door.lookForRoom(tenant, time);
    if (usedUp) {
      line.refuseAfter(0, left, usedUp);
      return line.refusals;
    }
    const { taken, refusal } = await this.#deps.door.letIn({ tenant, limit: rate, wanted: left.length });
    line.refuseAfter(taken, left, refusal);
    await Promise.all(ofGroups.map((each) => each && this.#take(each, line)));
    if (ofWaiting) await this.#take(ofWaiting, line);
    if (inAll) await this.#take(inAll, line);
    return line.refusals;
  }

  /** How it stands with all limits of the tenant; undefined without one. @throws StoreUnavailableError */
  async look(tenant: string): Promise<LimitsInUse | undefined> {
    const looked = await this.#deps.door.look(tenant);
    if (!looked) return undefined;
    const counted = await Promise.all(
      shownCounts.map(async (limit) => {
        const max = looked[limit]?.max;
        if (max === undefined) return [];
        const remaining = max - (await this.#unfinished.unfinished({ tenant, limit }, max));
        return [[limit, { max, remaining }] as const];
      }),
    );
    return { ...looked, ...Object.fromEntries(counted.flat()) };
  }

  /** @returns undefined if the tenant has no such limit */
  async #asking(scope: CountScope, positions: readonly number[]): Promise<Asking | undefined> {
    const max = await this.#maxOf(scope.tenant, scope.limit);
    return max === undefined ? undefined : { scope, max, positions };
  }

  async #take(asking: Asking, line: Line): Promise<void> {
    const left = line.left(asking.positions);
    if (left.length === 0) return;
    const counted = await this.#unfinished.take({ ...asking, wanted: left.length });
    line.refuseAfter(counted.taken, left, fullOf(asking, counted));
  }

  #maxOf(tenant: string, limit: LimitName): Promise<number | undefined> {
    return maxOf(tenant, limit, this.#deps);
  }
}

/** Where a request is refused already: what was accepted before is answered all the same, and nothing else. */
export function refusingDoor(refusal: LimitExceededError | undefined): SubmitDoor {
  const refuse = () => Promise.reject(refusal);
  return { enter: refuse, repeat: refuse, requireRoom: refuse, countsRepeats: async () => true };
}

/** The jobs of each group, by their places among all. */
function groupsOf(jobs: readonly JobAtTheDoor[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [position, { group }] of jobs.entries())
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), position]);
  return groups;
}

const fullOf = ({ scope: { limit }, max }: Asking, { retryAfterSeconds }: Counted): LimitExceededError =>
  new LimitExceededError({ limit, max, retryAfterSeconds });
