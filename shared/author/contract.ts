import * as z from 'zod/v4/core';
import en from 'zod/v4/locales/en.js';
import { plainVersion, stepsVersion } from '../domain/base/version.ts';
import { type PartLimit, type RunningLimit, requireLimits, type WorkLimit } from './work-limit.ts';

// zod/mini says no more than "Invalid input" unless it is given a language.
z.config(en());

/** The queues that a type's jobs run from. Jobs of a group run from another one, whatever their type. */
export const contractQueues = ['standard', 'long', 'server', 'bulk'] as const;
export type ContractQueue = (typeof contractQueues)[number];
/** Those that are for the types of a project. */
export type OwnQueue = Exclude<ContractQueue, 'bulk'>;

/** The shapes of the answers that a job may wait for, by name. */
export type SignalSchemas = Readonly<Record<string, z.$ZodType>>;

/** What a job type promises: the shapes of what goes in and comes out, and its limits. */
export interface JobContract<
  Payload extends z.$ZodType = z.$ZodType,
  Result extends z.$ZodType = z.$ZodType,
  Checkpoint extends z.$ZodType = z.$ZodType,
  Queue extends ContractQueue = ContractQueue,
  Signals extends SignalSchemas = SignalSchemas,
  Parts extends string = string,
> {
  readonly payload: Payload;
  readonly result: Result;
  /**
   * The state that the job saves in order to go on from there. Without one, every attempt starts from the beginning.
   */
  readonly checkpoint?: Checkpoint;
  /** Set for a type of ours, whose jobs nobody submits: what to use instead. */
  readonly reserved?: string;
  /** Set if the handler has steps: `job.step` and `job.waitFor`. */
  readonly hasSteps?: boolean;
  /**
   * The answers that the job may wait for (docs/signals.md), with the shape of each: somebody sends them while the job
   * runs or waits. Beside `hasSteps: true`. A name has up to 40 letters, digits and hyphens.
   */
  readonly signals?: Signals;
  /** Set if the handler has a `cancel`, which must run before a job that has started is canceled. */
  readonly hasCancel?: boolean;
  /** Stage parameters without which no job of the type can run: until they are set, a submission is refused. */
  readonly needs?: readonly string[];
  /**
   * `standard` for jobs of seconds, `long` for those that need an invocation to themselves, `server` for those that no
   * function can run: worker servers do (docs/servers.md). `bulk` is for the bulk actions of the engine.
   */
  readonly queue: Queue;
  /**
   * Whether a worker server runs each of its jobs in a process of its own. Default: on the queue `server`. A job that
   * is delivered again always has one.
   */
  readonly isolate?: boolean;
  /** How much memory that process, and what it starts, may use, in MB (2^20 bytes): at least 256. Default: 1024. */
  readonly maxMemoryMb?: number;
  /**
   * Whether the last lines that the handler logs are shown with the job: 8 KB while it runs, and some of them after its
   * end. They are stored with the job, and each write then costs by their size (docs/cost.md). Default: the stage's
   * `keepLogs`.
   */
  readonly keepLog?: boolean;
  /** How long one attempt may take. After a hand-over, the next slice has the whole time again. */
  readonly timeoutSeconds: number;
  /** How many attempts there are in all, crashes included. After a hand-over, they are counted from 1 again. */
  readonly maxAttempts: number;
  /** How long the job waits after an attempt that failed. Default: `defaultRetry`. */
  readonly retry?: RetryPolicy;
  /**
   * Whom of its tenant a job is for, such as a customer: one with many jobs then does not delay those of the others
   * (docs/tenants.md). No text: the tenant itself. It is asked once, when the job is submitted, and what it says is
   * hashed.
   */
  fairBy?(payload: z.output<Payload>, job: { readonly tenant: string }): string | undefined;
  /**
   * How often attempts may start, and how many may run at once, together with those of other types that have the same
   * key (docs/limit-work.md). Five at most.
   */
  readonly limits?: readonly (WorkLimit<z.output<Payload>> | RunningLimit<z.output<Payload>>)[];
  /**
   * How often the handler may make certain calls, together with all that have the same key: `job.limit` takes a start
   * before each (docs/limit-work.md). By name, of up to 40 letters, digits and hyphens. For an API that bans: `spacing:
   * 'strict'`.
   */
  readonly partLimits?: Readonly<Record<Parts, PartLimit<z.output<Payload>>>>;
  /**
   * Set if a submission is to get the job that is there already (docs/unique-jobs.md): of the jobs of a tenant with one
   * key there is one in each window of time.
   */
  readonly unique?: {
    /** A text of 1 to 1000 characters, which follows from the payload alone. */
    key(payload: z.output<Payload>): string;
    /**
     * How long a window is: a whole number, up to 30 days. Windows are those of the clock: one of 3600 begins at each
     * full hour in UTC.
     */
    readonly withinSeconds: number;
  };
  /**
   * Set if a job is to wait for more submissions with its key, and to run once, with the last payload
   * (docs/unique-jobs.md). A type is either this or `unique`.
   */
  readonly debounce?: {
    /** A text of 1 to 1000 characters, which follows from the payload and the tenant alone. */
    key(payload: z.output<Payload>, job: { readonly tenant: string }): string;
    /** How long the job waits after each submission: a whole number. */
    readonly delaySeconds: number;
    /** How long it waits at most after the first one: a whole number, at least `delaySeconds`, up to 30 days. */
    readonly maxDelaySeconds: number;
  };
}

