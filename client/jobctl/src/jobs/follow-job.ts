import { CommandError, type Ending } from '../ending.ts';
import { type Job, type JobStatus, outcomes } from '../library.ts';
import { describeFailure } from '../system/describe-failure.ts';
import type { Session } from '../system/session.ts';

/** Where the states of a job are shown. */
export interface JobView {
  show(job: Job): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

interface Following {
  readonly session: Session;
  readonly view: JobView;
  /** Default: as long as it takes. */
  readonly timeoutSeconds?: number | undefined;
}

/** What a timer can take: 24.8 days. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Follows a job up to its end.
 * @returns the job, which has ended
 * @throws CommandError after Ctrl-C, when the time is over, and when the API does not answer any more: it says how to
 * come back; what `Client.watch` throws
 */
export async function followJob(id: string, { session, view, timeoutSeconds }: Following): Promise<Job> {
  const limit = new AbortController();
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => limit.abort(), Math.min(timeoutSeconds * 1000, maxTimerMs));
  const signal = AbortSignal.any([session.signal, limit.signal]);
  try {
    return await lastStateOf(id, { session, view, signal });
  } catch (error) {
    const again = `To come back: ${session.commandLine(`watch ${id}`)}`;
    if (!signal.aborted) throw withWayBack(error, again, session);
    const [ending, what] = session.signal.aborted
      ? (['interrupted', 'is left alone'] as const)
      : (['timedOut', 'has not ended in time'] as const);
    throw new CommandError(ending, `Job ${id} ${what}, and goes on. ${again}`);
  } finally {
    clearTimeout(timer);
    view.end();
  }
}

/** Where nobody knows how the job goes on, the error also says how to find out. */
function withWayBack(error: unknown, again: string, { place }: Session): unknown {
  const { ending, text } = describeFailure(error, place);
  return ending === 'unreachable' ? new CommandError(ending, `${text}\n${again}`, { cause: error }) : error;
}

async function lastStateOf(
  id: string,
  { session, view, signal }: Following & { readonly signal: AbortSignal },
): Promise<Job> {
  // What does not answer at all is told at once. Later it is waited for.
  let job: Job = await session.client.get(id, { signal });
  view.show(job);
  if (hasEnded(job)) return job;
  for await (job of session.patientClient.watch(id, { signal })) view.show(job);
  return job;
}

const endings = { succeeded: 'ok', failed: 'failed', canceled: 'canceled' } as const;

export const hasEnded = ({ status }: { readonly status: JobStatus }): boolean =>
  outcomes[status] !== undefined;

/** How a command ends that waited for this job. */
export function endingOf({ status }: Job): Ending {
  const outcome = outcomes[status];
  return outcome === undefined ? 'unexpected' : endings[outcome];
}
