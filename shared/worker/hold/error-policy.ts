import type { RetryPolicy } from '../../author/contract.ts';
import { backoffMs } from '../../delivery/disposition.ts';
import { defined } from '../../domain/base/defined.ts';
import {
  causeOf,
  describeError,
  JobCanceledError,
  LeaseLostError,
  LimitWaitError,
  LinkSecretMissingError,
  PermanentError,
  QueueUnavailableError,
  RetryAfterError,
  SecretServiceError,
  StoreUnavailableError,
  UnlistedContractError,
} from '../../domain/base/errors.ts';
import { canNeverSucceed } from '../../domain/base/failed-call.ts';
import { dayMs } from '../../domain/base/schedule-time.ts';
import { ObjectsUnavailableError } from '../../domain/objects/object-errors.ts';
import { SchedulesUnavailableError } from '../../domain/schedules/schedule-errors.ts';
import { maxInterruptions } from '../../domain/state/job/interruptions.ts';
import type { JobError, JobItem } from '../../domain/state/job/item.ts';
import { maxErrorMessage, maxErrorName } from '../../domain/state/job/item-budget.ts';
import type { ChildWaits, Outcome, SignalWaits } from '../../domain/state/writes/holder-writes.ts';

/** How an attempt ended. */
export type Ending =
  /** The job ended with it. */
  | Outcome
  /**
   * There is another attempt, after `delayMs`. With `waitedMs`, the attempt that ended does not count: so long the run
   * waits for others in all, this wait included.
   */
  | {
      readonly kind: 'retrying';
      readonly error: JobError;
      readonly delayMs: number;
      readonly waitedMs?: number;
      /** If it waits for its turn in the line of a limit. */
      readonly turn?: LimitWaitError['turn'];
    }
  /** The next slice starts at once. */
  | { readonly kind: 'handedOver' }
  /** The worker stops before the job got further: it begins again elsewhere, as if this attempt had not been. */
  | { readonly kind: 'interrupted' }
  /** The next slice starts after `sleepMs`, or before that, when an answer comes, or children have ended. */
  | {
      readonly kind: 'asleep';
      readonly sleepMs: number;
      readonly forSignals?: SignalWaits;
      readonly forChildren?: ChildWaits;
    }
  /** Another worker may hold the job: nothing must be written. */
  | { readonly kind: 'lost'; readonly why: string };

/** Thrown through a handler to end its slice. It is no failure: the job goes on later. */
export class HandOver extends Error {
  override readonly name = 'HandOver';
  /** Milliseconds until the job goes on, if it sleeps. */
  readonly sleepMs: number | undefined;
  /** If an answer may start it before. */
  readonly forSignals: SignalWaits | undefined;
  /** If the ends of children may start it before. */
  readonly forChildren: ChildWaits | undefined;

  constructor(sleepMs?: number, forSignals?: SignalWaits, forChildren?: ChildWaits) {
    super(sleepMs === undefined ? 'the time of this invocation is over' : `asleep for ${sleepMs / 1000} s`);
    this.sleepMs = sleepMs;
    this.forSignals = forSignals;
    this.forChildren = forChildren;
  }
}

/** Thrown through a handler that has not ended when its worker must. It is no failure of the job. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(why = 'the server stops') {
    super(why);
  }
}

/** Whether an attempt failed, and did not just end. */
export const isFailure = (error: Error): boolean =>
  !(error instanceof JobCanceledError || error instanceof HandOver || error instanceof Interruption);

/**
 * Whether the job waits because its handler has asked for that, or the bucket is out of reach: many jobs may do so at a
 * time.
 */
export const isAskedFor = (ending: Ending): boolean =>
  ending.kind === 'asleep' || (ending.kind === 'retrying' && ending.waitedMs !== undefined);

const interruptedTooOften: JobError = {
  name: 'InterruptedError',
  message: `Servers stopped ${maxInterruptions} times while the job ran, and each time it had to begin again where it had begun before.`,
};

/** Calls of the stage's own services. The cause says whether the same call can ever succeed. */
const failedCalls = [
  ObjectsUnavailableError,
  StoreUnavailableError,
  QueueUnavailableError,
  SchedulesUnavailableError,
];
/** What is out of reach, and what a next build mends: the job is not at fault. */
const outages = [SecretServiceError, LinkSecretMissingError, UnlistedContractError];
const maxCauses = 5;

/**
 * Whether a service has refused what it would refuse at any time, or the call could not be made: the job, or its type,
 * is at fault.
 */
export function isRefusedForGood(error: unknown, depth = 0): boolean {
  if (!failedCalls.some((each) => error instanceof each) || depth >= maxCauses) return false;
  const cause = error instanceof Error ? causeOf(error) : undefined;
  if (failedCalls.some((each) => cause instanceof each)) return isRefusedForGood(cause, depth + 1);
  return cause !== undefined && canNeverSucceed(cause);
}

