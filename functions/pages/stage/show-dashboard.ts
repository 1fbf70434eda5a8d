import { type Contracts, contractOf } from '../../../shared/author/contract.ts';
import type { RootSecretEntry } from '../../../shared/domain/access/access-entry.ts';
import type { Clock } from '../../../shared/domain/base/ports.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { timeOfPosition } from '../../../shared/domain/state/job/list-keys.ts';
import { isTerminal, jobStatuses } from '../../../shared/domain/state/job/transitions.ts';
import type { Caller } from '../../../shared/http/access/caller.ts';
import { cursorOf, positionAsked } from '../../../shared/http/requests/cursor.ts';
import { toFilter } from '../../../shared/http/requests/list-request.ts';
import { type ListedJob, toListedJob } from '../../../shared/http/responses/job-response.ts';
import { statusUrlOf } from '../../../shared/http/responses/job-urls.ts';
import { hasEtag } from '../../../shared/http/wire/etag.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import type { LimitsInUse } from '../../../shared/operations/doors/tenant-door.ts';
import {
  type JobPage,
  type ListDependencies,
  type ListRequest,
  listJobs,
  type NewerJob,
} from '../../../shared/operations/find/list-jobs.ts';
import { filledIn, filterIn } from '../forms/filter-form.ts';
import { etagOf, notModified, pageResponse } from '../html/layout.ts';
import { type Counts, dashboard } from './dashboard.ts';

interface Showing extends ListDependencies {
  readonly clock: Pick<Clock, 'now'>;
  readonly caller: Caller;
  readonly root: RootSecretEntry;
  readonly contracts: Contracts;
  readonly canSignOut: boolean;
  readonly limits?: LimitsInUse | undefined;
  readonly now: number;
}

const pageLength = 25;
const maxCounted = 100;
const refreshSeconds = 10;
const reloadSeconds = 60;
/**
 * Where few jobs pass the filter, a page of the list may have none of them. Nobody has to ask for the next one before
 * that.
 */
const searchMs = 1_000;
/** A bulk action is shown among the running ones for so long after its end. */
const shownAfterEndMs = 60_000;

/** The dashboard: the newest jobs are counted, and the list is a page of those that the filter chooses. */
export async function showDashboard(request: HttpRequest, showing: Showing): Promise<HttpResponse> {
  const { caller, root, contracts, now, canSignOut, limits } = showing;
  const { tenant, rights } = caller;
  const { query, cursor } = filterIn(request);
  const filter = toFilter(query);
  const signing = { root, tenant, filter };
  const below = positionAsked(cursor, signing);
  const isFirstOfAll = below === undefined && Object.keys(filter).length === 0;
  const [newest, chosen] = await Promise.all([
    listJobs({ tenant, filter: {}, limit: maxCounted }, showing),
    isFirstOfAll ? undefined : search({ tenant, filter, limit: pageLength, below }, showing),
  ]);
  const listedPage = chosen ?? firstOf(newest);
  const listed = (job: Parameters<typeof toListedJob>[0]): ListedJob =>
    toListedJob(job, statusUrlOf(request, job.id));
  const counted = newest.jobs.map(listed);
  const view = {
    rows: rowsOf(listedPage).map((row) => ('position' in row ? row : listed(row))),
    query: filledIn(request),
    counts: {
      ...countsOf(counted),
      newer: newest.newer.length,
      isCapped: newest.next !== undefined,
      hasChildren: newest.jobs.some(({ batches }) => batches !== undefined),
    },
    nextCursor: listedPage.next === undefined ? undefined : cursorOf(listedPage.next, signing),
    searchedTo: listedPage.next === undefined ? undefined : timeOfPosition(listedPage.next),
    actions: counted.filter((job) => isShownAction(job, now)),
    types: rights.includes('submit')
      ? Object.keys(contracts).filter((type) => !contractOf(contracts, type)?.reserved)
      : [],
    canControl: rights.includes('control'),
    limits,
  };
  // The query is the same wherever the tag is compared.
  const etag = etagOf([view, rights]);
  if (hasEtag(request.headers['if-none-match'], etag)) return notModified(etag);
  const canOperate = rights.includes('operate');
  const page = { title: 'Jobs', body: dashboard({ ...view, now }), isSignedIn: true, canOperate, canSignOut };
  return pageResponse(200, { ...page, refreshSeconds, reloadSeconds }, { etag });
}

/** Pages of the list together, until they are one page of jobs or a second is over. */
async function search(request: ListRequest, showing: Showing): Promise<JobPage> {
  const endsAt = showing.clock.now() + searchMs;
  let page = await listJobs(request, showing);
  while (page.next !== undefined && showing.clock.now() < endsAt) {
    const missing = request.limit - rowsOf(page).length;
    if (missing === 0) break;
    const more = await listJobs({ ...request, below: page.next, limit: missing }, showing);
    const [jobs, newer] = [
      [...page.jobs, ...more.jobs],
      [...page.newer, ...more.newer],
    ];
    page = { ...more, jobs, newer, units: page.units + more.units };
  }
  return page;
}

/** The first page of a list that was read further. */
function firstOf(page: JobPage): JobPage {
  const rows = rowsOf(page);
  if (rows.length <= pageLength) return page;
  const last = positionOf(rows[pageLength - 1]);
  const isShown = (row: Row): boolean => positionOf(row) >= last;
  return { ...page, jobs: page.jobs.filter(isShown), newer: page.newer.filter(isShown), next: last };
}

type Row = JobItem | NewerJob;

const positionOf = (row: Row | undefined): string =>
  (row && 'position' in row ? row.position : row?.listPosition) ?? '';

/** Newest first. */
const rowsOf = ({ jobs, newer }: JobPage): readonly Row[] =>
  [...jobs, ...newer].sort((one, other) => (positionOf(one) < positionOf(other) ? 1 : -1));

const countsOf = (jobs: readonly ListedJob[]): Pick<Counts, 'of' | 'counted'> => ({
  of: Object.fromEntries(
    jobStatuses.map((status) => [status, jobs.filter((job) => job.status === status).length]),
  ) as Counts['of'],
  counted: jobs.length,
});

const isShownAction = ({ type, status, finishedAt }: ListedJob, now: number): boolean =>
  type === 'bulk-action' && (!isTerminal(status) || now - Date.parse(finishedAt ?? '') < shownAfterEndMs);
