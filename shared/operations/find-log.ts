import type { Clock } from '../domain/base/ports.ts';
import { type LineFilter, type LogLine, type LogQueries, lineIsIn } from '../domain/observe/log-line.ts';
import type { JobItem } from '../domain/state/item.ts';

/** Where to read on in the answer to a query, whichever of its lines are asked for. */
export interface LogPosition {
  readonly queryId: string;
  readonly offset: number;
}

export interface LogPage {
  /** The newest first; undefined while the query runs. */
  readonly lines?: readonly LogLine[];
  /** Absent on the last page. */
  readonly next?: LogPosition;
  /** Where the answer begins: for who asks the same query for other lines. */
  readonly first: LogPosition;
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
 * @param asked `position` of an earlier page: without it a query is started, which has its price by the bytes that it reads
 * @throws LogsUnavailableError
 */
export async function findLog(
  { id, createdAt, finishedAt }: Pick<JobItem, 'id' | 'createdAt' | 'finishedAt'>,
  { position, filter }: { readonly position: LogPosition | undefined; readonly filter: LineFilter },
  { logs, clock }: LogDependencies,
): Promise<LogPage> {
  const until = (finishedAt ?? clock.now()) + marginMs;
  const started = async () => ({
    queryId: await logs.start({ jobId: id, from: createdAt - marginMs, until }),
    offset: 0,
  });
  const at = position ?? (await started());
  const { queryId, offset } = at;
  const first = { queryId, offset: 0 };
  const endsAt = clock.now() + patienceMs;
  for (;;) {
    const all = await logs.read(queryId);
    if (all) {
      const wanted = [...all.entries()].slice(offset).filter(([, line]) => lineIsIn(filter)(line));
      const lines = wanted.slice(0, linesOnPage).map(([, line]) => line);
      const [nextAt] = wanted[linesOnPage] ?? [];
      return { lines, first, ...(nextAt === undefined ? {} : { next: { queryId, offset: nextAt } }) };
    }
    if (clock.now() >= endsAt) return { next: at, first };
    await clock.sleep(pollMs);
  }
}
