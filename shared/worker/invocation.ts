import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import type { Context, SQSRecord } from 'aws-lambda';
import type { JobContract } from '../job/contract.ts';
import type { Clock } from '../job/ports.ts';

/** One invocation of a worker's function. */
export interface Invocation {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** By when the worker must have stopped all handlers, epoch milliseconds. */
  readonly deadline: number;
  /** Whether its batch is a single job's: then a crash has but one cause. */
  readonly isAlone: boolean;
  readonly idempotency: IdempotencyConfig;
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
  return {
    startedAt,
    deadline: startedAt + time - reserveOf(time),
    isAlone: batch.every(({ body }) => body === batch[0]?.body),
    idempotency: new IdempotencyConfig({ lambdaContext: context }),
  };
}

/**
 * Whether a job may be started now. A job that can be handed over starts with little time. So does one that needs more
 * time than any invocation has, because its timeout or its queue was changed: it would never start otherwise.
 */
export function hasTime(
  contract: JobContract | undefined,
  { startedAt, deadline }: Invocation,
  now: number,
): boolean {
  const whole = timeoutMs(contract);
  const needed = contract?.checkpoint ? Math.min(whole, minSliceMs) : whole;
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
