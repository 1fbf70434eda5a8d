import type { AccessEntry } from './access-entry.ts';
import type { JobCount } from './job-count.ts';
import type { LimitExceededError } from './limit-error.ts';
import type { JobCountName, SetLimits } from './limits.ts';
import type { Rate, RateOfLimit } from './rate.ts';

/** The access table, as far as a public function may use it. */
export interface AccessStore {
  /** An eventually consistent read. @throws StoreUnavailableError */
  read(id: string): Promise<AccessEntry | undefined>;
}

/** The limits that were set for single tenants. */
export interface LimitsOfTenants {
  /**
   * Never rejects: its caller goes on with what the stage says.
   * @returns what was said of the tenant: `none` is no limit, whatever the stage says
   */
  limitsOf(tenant: string): Promise<SetLimits>;
}

/** What of a tenant wants to come in. */
export interface Arrivals extends Rate {
  readonly tenant: string;
  /** Of a limit by host. */
  readonly host?: string;
  /** How many ask to come in, at least 1. Of a charge it may be a fraction. */
  readonly wanted: number;
  /** All of them come in, or none. */
  readonly isWhole?: true;
}

/** The rates at which jobs, and what else has a limit, of tenants come in. Every call @throws StoreUnavailableError */
export interface Rates {
  /**
   * Lets in as many as there is room for: the largest number, which may be none. They have used up their part of the
   * limit, whatever becomes of them. A call that fails may have let them in all the same.
   * @returns the theoretical arrival time after them: see `Rate`
   */
  take(arrivals: Arrivals): Promise<{ readonly taken: number; readonly arrivesAt: number }>;
  /**
   * Counts what comes in without being asked: it uses up its part, and up to a window more than there is. What is more
   * than that counts no further. So nothing waits for longer than two windows.
   */
  charge(arrivals: Omit<Arrivals, 'isWhole'>): Promise<void>;
  /** The theoretical arrival time; 0 if nothing of the tenant has come in lately. */
  read(of: Pick<Arrivals, 'tenant' | 'limit' | 'host'>): Promise<number>;
}

/** How many of those that want to come in do so, and why the others do not. */
export interface LetIn {
  readonly taken: number;
  readonly refusal?: LimitExceededError;
}

export interface Wanting extends Omit<Arrivals, 'max' | 'now' | 'limit'>, Pick<RateOfLimit, 'limit'> {}

/** What asks for the limits of a tenant. */
export interface Door {
  /** What has no limit comes in. @throws StoreUnavailableError */
  letIn(wanting: Wanting): Promise<LetIn>;
}

/** Counts jobs that come in without being asked. */
export interface Charges {
  /** Never rejects. Without a limit of the tenant it makes no call. */
  charge(tenant: string, jobs: number): Promise<void>;
}

/** Counts for how long the handlers of jobs run. */
export interface RunningCharges {
  /**
   * Never rejects. Without a limit of the tenant it makes no call. @param slice the part of an attempt that has run for
   * so long
   */
  charge(slice: RunSlice, seconds: number): Promise<void>;
}

/** A part of an attempt, from its claim on. */
export interface RunSlice {
  readonly tenant: string;
  /** Of the job. */
  readonly id: string;
  /** That of the claim. */
  readonly fencingToken: number;
}

/** What the door has to know of a job that asks to come in. */
export interface JobAtTheDoor {
  readonly group?: string | undefined;
  /** Whether it is to wait before it runs. */
  readonly waits?: boolean;
}

/** Which jobs of a tenant are counted together. */
export interface CountScope {
  readonly tenant: string;
  readonly limit: JobCountName;
  /** Of `unfinishedJobsOfGroup`. */
  readonly group?: string;
}

/**
 * The numbers of unfinished jobs by which doors let jobs in: see `JobCount`. Every call @throws StoreUnavailableError
 */
export interface JobCounts {
  /** A consistent read. @returns undefined if nobody has counted these jobs lately */
  read(scope: CountScope): Promise<JobCount | undefined>;
  /**
   * Adds jobs, if there are no more than `max` then. They are counted, whatever becomes of them.
   * @returns the number with them; undefined if there is no room, or nobody has counted
   */
  raise(raising: {
    readonly scope: CountScope;
    readonly jobs: number;
    readonly max: number;
    readonly now: number;
  }): Promise<JobCount | undefined>;
  /** How many jobs the index has, or `upTo` if these are more. Eventually consistent. */
  count(scope: CountScope, upTo: number): Promise<number>;
  /** Says how many there are, unless somebody has said so. */
  create(scope: CountScope, unfinished: number, now: number): Promise<void>;
  /**
   * Begins to count the index, unless somebody has begun since `seenAt`.
   * @returns the number as it was; undefined if somebody has
   */
  begin(scope: CountScope, seenAt: number, now: number): Promise<JobCount | undefined>;
  /**
   * Takes off what has ended by now, unless that is done, or somebody else has begun to count since.
   * @param gone by how much the number was too high. It may be below 0
   * @returns whether it was done
   */
  settle(scope: CountScope, begunAt: number, gone: number): Promise<boolean>;
}

/** Which tenants start nothing new. */
export interface Suspensions {
  /** Never rejects: its caller goes on if nobody can tell. */
  isSuspended(tenant: string): Promise<boolean>;
}