/** Any time from 0 to a bound, which grows with each attempt. */
export interface RetryPolicy {
  /** The bound after the first attempt, at least 1. */
  readonly firstSeconds: number;
  /** The bound after the next attempt is so many times as high: 1 to 10. */
  readonly factor: number;
  /** It grows up to this, at most a day. */
  readonly maxSeconds: number;
}

export const defaultRetry: RetryPolicy = { firstSeconds: 2, factor: 2, maxSeconds: 900 };
const maxRetrySeconds = 24 * 3600;
/** What names the current job of a key is kept for longer. */
const maxDebounceSeconds = 30 * 24 * 3600;
/** As long as a job is kept by default after its end. What is not there any more is made anew. */
const maxWithinSeconds = 30 * 24 * 3600;

/** The contracts of all job types, by the type's name on the wire. */
export type Contracts = Readonly<Record<string, JobContract>>;

/**
 * A worker's function has 60 or 900 seconds. It needs the rest to store the outcome and to answer for the batch. On a
 * server an attempt, or a slice, has a day: its message, which is 12 days old at most when it begins, must outlive it.
 */
export const maxTimeoutSeconds: Readonly<Record<ContractQueue, number>> = {
  standard: 45,
  long: 880,
  bulk: 880,
  server: 24 * 3600,
};
/** The handlers of all types take 130 MB by themselves. */
const minMemoryMb = 256;

/** What a type's author writes: a contract without `queue` is for `standard`. Only a reserved type is for `bulk`. */
type Definition<
  Payload extends z.$ZodType,
  Result extends z.$ZodType,
  Checkpoint extends z.$ZodType,
  Queue extends ContractQueue,
  Signals extends SignalSchemas,
  Parts extends string,
> = Omit<JobContract<Payload, Result, Checkpoint, Queue, Signals, Parts>, 'queue'> & {
  readonly queue?: Queue;
} & (Queue extends 'bulk' ? { readonly reserved: string } : unknown);

/**
 * Declares a job type. Its name is its key in the catalog of contracts.
 * @throws RangeError for limits that no worker can keep
 */
export function defineJob<
  Payload extends z.$ZodType,
  Result extends z.$ZodType,
  Checkpoint extends z.$ZodType = z.$ZodNever,
  Queue extends ContractQueue = 'standard',
  Signals extends SignalSchemas = Record<never, never>,
  Parts extends string = never,
>(
  definition: Definition<Payload, Result, Checkpoint, Queue, Signals, Parts>,
): JobContract<Payload, Result, Checkpoint, Queue, Signals, Parts> {
  const { queue = 'standard', timeoutSeconds, maxAttempts, maxMemoryMb = minMemoryMb, retry } = definition;
  const max = maxTimeoutSeconds[queue];
  if (!(timeoutSeconds > 0 && timeoutSeconds <= max))
    throw new RangeError(`timeoutSeconds must be over 0 and at most ${max} on the ${queue} queue`);
  if (!(Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= 100))
    throw new RangeError('maxAttempts must be a whole number from 1 to 100');
  if (!(Number.isInteger(maxMemoryMb) && maxMemoryMb >= minMemoryMb))
    throw new RangeError(`maxMemoryMb must be a whole number, at least ${minMemoryMb}`);
  if (retry && !isKept(retry))
    throw new RangeError(
      `retry must have firstSeconds from 1, a factor from 1 to 10, and maxSeconds from firstSeconds to ${maxRetrySeconds}`,
    );
  requireSignals(definition);
  requireLimits(definition.limits as readonly (WorkLimit | RunningLimit)[] | undefined);
  requirePartLimits(definition as JobContract);
  requireWindow(definition);
  requireDelays(definition);
  return { ...definition, queue: queue as Queue };
}

