import { LogsUnavailableError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { dayMs } from '../../domain/base/schedule-time.ts';
import { type LineFilter, type LogLine, type LogQueries, lineIsIn } from '../../domain/observe/log-line.ts';
import type { LogSearch, LogSearches } from '../../domain/observe/log-searches.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { TenantDoor } from '../doors/tenant-door.ts';

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
  readonly searches: LogSearches;
  readonly door: Pick<TenantDoor, 'requireRoom' | 'pass'>;
  readonly clock: Clock;
}

export const linesOnPage = 200;
/** Most queries are done then. */
const patienceMs = 5_000;
const pollMs = 500;
/** What a worker writes after the end is stored, and clocks that differ. */
const marginMs = 5 * 60_000;
/**
 * A search reads everybody's lines of its time, and costs by their bytes: a job that has waited for a year must not
 * cost a year.
 */
const maxWindowMs = 7 * dayMs;
/** Who asks for the same job within so long gets the search that there is. */
const sharedMs = 60_000;
/** One that has no query after so long has died. */
const unnamedMs = 10_000;

type Job = Pick<JobItem, 'id' | 'tenant' | 'createdAt' | 'finishedAt'>;

/**
 * Finds all lines of a job's attempts in the seven days before its end, page by page.
 * @param asked `position` of an earlier page: without it a query is started, unless there is one of this job
 * @throws LogsUnavailableError; LimitExceededError, StoreUnavailableError without a position
 */
export async function findLog(
  job: Job,
  { position, filter }: { readonly position: LogPosition | undefined; readonly filter: LineFilter },
  deps: LogDependencies,
): Promise<LogPage> {
  const { logs, clock } = deps;
  const at = position ?? { queryId: await queryFor(job, deps), offset: 0 };
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

/** Each query has its price: of one job there is one at a time, which all get who ask for it. */
async function queryFor(job: Job, deps: LogDependencies): Promise<string> {
  const { searches, clock } = deps;
  const endsAt = clock.now() + patienceMs;
  for (;;) {
    const known = await searches.read(job.id);
    const now = clock.now();
    if (!isRecent(known, now)) {
      const queryId = await startQuery(job, known, deps);
      if (queryId !== undefined) return queryId;
    } else if (known.queryId !== undefined) return known.queryId;
    if (now >= endsAt) throw new LogsUnavailableError('the search that has begun does not say its query');
    await clock.sleep(pollMs);
  }
}

/** Whether a search is to be used, or waited for. The clock may have been set back. */
const isRecent = (search: LogSearch | undefined, now: number): search is LogSearch =>
  search !== undefined &&
  Math.abs(now - search.startedAt * 1000) < (search.queryId === undefined ? unnamedMs : sharedMs);

/** @returns undefined if somebody else has begun a search meanwhile */
async function startQuery(
  { id, tenant, createdAt, finishedAt }: Job,
  before: LogSearch | undefined,
  { logs, searches, door, clock }: LogDependencies,
): Promise<string | undefined> {
  const limit = 'logSearchesPerHour';
  await door.requireRoom(tenant, limit);
  const startedAt = Math.floor(clock.now() / 1000);
  if (!(await searches.begin(id, { before, startedAt }))) return undefined;
  // Of many who ask at the same time, only the one whose search it is uses up the limit.
  await door.pass({ tenant, limit, wanted: 1 });
  const until = (finishedAt ?? clock.now()) + marginMs;
  const from = Math.max(createdAt - marginMs, until - maxWindowMs);
  const queryId = await logs.start({ jobId: id, from, until });
  await searches.name(id, { startedAt, queryId });
  return queryId;
}
