import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import type { Context, SQSRecord } from 'aws-lambda';
import { type JobContract, maxTimeoutSeconds } from '../../author/contract.ts';
import { nearsQueueLimits } from '../../delivery/disposition.ts';
import type { Clock } from '../../domain/base/ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { Delivery } from '../../domain/state/ports.ts';
import { SharedTime } from './shared-time.ts';

/** A server's stop, in two steps. */
export interface Stopping {
  /** Aborted when the server is to stop: it starts no job any more, and one that saves its state hands over with it. */
  readonly requested: AbortSignal;
  /** Aborted when the time to come to an end is over: what still runs is interrupted. */
  readonly drained: AbortSignal;
}

/** One invocation of a worker's function; or on a server, one job. */
export interface Invocation {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** By when the worker must have stopped all handlers, epoch milliseconds. */
  readonly deadline: number;
  /** Whether its batch is a single job's: then a crash has but one cause. A server has several jobs. */
  readonly isAlone: boolean;
  /**
   * Whether a crash of the job takes no other job along: so an attempt that crashed in company may be made again here.
   */
  readonly isIsolated: boolean;
  readonly idempotency: IdempotencyConfig;
  /** The time that its jobs share. */
  readonly sharedTime: SharedTime;
  /** The memory of the function, or of the server. */
  readonly memoryMb: number;
  /** That of a function's invocation, for the log. */
  readonly requestId?: string;
  /** Of the function, for the log: which build it was. */
  readonly functionVersion?: string;
  /** Only on a server: a function has its deadline instead. */
  readonly stopping?: Stopping;
}

/** For a type that this worker does not know. It will not run, but be tried again. */
const unknownTypeMs = 1_000;
const minSliceMs = 1_000;

/** The part of a function's time in which it stores outcomes (three tries of a call) and answers for the batch. */
const reserveOf = (timeMs: number): number => Math.min(10_000, timeMs / 5);

/** @param batch the messages that the invocation has received; copies of one message are one job */
export function invocationOf(
  context: Context,
  batch: readonly Pick<SQSRecord, 'body'>[],
  clock: Clock,
): Invocation {
  const startedAt = clock.now();
  const time = context.getRemainingTimeInMillis();
  const isAlone = batch.every(({ body }) => body === batch[0]?.body);
  return {
    startedAt,
    deadline: startedAt + time - reserveOf(time),
    isAlone,
    isIsolated: isAlone,
    idempotency: new IdempotencyConfig({ lambdaContext: context }),
    sharedTime: new SharedTime(clock),
    memoryMb: Number(context.memoryLimitInMB),
    requestId: context.awsRequestId,
    functionVersion: context.functionVersion,
  };
}

/** What all jobs of a server have together. */
export type ServerResources = Pick<Invocation, 'sharedTime' | 'memoryMb'>;

/**
 * A server has no deadline: a job ends by its contract's timeout, or when the server stops. If the server itself
 * crashes, any of its jobs may have caused that, or none. So it costs no attempt, unless it happens again.
 * @param isIsolated whether the job has a process of its own
 */
export function serverInvocation(
  {
    isIsolated,
    stopping,
    ...place
  }: Pick<Invocation, 'isIsolated'> & { readonly stopping: Stopping } & Partial<ServerResources>,
  clock: Clock,
): Invocation {
  const startedAt = clock.now();
  const deadline = startedAt + 10 * maxTimeoutSeconds.server * 1000;
  // Powertools asks a context for nothing but this.
  const lambdaContext = { getRemainingTimeInMillis: () => deadline - clock.now() } as Context;
  const idempotency = new IdempotencyConfig({ lambdaContext });
  const { sharedTime = new SharedTime(clock), memoryMb = 0 } = place;
  const own = { startedAt, deadline, isAlone: false, isIsolated, stopping, idempotency };
  return { ...own, sharedTime, memoryMb };
}

/** What a job has used in all, where it ran. @param mbMs of this slice */
export const useAfter = (
  { usedMbMs = 0, usedServerMbMs = 0 }: Pick<JobItem, 'usedMbMs' | 'usedServerMbMs'>,
  mbMs: number,
  { stopping }: Pick<Invocation, 'stopping'>,
): Pick<JobItem, 'usedMbMs' | 'usedServerMbMs'> =>
  stopping ? { usedServerMbMs: usedServerMbMs + mbMs } : { usedMbMs: usedMbMs + mbMs };

/** Where an attempt runs, for the log. */
export function placeOf({ stopping, isIsolated }: Invocation): 'function' | 'server' | 'process' {
  if (!stopping) return 'function';
  return isIsolated ? 'process' : 'server';
}

/**
 * Whether a worker must requeue a message before it starts a job that may run for a day: SQS would drop it meanwhile.
 */
export const mustRequeueFirst = ({ stopping }: Invocation, delivery: Delivery, now: number): boolean =>
  stopping !== undefined && nearsQueueLimits(delivery, now);

/**
 * Whether a job may be started now. A job that saves its state starts with little time. So does one that needs more
 * time than any invocation has, because its timeout or its queue was changed: it would never start otherwise.
 */
export function hasTime(
  contract: JobContract | undefined,
  { startedAt, deadline }: Invocation,
  now: number,
): boolean {
  const whole = timeoutMs(contract);
  // A step is not cut in two.
  const needed = contract?.checkpoint && !contract.hasSteps ? Math.min(whole, minSliceMs) : whole;
  const max = deadline - startedAt;
  return now + (needed <= max ? needed : max / 2) <= deadline;
}

/** The time that a job, or a slice of it, has from now on. */
export function sliceTime(contract: JobContract | undefined, { deadline }: Invocation, now: number) {
  const timeLeftMs = Math.min(timeoutMs(contract), deadline - now);
  return { timeLeftMs, endsAt: now + timeLeftMs, reserveMs: reserveOf(timeLeftMs) };
}

const timeoutMs = (contract: JobContract | undefined): number =>
  contract ? contract.timeoutSeconds * 1000 : unknownTypeMs;
