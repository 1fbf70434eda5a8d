import { types } from 'node:util';
import * as z from 'zod/v4/core';
import type { CanceledJob, JobContext } from '../../shared/author/handler.ts';
import { asError, describeError } from '../../shared/domain/base/errors.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { HandOver } from '../../shared/worker/hold/error-policy.ts';
import type { AnyHandler } from '../job-under-test.ts';
import { inHandler } from './ambient.ts';
import { firstDifference } from './check-state.ts';
import { slowMs, type Watched, watchedContext } from './watched-context.ts';

/** Runs a handler with a watched context. */
export async function runWatched(
  handler: AnyHandler,
  { payload, job }: { readonly payload: never; readonly job: JobContext<never> },
  watched: Watched,
): Promise<unknown> {
  const { attempt, time, pace, contract } = watched;
  const { journal, surroundings } = watched.watching;
  if (pace === 'slow') await time.pause(slowMs);
  try {
    const context: JobContext<never> = watchedContext(job, watched);
    attempt.begin();
    const result: unknown = await inHandler(surroundings, async () => handler(payload, context));
    attempt.hasEnded = true;
    journal.say(`${attempt.process.name}  the handler returns`);
    const { forgotten } = attempt;
    if (forgotten)
      journal.find('forgotten await', `nobody waits for call ${forgotten.number} (${forgotten.name})`);
    const [forsaken] = journal.spawned.forsaken;
    if (forsaken !== undefined)
      journal.find('children not waited for', `nobody waits for "${forsaken}": its children are canceled`);
    if (attempt.sawAbort && attempt.signal.aborted)
      journal.find('swallowed signal', 'the handler returns a result after a call told it to end');
    const parsed = z.safeParse(contract.result, result);
    const lost = firstDifference(result, asJson(parsed.success ? parsed.data : result));
    if (lost !== undefined) journal.find('result that JSON changes', lost);
    return result;
  } catch (caught) {
    const thrown = ofThisRealm(caught);
    attempt.hasEnded = true;
    const { name, message } = describeError(asError(thrown));
    journal.say(`${attempt.process.name}  the handler throws ${name}: ${message}`);
    const { besideWait } = attempt;
    if (contract.hasSteps && besideWait && attempt.signal.reason instanceof HandOver)
      journal.find(
        'work cut by a wait',
        `call ${besideWait.number} (${besideWait.name}) goes on beside a wait that ends the slice`,
      );
    throw thrown;
  }
}

/** Runs a handler's cancel with a watched context. */
export async function cancelWatched(
  cancel: NonNullable<AnyHandler['cancel']>,
  { payload, job }: { readonly payload: never; readonly job: CanceledJob<never> },
  { attempt, watching: { journal, surroundings } }: Pick<Watched, 'attempt' | 'watching'>,
): Promise<void> {
  const now = () => {
    const time = job.now();
    journal.times.add(time);
    return time;
  };
  try {
    attempt.begin();
    await inHandler(surroundings, async () => cancel(payload, { ...job, now }));
    journal.say(`${attempt.process.name}  the cancel returns`);
    const { forgotten } = attempt;
    if (forgotten)
      journal.find('forgotten await', `nobody waits for call ${forgotten.number} (${forgotten.name})`);
  } catch (caught) {
    const thrown = ofThisRealm(caught);
    const { name, message } = describeError(asError(thrown));
    journal.say(`${attempt.process.name}  the cancel throws ${name}: ${message}`);
    throw thrown;
  } finally {
    attempt.hasEnded = true;
  }
}

/**
 * Jest's own runner gives each file a realm of its own: an error of Node.js, such as that of a file that is not there,
 * is no `instanceof Error` in it.
 */
function ofThisRealm(thrown: unknown): unknown {
  if (thrown instanceof Error || !types.isNativeError(thrown)) return thrown;
  const { name, message, stack, cause } = thrown;
  return Object.assign(new Error(message, { cause: ofThisRealm(cause) }), thrown, { name, stack });
}

const asJson = (value: unknown): unknown => readJson(JSON.stringify(value) ?? 'null');
