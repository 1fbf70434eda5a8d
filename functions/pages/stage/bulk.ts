import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { isPossible } from '../../../shared/domain/state/job/job-action.ts';
import type { Caller } from '../../../shared/http/access/caller.ts';
import { toFilter } from '../../../shared/http/requests/list-request.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { invalid } from '../../../shared/http/wire/violations.ts';
import { logSubmission } from '../../../shared/operations/act/log-operation.ts';
import { startAction } from '../../../shared/operations/act/start-action.ts';
import {
  type JobFilter,
  type ListDependencies,
  listJobs,
} from '../../../shared/operations/find/list-jobs.ts';
import type { SubmitDependencies } from '../../../shared/operations/submit/submission.ts';
import { filledIn, filterIn } from '../forms/filter-form.ts';
import { formValues } from '../forms/form-values.ts';
import { type Page, pageResponse, seeOther } from '../html/layout.ts';
import { actionPage } from './action-page.ts';

const maxCounted = 500;
/**
 * What one look at the page may cost, but for its last part: of a filter that few jobs pass, nothing bounds the count.
 */
const maxUnits = 2_000;
const pageLength = 100;

/** An action and its filter, from an address or a form. @throws InvalidRequestError */
function actionIn(rawQueryString: string) {
  const { query, action } = filterIn({ rawQueryString });
  if (action === undefined) throw invalid([{ pointer: 'action', detail: 'is missing' }]);
  const filter = toFilter(query);
  if (Object.keys(filter).length === 0)
    throw invalid([{ pointer: 'filter', detail: 'names nothing: it would be all jobs' }]);
  // What was canceled on purpose is retried only on purpose.
  const status = filter.status ?? (action === 'retry' ? ('failed' as const) : undefined);
  return { action, filter: { ...filter, ...(status ? { status } : {}) } };
}

/** Actions act on each other only if they are asked to. */
const isMeant = ({ type }: JobItem, filter: JobFilter): boolean =>
  type !== 'bulk-action' || filter.type === type;

/** Answers `GET /ui/actions`: asks whether it is meant, and says how many jobs it is for. */
export async function confirmAction(
  request: HttpRequest,
  {
    tenant,
    page,
    ...deps
  }: ListDependencies & { readonly tenant: string; readonly page: Omit<Page, 'title' | 'body'> },
): Promise<HttpResponse> {
  const { action, filter } = actionIn(request.rawQueryString);
  let [count, newer, units, next]: [number, number, number, string | undefined] = [0, 0, 0, undefined];
  do {
    const found = await listJobs({ tenant, filter, limit: pageLength, below: next }, deps);
    count += found.jobs.filter((job) => isPossible[action](job.status) && isMeant(job, filter)).length;
    newer += found.newer.length;
    units += found.units;
    next = found.next;
  } while (next !== undefined && count + newer < maxCounted && units < maxUnits);
  const query = filledIn(request);
  // What an action does by itself is said, too.
  if (filter.status !== undefined) query.set('status', filter.status);
  const body = actionPage({ action, query, count, newer, isCapped: next !== undefined });
  return pageResponse(200, { ...page, title: `${action} jobs`, body });
}

/** Answers `POST /ui/actions`: starts the action, and shows it. */
export async function startFromForm(
  request: HttpRequest,
  { tenant, actor }: Caller,
  deps: SubmitDependencies & Parameters<typeof logSubmission>[1],
): Promise<HttpResponse> {
  const { action, filter } = actionIn(formValues(request).toString());
  const submitted = await startAction({ tenant, action, filter }, deps);
  logSubmission({ operation: 'bulkAction', actor, ...submitted }, deps);
  return seeOther(`/ui/jobs/${submitted.job.id}`);
}
