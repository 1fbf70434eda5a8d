import type { Clock } from '../domain/base/ports.ts';
import type { LogLine, LogQueries } from '../domain/observe/log-line.ts';
import type { JobItem } from '../domain/state/item.ts';

/** Where to read on in the answer to a query. */
export interface LogPosition {
  readonly queryId: string;
  readonly offset: number;
}

export interface LogPage {
  /** The newest first; undefined while the query runs. */
  readonly lines?: readonly LogLine[];
  /** Absent on the last page. */
  readonly next?: LogPosition;
}

interface LogDependencies {
  readonly logs: LogQueries;
  readonly clock: Clock;
}

export const linesOnPage = 200;
/** Most queries are done then. */
const patienceMs = 5_000;
const pollMs = 500;
/** What a worker writes after the end is stored, and clocks that differ. */
const marginMs = 5 * 60_000;

/**
 * Finds all lines of a job's attempts, page by page.
 * @param position of an earlier page. Without it a query is started, which has its price by the bytes that it reads
 * @throws LogsUnavailableError
 */
export async function findLog(
  { id, createdAt, finishedAt }: Pick<JobItem, 'id' | 'createdAt' | 'finishedAt'>,
  position: LogPosition | undefined,
  { logs, clock }: LogDependencies,
): Promise<LogPage> {
  const until = (finishedAt ?? clock.now()) + marginMs;
  const started = async () => ({
    queryId: await logs.start({ jobId: id, from: createdAt - marginMs, until }),
    offset: 0,
  });
  const at = position ?? (await started());
  const { queryId, offset } = at;
  const endsAt = clock.now() + patienceMs;
  for (;;) {
    const all = await logs.read(queryId);
    if (all) {
      const end = offset + linesOnPage;
      const lines = all.slice(offset, end);
      return all.length > end ? { lines, next: { queryId, offset: end } } : { lines };
    }
    if (clock.now() >= endsAt) return { next: at };
    await clock.sleep(pollMs);
  }
}