/** @throws RangeError */
function requirePartLimits({ partLimits = {} }: Pick<JobContract, 'partLimits'>): void {
  for (const [name, limit] of Object.entries(partLimits)) {
    requireLimits([limit]);
    if (!plainName.test(name))
      throw new RangeError(`the name of a part has up to 40 letters, digits and hyphens: not "${name}"`);
  }
}

/** @throws RangeError */
function requireSignals({ signals, hasSteps }: Pick<JobContract, 'signals' | 'hasSteps'>): void {
  if (signals === undefined) return;
  if (!hasSteps) throw new RangeError('a type with signals must have hasSteps: true');
  for (const name of Object.keys(signals))
    if (!plainName.test(name))
      throw new RangeError(
        `the name of a signal has up to 40 letters, digits and hyphens, and begins with a letter: not "${name}"`,
      );
}

/** @throws RangeError */
function requireWindow({ unique, reserved }: Pick<JobContract, 'unique' | 'reserved'>): void {
  if (!unique) return;
  const { withinSeconds } = unique;
  if (!(Number.isInteger(withinSeconds) && withinSeconds >= 1 && withinSeconds <= maxWithinSeconds))
    throw new RangeError(`unique.withinSeconds must be a whole number from 1 to ${maxWithinSeconds}`);
  if (reserved !== undefined) throw new RangeError('a reserved type has no unique jobs');
}

/** @throws RangeError */
function requireDelays({
  debounce,
  unique,
  reserved,
}: Pick<JobContract, 'debounce' | 'unique' | 'reserved'>): void {
  if (!debounce) return;
  const { delaySeconds, maxDelaySeconds } = debounce;
  if (!(Number.isInteger(delaySeconds) && delaySeconds >= 1))
    throw new RangeError('debounce.delaySeconds must be a whole number, at least 1');
  const isBound =
    Number.isInteger(maxDelaySeconds) &&
    maxDelaySeconds >= delaySeconds &&
    maxDelaySeconds <= maxDebounceSeconds;
  if (!isBound)
    throw new RangeError(
      `debounce.maxDelaySeconds must be a whole number from delaySeconds to ${maxDebounceSeconds}`,
    );
  if (unique) throw new RangeError('a type is either unique or debounced, not both');
  if (reserved !== undefined) throw new RangeError('a reserved type has no debounced jobs');
}

const plainName = /^[a-zA-Z][a-zA-Z0-9-]{0,39}$/;

const isKept = ({ firstSeconds, factor, maxSeconds }: RetryPolicy): boolean =>
  firstSeconds >= 1 &&
  factor >= 1 &&
  factor <= 10 &&
  maxSeconds >= firstSeconds &&
  maxSeconds <= maxRetrySeconds;

/** The contract of a type, or undefined if the type is not in the catalog (any more). */
export const contractOf = (contracts: Contracts, type: string): JobContract | undefined =>
  Object.hasOwn(contracts, type) ? contracts[type] : undefined;

/** The version of the messages of a type, and so of the items of its jobs (ADR 78). */
export const versionOf = (contracts: Contracts, type: string) =>
  contractOf(contracts, type)?.hasSteps ? stepsVersion : plainVersion;

/**
 * Whether a worker must call the handler's `cancel` before the job is canceled: it may have started something
 * elsewhere.
 */
export const mustPassCancelOn = (
  { type, startedAt }: { readonly type: string; readonly startedAt?: number | undefined },
  contracts: Contracts,
): boolean => startedAt !== undefined && contractOf(contracts, type)?.hasCancel === true;

/** Whether jobs of a type may be in a group. The queue that keeps the order of a group is for functions. */
export const canBeInGroup = (contracts: Contracts, type: string): boolean =>
  contractOf(contracts, type)?.queue !== 'server';

/** The queue that a type's jobs run from. A type that is not in the catalog fails on any of them. */
export const runQueueOf = (contracts: Contracts, type: string): ContractQueue =>
  contractOf(contracts, type)?.queue ?? 'standard';

/** The queue of a job, as a pause has its name. */
export const pauseQueueOf = (
  contracts: Contracts,
  { type, group }: { readonly type: string; readonly group?: string | undefined },
): ContractQueue | 'ordered' => (group === undefined ? runQueueOf(contracts, type) : 'ordered');
