import type { Caller } from '../../shared/http/access/caller.ts';
import { cursorOf, positionIn } from '../../shared/http/cursor.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { type ListedJob, toListedJob } from '../../shared/http/job-response.ts';
import { statusUrlOf } from '../../shared/http/job-urls.ts';
import { toFilter } from '../../shared/http/list-request.ts';
import { invalid } from '../../shared/http/violations.ts';
import type { RootEntry } from '../../shared/job/access-entry.ts';
import { type Contracts, contractOf } from '../../shared/job/contract.ts';
import { isTerminal, jobStatuses } from '../../shared/job/transitions.ts';
import { type ListDependencies, listJobs } from '../../shared/operations/list-jobs.ts';
import { type Counts, dashboard } from './dashboard.ts';
import { filterIn } from './filter-form.ts';
import { pageResponse } from './layout.ts';

interface Showing extends ListDependencies {
  readonly caller: Caller;
  readonly root: RootEntry;
  readonly contracts: Contracts;
  readonly canSignOut: boolean;
  readonly now: number;
}

const pageLength = 25;
const maxCounted = 100;
const refreshSeconds = 10;
/** A bulk action is shown among the running ones for so long after its end. */
const shownAfterEndMs = 60_000;

/** The dashboard: the newest jobs are counted, and the list is a page of those that the filter chooses. */
export async function showDashboard(request: HttpRequest, showing: Showing): Promise<HttpResponse> {
  const { caller, root, contracts, now, canSignOut } = showing;
  const { tenant, rights } = caller;
  const { query, cursor } = filterIn(request);
  const filter = toFilter(query);
  const signing = { root, tenant, filter };
  const below = cursor === undefined ? undefined : positionIn(cursor, signing);
  if (cursor !== undefined && below === undefined)
    throw invalid([{ pointer: 'cursor', detail: 'is not a cursor of this list, with this filter' }]);
  const [newest, page] = await Promise.all([
    listJobs({ tenant, filter: {}, limit: maxCounted }, showing),
    listJobs({ tenant, filter, limit: pageLength, below }, showing),
  ]);
  const listed = (job: Parameters<typeof toListedJob>[0]): ListedJob =>
    toListedJob(job, statusUrlOf(request, job.id));
  const counted = newest.jobs.map(listed);
  const body = dashboard({
    jobs: page.jobs.map(listed),
    query: shownQuery(request),
    counts: { ...countsOf(counted), isCapped: newest.next !== undefined },
    nextCursor: page.next === undefined ? undefined : cursorOf(page.next, signing),
    actions: counted.filter((job) => isShownAction(job, now)),
    types: rights.includes('submit')
      ? Object.keys(contracts).filter((type) => !contractOf(contracts, type)?.reserved)
      : [],
    canControl: rights.includes('control'),
    now,
  });
  const canOperate = rights.includes('operate');
  return pageResponse(200, { title: 'Jobs', body, isSignedIn: true, canOperate, canSignOut, refreshSeconds });
}

const countsOf = (jobs: readonly ListedJob[]): Omit<Counts, 'isCapped'> => ({
  of: Object.fromEntries(
    jobStatuses.map((status) => [status, jobs.filter((job) => job.status === status).length]),
  ) as Counts['of'],
  counted: jobs.length,
});

const isShownAction = ({ type, status, finishedAt }: ListedJob, now: number): boolean =>
  type === 'bulk-action' && (!isTerminal(status) || now - Date.parse(finishedAt ?? '') < shownAfterEndMs);

/** A form sends its empty fields too. */
const shownQuery = ({ rawQueryString }: HttpRequest): URLSearchParams =>
  new URLSearchParams([...new URLSearchParams(rawQueryString)].filter(([, value]) => value !== ''));
