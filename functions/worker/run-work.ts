import * as z from 'zod/v4/core';
import {
  asError,
  InvalidPayloadError,
  InvalidResultError,
  JobTimeoutError,
  UnknownJobTypeError,
} from '../../shared/errors.ts';
import { catalog, isJobType, type JobType } from '../../shared/jobs/catalog.ts';
import type { Clock } from '../../shared/ports.ts';
import type { JobContext, Work } from './jobs/work.ts';

export type Works = { readonly [Type in JobType]: Work<Type> };

/** An item holds 400 KB; the message, should the job fail later, and the rest have to fit beside the result. */
const largestResultBytes = 256 * 1024;
/** After the signal a job may still end by itself, for so long. */
const graceMs = 2_000;

interface Run {
  readonly type: string;
  readonly payload: unknown;
  readonly context: () => JobContext;
  readonly controller: AbortController;
  readonly timeLeftMs: number;
}

/**
 * Does a job's work within its time.
 * @returns the result as JSON text, checked by the job's contract
 * @throws whatever ended the attempt, as an Error; the signal's reason if it was aborted
 */
export async function runWork(
  run: Run,
  deps: { readonly works: Works; readonly clock: Clock },
): Promise<string> {
  const { type, payload, context, controller } = run;
  if (!isJobType(type)) throw new UnknownJobTypeError(`this worker knows no job type "${type}"`);
  const contract = catalog[type];
  const parsed = z.safeParse(contract.payload, payload);
  if (!parsed.success) throw new InvalidPayloadError(z.prettifyError(parsed.error), { cause: parsed.error });

  const job = context();
  const work: (payload: never, job: JobContext<never>) => unknown = deps.works[type];
  // A type's contract and work fit together by the catalogs; of their unions the compiler cannot tell.
  const start = () => work(parsed.data as never, job as JobContext<never>);
  const result = await within(run.timeLeftMs, start, controller, deps.clock);
  // A result that came in the grace after a time-out is as good as any; after a cancel it is not wanted; and of a job
  // that was handed over it is only what it made of what it should have let through.
  const { aborted, reason } = controller.signal;
  if (aborted && !(reason instanceof JobTimeoutError)) throw asError(reason);
  return toResultText(contract.result, result);
}

/** Runs the work until it ends, or is aborted and has had its grace; then it is left to itself. */
async function within(
  timeLeftMs: number,
  work: () => unknown,
  controller: AbortController,
  clock: Clock,
): Promise<unknown> {
  const over = new AbortController();
  const expire = async () => {
    await clock.sleep(timeLeftMs, over.signal);
    if (!over.signal.aborted)
      controller.abort(new JobTimeoutError(`not done after ${Math.round(timeLeftMs / 1000)} s`));
  };
  try {
    void expire();
    return await Promise.race([Promise.resolve().then(work), graceAfter(controller.signal, clock)]);
  } catch (thrown) {
    throw controller.signal.aborted ? asError(controller.signal.reason) : asError(thrown);
  } finally {
    over.abort();
  }
}

async function graceAfter(signal: AbortSignal, clock: Clock): Promise<never> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await clock.sleep(graceMs);
  throw asError(signal.reason);
}

function toResultText(schema: z.$ZodType, result: unknown): string {
  const parsed = z.safeParse(schema, result);
  if (!parsed.success)
    throw new InvalidResultError(`the result does not fit the contract: ${z.prettifyError(parsed.error)}`, {
      cause: parsed.error,
    });
  const text = JSON.stringify(parsed.data) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes > largestResultBytes)
    throw new InvalidResultError(
      `the result has ${bytes} bytes, of ${largestResultBytes} allowed: store it elsewhere and return where`,
    );
  return text;
}
