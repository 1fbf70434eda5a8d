import type { AnyHandler, Handlers, JobContext } from '../shared/author/handler.ts';
import { asError, LeaseLostError, RetryAfterError } from '../shared/domain/base/errors.ts';
import { Interruption, isFailure } from '../shared/worker/hold/error-policy.ts';
import { NoProcessError } from './isolation/fork-job.ts';
import { JobCrashedError } from './isolation/isolation-errors.ts';
import type { ServerCondition } from './server-condition.ts';

/** A full disk, or the end of what its user may have there. */
const diskCodes = ['ENOSPC', 'EDQUOT'];
const maxCauses = 5;
/**
 * So many jobs, of so many types, whose processes crash one after another: a single type may have a fault of its own.
 */
const [crashesInARow, typesInARow] = [3, 2];

interface Crash {
  readonly type: string;
  readonly id: string;
}

/**
 * Decides whether an attempt failed by the fault of its server. The server is ill then, and the attempt is given back
 * as after a stop: it does not count, and ten in a row end the job.
 */
export class BlameServer {
  readonly #condition: ServerCondition;
  #crashes: readonly Crash[] = [];

  constructor(condition: ServerCondition) {
    this.#condition = condition;
  }

  /** The same handlers, which throw an Interruption where the server is to blame. */
  judged(handlers: Handlers): Handlers {
    return Object.fromEntries(
      Object.entries(handlers).map(([type, handler]): [string, AnyHandler] => {
        const run: AnyHandler = async (payload, job) => {
          try {
            const result = await handler(payload as never, job as JobContext<never>);
            this.#crashes = [];
            return result;
          } catch (thrown) {
            throw await this.#judge(thrown, { type, job });
          }
        };
        return [type, handler.cancel ? Object.assign(run, { cancel: handler.cancel }) : run];
      }),
    );
  }

  async #judge(
    thrown: unknown,
    { type, job }: { readonly type: string; readonly job: JobContext },
  ): Promise<unknown> {
    const error = asError(thrown);
    // Somebody has ended it, or it waits: neither is a failure.
    const isJudged =
      isFailure(error) && !(error instanceof LeaseLostError || error instanceof RetryAfterError);
    if (job.signal.aborted || !isJudged) return thrown;
    return (await this.#isToBlame(error, { type, id: job.id }))
      ? new Interruption('the server is ill')
      : thrown;
  }

  async #isToBlame(error: Error, crash: Crash): Promise<boolean> {
    const condition = this.#condition;
    const full = fullDiskIn(error);
    if (full) {
      condition.turnIll('disk', full.message);
      return true;
    }
    if (error instanceof NoProcessError) {
      condition.turnIll('processes', error.message);
      return true;
    }
    if (this.#isRepeated(error, crash)) {
      condition.turnIll('processes', `the processes of ${crashesInARow} jobs in a row have crashed`);
      return true;
    }
    // A program that a job has started says in its own way that there is no room.
    return condition.isIllOf('disk');
  }

  #isRepeated(error: Error, crash: Crash): boolean {
    const others = this.#crashes.filter(({ id }) => id !== crash.id);
    this.#crashes = error instanceof JobCrashedError ? [...others, crash].slice(-crashesInARow) : [];
    const types = new Set(this.#crashes.map(({ type }) => type));
    if (this.#crashes.length < crashesInARow || types.size < typesInARow) return false;
    this.#crashes = [];
    return true;
  }
}

/** The error of the disk that an error is, or was caused by. */
function fullDiskIn(error: Error): Error | undefined {
  let each: unknown = error;
  for (let depth = 0; each instanceof Error && depth < maxCauses; depth += 1) {
    if ('code' in each && diskCodes.some((code) => code === Object(each).code)) return each;
    each = each.cause;
  }
  return undefined;
}
