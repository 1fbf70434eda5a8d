import * as z from 'zod/v4/core';
import { type Contracts, contractOf, type JobContract } from '../../author/contract.ts';
import type { Handlers, JobContext } from '../../author/handler.ts';
import type { SecretValues } from '../../author/secret-values.ts';
import {
  asError,
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  UnknownJobTypeError,
} from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { withinTime } from '../../domain/base/within-time.ts';
import type { BucketWatch } from './bucket-watch.ts';
import type { StoredResult } from './store-result.ts';

/** After the signal a handler may still end by itself, for so long. */
const graceMs = 2_000;

interface Run {
  readonly type: string;
  readonly payload: unknown;
  /** @throws CheckpointError if the state that it saved earlier cannot be read */
  readonly context: () => Promise<JobContext>;
  /** Stores a result, JSON text, as far as it does not fit the item. */
  readonly store: (text: string) => Promise<StoredResult>;
  readonly controller: AbortController;
  readonly timeLeftMs: number;
  /** Whether the bucket answers: it may have cost the handler its time. */
  readonly bucket?: Pick<BucketWatch, 'trouble'>;
  /** Takes note of what is secret in payload and result. */
  readonly secrets: SecretValues;
}

interface RunDependencies {
  readonly contracts: Contracts;
  readonly handlers: Handlers;
  readonly clock: Clock;
}

/**
 * Runs a job's handler within its time.
 * @returns the result, checked by the job's contract
 * @throws whatever ended the attempt, as an Error; the signal's reason if it was aborted
 */
export async function runHandler(run: Run, deps: RunDependencies): Promise<StoredResult> {
  const { type, payload, context, store, controller, secrets } = run;
  const contract = contractOf(deps.contracts, type);
  const handler = Object.hasOwn(deps.handlers, type) ? deps.handlers[type] : undefined;
  if (!contract || !handler) throw new UnknownJobTypeError(`this worker knows no job type "${type}"`);
  const data = readPayload(contract, payload, secrets);

  const start = async () => {
    // In its time, too: what was streamed before may have to be copied.
    const job = await context();
    if (controller.signal.aborted) throw asError(controller.signal.reason);
    // The catalogs pair a type's contract with its handler. Of all types together the compiler cannot tell.
    const result = await handler(data as never, job as JobContext<never>);
    requireWanted(controller.signal);
    return store(toResultText(contract.result, result, secrets));
  };
  const limit = {
    milliseconds: run.timeLeftMs,
    tooLate: () => tooLate(run),
    graceMs,
    controller,
  };
  try {
    const stored = await withinTime(start, limit, deps.clock);
    requireUncanceled(controller.signal);
    return stored;
  } catch (thrown) {
    // That a result does not fit is no consequence of the abort.
    const isOwn = !controller.signal.aborted || thrown instanceof InvalidResultError;
    throw asError(isOwn ? thrown : controller.signal.reason);
  }
}

/** With trouble of the bucket as its cause, the time-out costs no attempt. */
function tooLate({ timeLeftMs, bucket }: Pick<Run, 'timeLeftMs' | 'bucket'>): JobTimeoutError {
  const cause = bucket?.trouble;
  const why = `not done after ${Math.round(timeLeftMs / 1000)} s`;
  return cause ? new JobTimeoutError(`${why}: ${cause.message}`, { cause }) : new JobTimeoutError(why);
}

/** @returns the payload as the contract has it. @throws InvalidPayloadError */
export function readPayload(
  { payload: schema }: Pick<JobContract, 'payload'>,
  payload: unknown,
  secrets: SecretValues,
): unknown {
  secrets.add(schema, payload);
  const parsed = z.safeParse(schema, payload);
  if (!parsed.success) throw new InvalidPayloadError(secrets.describeIssues(schema, parsed.error));
  secrets.add(schema, parsed.data);
  return parsed.data;
}

/**
 * A result that came in the grace after a timeout is as good as any. After a cancel it is not wanted. And after a
 * hand-over it is only what the handler made of an error that it should not have caught.
 */
function requireWanted({ aborted, reason }: AbortSignal): void {
  if (aborted && !(reason instanceof JobTimeoutError)) throw asError(reason);
}

/** A result that came before the abort, and that is stored since, is the job's: its worker may stop with it. */
function requireUncanceled({ aborted, reason }: AbortSignal): void {
  if (aborted && (reason instanceof JobCanceledError || reason instanceof LeaseLostError))
    throw asError(reason);
}

function toResultText(schema: z.$ZodType, result: unknown, secrets: SecretValues): string {
  secrets.add(schema, result);
  const parsed = z.safeParse(schema, result);
  if (!parsed.success)
    throw new InvalidResultError(
      `the result does not fit the contract: ${secrets.describeIssues(schema, parsed.error)}`,
    );
  try {
    return JSON.stringify(parsed.data) ?? 'null';
  } catch (cause) {
    // Such as a bigint, or a circle: the next attempt would do all its work for the same end.
    throw new InvalidResultError(`the result does not fit the contract: ${asError(cause).message}`, {
      cause,
    });
  }
}
