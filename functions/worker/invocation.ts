import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import type { Context } from 'aws-lambda';
import { catalog, isJobType } from '../../shared/jobs/catalog.ts';
import type { JobContract } from '../../shared/jobs/define-job.ts';
import type { Clock } from '../../shared/ports.ts';

/** One invocation of the worker's function. */
export interface Invocation {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** When the worker must have its hands free, epoch milliseconds. */
  readonly deadline: number;
  readonly idempotency: IdempotencyConfig;
}

/** For a type this worker does not know: it will not run, but be tried again. */
const unknownTypeMs = 1_000;
const shortestSliceMs = 1_000;

/** Kept back from a function's time, to store outcomes (three tries of a call) and answer for the batch. */
const reserveOf = (timeMs: number): number => Math.min(10_000, timeMs / 5);

export function invocationOf(context: Context, clock: Clock): Invocation {
  const startedAt = clock.now();
  const time = context.getRemainingTimeInMillis();
  return {
    startedAt,
    deadline: startedAt + time - reserveOf(time),
    idempotency: new IdempotencyConfig({ lambdaContext: context }),
  };
}

/**
 * Whether a job may be started now. One that can be handed over makes do with the time there is; and so has one that no
 * invocation has the whole time for, since its type was given more or another queue: it would never be started.
 */
export function hasTime(type: string, { startedAt, deadline }: Invocation, now: number): boolean {
  const whole = timeoutMs(type);
  const needed = contractOf(type)?.checkpoint ? Math.min(whole, shortestSliceMs) : whole;
  const most = deadline - startedAt;
  return now + (needed <= most ? needed : most / 2) <= deadline;
}

/** The time that a job, or a slice of it, is given. */
export function sliceTime(type: string, { deadline }: Invocation, now: number) {
  const timeLeftMs = Math.min(timeoutMs(type), deadline - now);
  return { timeLeftMs, endsAt: now + timeLeftMs, reserveMs: reserveOf(timeLeftMs) };
}

const contractOf = (type: string): JobContract | undefined => (isJobType(type) ? catalog[type] : undefined);

function timeoutMs(type: string): number {
  const contract = contractOf(type);
  return contract ? contract.timeoutSeconds * 1000 : unknownTypeMs;
}