/**
 * Something of the stage's own is out of reach, or refuses for a reason that passes: the bucket, the table, a queue, a catalog without a contract.
 * That is no fault of the job, and the next attempts would fail too. The job is put off for as long as its run has
 * waited already, but for at most a quarter of an hour: after a long outage it goes on soon. A handler may wrap such an
 * error as the `cause` of its own. A `PermanentError` is the handler's own decision, whatever has caused it.
 */
export function isOutage(error: Error, depth = 0): boolean {
  if (failedCalls.some((each) => error instanceof each)) return !isRefusedForGood(error);
  if (outages.some((each) => error instanceof each)) return true;
  if (error instanceof PermanentError || depth >= maxCauses) return false;
  const cause = causeOf(error);
  return cause instanceof Error && isOutage(cause, depth + 1);
}

const minOutageMs = 60_000;
const maxOutageMs = 900_000;
const afterOutage = ({ waitedMs = 0 }: Pick<JobItem, 'waitedMs'>): number =>
  Math.min(Math.max(waitedMs, minOutageMs), maxOutageMs);

/** All waits that a run's handlers ask for. Some service may never be ready. */
const maxWaitedDays = 7;
const minWaitMs = 1_000;

/** Never cuts a character in half. */
const cut = (text: string, max: number): string => text.slice(0, max).toWellFormed();

/** An error as an item has it. */
export function storedErrorOf(error: Error): JobError {
  const { name, message } = describeError(error);
  return { name: cut(name, maxErrorName), message: cut(message, maxErrorMessage) };
}

/** What is known of an attempt that has ended with an error. */
interface Attempt {
  readonly item: Pick<JobItem, 'attempt' | 'maxAttempts' | 'interruptions' | 'waitedMs'>;
  /** That of the job's type. */
  readonly retry: RetryPolicy | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whether it has saved a state that differs from the one it began with. */
  readonly hasProgressed: boolean;
  /** Uniform in [0, 1), for the backoff. */
  readonly random: number;
}

/**
 * The one place that decides what an error leads to: another attempt, the job's failure, its cancellation, or the next
 * slice.
 */
export function endingAfter(error: Error, { item, retry, now, hasProgressed, random }: Attempt): Ending {
  const { attempt, maxAttempts, interruptions = 0 } = item;
  if (error instanceof LeaseLostError) {
    const { name, message } = describeError(error);
    return { kind: 'lost', why: `${name}: ${message}` };
  }
  if (error instanceof HandOver) {
    const { sleepMs, forSignals, forChildren } = error;
    return sleepMs === undefined
      ? { kind: 'handedOver' }
      : { kind: 'asleep', sleepMs, ...defined({ forSignals, forChildren }) };
  }
  if (error instanceof JobCanceledError) return { kind: 'canceled' };
  if (error instanceof Interruption) {
    if (hasProgressed) return { kind: 'handedOver' };
    return interruptions + 1 < maxInterruptions
      ? { kind: 'interrupted' }
      : { kind: 'failed', error: interruptedTooOften };
  }
  const stored = storedErrorOf(error);
  if (error instanceof RetryAfterError)
    return endingWithWait(askedMs(error, now), { stored, item, turn: turnOf(error) });
  if (isOutage(error)) return endingWithWait(afterOutage(item), { stored, item });
  if (error instanceof PermanentError || attempt >= maxAttempts) return { kind: 'failed', error: stored };
  return { kind: 'retrying', error: stored, delayMs: backoffMs(attempt, random, retry) };
}

const turnOf = (error: RetryAfterError) => (error instanceof LimitWaitError ? error.turn : undefined);

/** How long a handler asks to wait. */
export const askedMs = ({ after }: RetryAfterError, now: number): number =>
  Math.max(minWaitMs, Math.ceil(typeof after === 'number' ? after * 1000 : after.getTime() - now));

/** The attempt does not count, so the waits do. */
function endingWithWait(
  delayMs: number,
  {
    stored,
    item: { waitedMs = 0 },
    turn,
  }: Pick<Attempt, 'item'> & {
    readonly stored: JobError;
    readonly turn?: LimitWaitError['turn'] | undefined;
  },
): Ending {
  const sum = waitedMs + delayMs;
  if (sum <= maxWaitedDays * dayMs)
    return { kind: 'retrying', error: stored, delayMs, waitedMs: sum, ...defined({ turn }) };
  const why = `${stored.message}: with that wait, the run would have waited for more than ${maxWaitedDays} days`;
  return { kind: 'failed', error: { name: stored.name, message: cut(why, maxErrorMessage) } };
}
