import { createInterface } from 'node:readline/promises';
import { tenantText } from '../arguments/tenant.ts';
import { type Ending, usageError } from '../ending.ts';
import { type Job, type JobFilter, type ListedJob, ProblemError } from '../library.ts';
import type { Session } from '../system/session.ts';
import { plainText } from '../terminal/plain-text.ts';
import { endingOf, followJob, hasEnded } from './follow-job.ts';
import { waitingView } from './job-views.ts';
import { warnOf } from './report-end.ts';

export type Action = 'cancel' | 'retry' | 'erase';

/** What has become of so many jobs. A retried one has not run yet. */
const outcomes: Readonly<Record<Action, (count: number) => string>> = {
  cancel: (count) => `${count} canceled`,
  retry: (count) => (count === 1 ? '1 is queued again' : `${count} are queued again`),
  erase: (count) => `${count} erased`,
};

/** So many jobs are looked at to say how many there are. */
const maxCounted = 1000;

interface Acting {
  /** `--yes`. */
  readonly isConfirmed: boolean;
  readonly session: Session;
}

interface Counts {
  readonly done: number;
  readonly requested?: number;
  readonly skipped: number;
  readonly newer?: number;
}

/**
 * Acts on all jobs that a filter chooses, by a bulk action of the API. @throws CommandError, ProblemError, NetworkError
 */
export async function actOnMany(action: Action, filter: JobFilter, acting: Acting): Promise<Ending> {
  const { session } = acting;
  const { output } = session;
  const whyNot = await whyNothing(action, filter, acting);
  if (whyNot !== undefined) {
    output.warn(`jobctl: ${whyNot}`);
    return 'ok';
  }
  const started = await session.call<Job>('POST /jobs/actions', { action, filter });
  return followAction(action, started, session);
}

/**
 * Cancels all jobs of a tenant, by a bulk action of the API, which belongs to the caller's own tenant.
 * @throws CommandError, ProblemError, NetworkError
 */
export async function cancelTenant(tenant: string, { isConfirmed, session }: Acting): Promise<Ending> {
  const { output, stdin, url } = session;
  const what = `all jobs of the tenant ${tenantText(tenant)} that have not ended`;
  if (!isConfirmed && !stdin.isTTY) throw usageError(`To cancel ${what} without a question: --yes`);
  if (!isConfirmed && !(await confirm(`Cancel ${what}, at ${url}?`, session))) {
    output.warn('jobctl: nothing was done.');
    return 'ok';
  }
  const started = await session.call<Job>('POST /tenant-actions', { action: 'cancel', tenant });
  try {
    return await followAction('cancel', started, session);
  } catch (error) {
    // Who may operate the stage need not be able to look at jobs.
    if (!(error instanceof ProblemError && error.status === 403)) throw error;
    if (output.isJson) output.document({ id: started.id });
    else output.line(started.id);
    return 'ok';
  }
}

async function followAction(action: Action, { id }: Job, session: Session): Promise<Ending> {
  const { output } = session;
  output.hint(`Job ${id} does it.`);
  const job = await followJob(id, { session, view: waitingView(output) });
  if (output.isJson) output.document(job);
  else if (isCounts(job.result)) output.line(describe(action, job.result));
  warnOf(job, session);
  return endingOf(job);
}

/** @returns why nothing is to be done. @throws CommandError where nobody can be asked */
async function whyNothing(
  action: Action,
  filter: JobFilter,
  { isConfirmed, session }: Acting,
): Promise<string | undefined> {
  const none = `there is no job to ${action} that the filter chooses.`;
  if (isConfirmed) return action === 'retry' && (await isNothingFailed(filter, session)) ? none : undefined;
  const count = await countOf(action, filter, session);
  if (count === 0) return none;
  const jobs = count === maxCounted ? `${count} jobs or more` : `${count} job${count === 1 ? '' : 's'}`;
  if (!session.stdin.isTTY)
    throw usageError(`The filter chooses ${jobs}. To ${action} them without a question: --yes`);
  const question = `${action[0]?.toUpperCase()}${action.slice(1)} ${jobs} at ${session.url}?`;
  return (await confirm(question, session)) ? undefined : 'nothing was done.';
}

/**
 * A retry of nothing needs no job. A cancel or an erasure may be meant for a job that is too new for the list: it is
 * left to the API.
 */
async function isNothingFailed(filter: JobFilter, { client, signal }: Session): Promise<boolean> {
  try {
    for await (const _ of client.list({ ...filter, status: filter.status ?? 'failed', pageSize: 1, signal }))
      return false;
    return true;
  } catch (error) {
    // Who may retry jobs need not be able to see them.
    if (error instanceof ProblemError && error.status === 403) return false;
    throw error;
  }
}

/** As the API does: without a status, it retries failed jobs, cancels what has not ended, and erases what has. */
const isMeant: Readonly<Record<Action, (job: ListedJob) => boolean>> = {
  cancel: (job) => !hasEnded(job),
  retry: hasEnded,
  erase: hasEnded,
};

async function countOf(action: Action, filter: JobFilter, { client, signal }: Session): Promise<number> {
  const status = filter.status ?? (action === 'retry' ? 'failed' : undefined);
  let count = 0;
  for await (const job of client.list({ ...filter, ...(status ? { status } : {}), signal })) {
    if (isMeant[action](job)) count += 1;
    if (count === maxCounted) break;
  }
  return count;
}

const isCounts = (result: unknown): result is Counts =>
  result instanceof Object && 'done' in result && 'skipped' in result;

const describe = (action: Action, { done, requested = 0, skipped, newer = 0 }: Counts): string =>
  plainText(
    [
      outcomes[action](done),
      ...(requested > 0 ? [`${requested} to be canceled: their workers have not stopped yet`] : []),
      ...(skipped > 0 ? [`${skipped} skipped: they had changed meanwhile`] : []),
      ...(newer > 0 ? [`${newer} left alone: they are of a newer version`] : []),
    ].join(', '),
  );

/** Asks a person. Only `y` and `yes` are a yes, and Ctrl-D is a no. @throws the signal's reason after Ctrl-C */
async function confirm(question: string, session: Session): Promise<boolean> {
  const { stdin, stderr, signal, interrupt } = session;
  const lines = createInterface({ input: stdin, output: stderr });
  const closed = new AbortController();
  // On a terminal, readline takes Ctrl-C itself.
  lines.on('SIGINT', interrupt);
  lines.on('close', () => closed.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, {
      signal: AbortSignal.any([signal, closed.signal]),
    });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    if (closed.signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}
