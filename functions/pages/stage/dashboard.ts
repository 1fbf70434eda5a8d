import { limitNames, limits } from '../../../shared/domain/access/limits.ts';
import { isPossible } from '../../../shared/domain/state/job/job-action.ts';
import {
  hasFailed,
  isTerminal,
  type JobStatus,
  jobStatuses,
} from '../../../shared/domain/state/job/transitions.ts';
import type { ListedJob } from '../../../shared/http/responses/job-response.ts';
import type { LimitsInUse } from '../../../shared/operations/doors/tenant-door.ts';
import type { NewerJob } from '../../../shared/operations/find/list-jobs.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { cut, newerVersion, statusBadge, statusWords, when, whenExactly } from '../html/words.ts';

/** Of the newest jobs, how many there are of each status. */
export interface Counts {
  readonly of: Readonly<Record<JobStatus, number>>;
  readonly counted: number;
  /** How many more there are that only newer code can read. */
  readonly newer: number;
  /** There are older jobs, which were not counted. */
  readonly isCapped: boolean;
  /** A job that is counted has children, which are in no list. */
  readonly hasChildren: boolean;
}

export interface DashboardView {
  /** Jobs, and those that only newer code can read. */
  readonly rows: readonly (ListedJob | NewerJob)[];
  /** The filter, as it is in the address. */
  readonly query: URLSearchParams;
  readonly counts: Counts;
  readonly nextCursor: string | undefined;
  /** Where there is more: the jobs since then were looked at, epoch milliseconds. */
  readonly searchedTo?: number | undefined;
  readonly actions: readonly ListedJob[];
  /** The types that a job can be submitted of; none without the right to. */
  readonly types: readonly string[];
  readonly canControl: boolean;
  /** The limits of the tenant, if it has any. */
  readonly limits?: LimitsInUse | undefined;
  readonly now: number;
}

/** The first page: figures, the list with its filter, running bulk actions, and what can be submitted. */
export const dashboard = (
  view: DashboardView,
): Html => html`<div class="heading"><h1>Jobs</h1> ${submitLinks(view.types)}</div>
<div data-live="counts">${counts(view)}${limitsOf(view)}${running(view)}</div>
${errorsLink(view)}
${filterForm(view.query)}
${bulk(view)}
<div data-live="list">${jobList(view)}</div>`;

function counts({ counts: { of, counted, newer, isCapped, hasChildren }, query }: DashboardView): Html {
  const chosen = query.get('status');
  return html`<ul class="counts">${jobStatuses.map((status) => {
    const { word, sign } = statusWords[status];
    const link = `/ui?${withParameter(query, 'status', chosen === status ? '' : status)}`;
    return html`<li><a class="count ${status}" href="${link}" ${chosen === status && html`aria-current="true"`}><strong>${of[status]}</strong> <span><span aria-hidden="true">${sign}</span> ${word}</span></a></li>`;
  })}</ul>
${counted > 0 && html`<p class="faint">${isCapped ? `The newest ${counted} jobs are counted.` : `${counted} ${counted === 1 ? 'job' : 'jobs'} in all.`}${hasChildren && ' Their children are not counted: the page of each job has them.'}</p>`}${newer > 0 && html`<p class="faint">${newer} of a newer version ${newer === 1 ? 'is' : 'are'} not counted.</p>`}`;
}

const limitsOf = ({ limits: inUse }: DashboardView): Html | undefined =>
  inUse &&
  html`<p class="faint">${limitNames
    .flatMap((name) => {
      const { max, remaining } = inUse[name] ?? {};
      if (max === undefined) return [];
      return `${max} ${limits[name].unit}${remaining === undefined ? '' : `, of which ${remaining} are left`}`;
    })
    .join('; ')}.</p>`;

/** Where there are failed jobs, it is of use why they failed. */
const errorsLink = ({ counts: { of }, query }: DashboardView): Html | false =>
  (of.failed > 0 || query.get('status') === 'failed') &&
  html`<p><a href="/ui/errors">Errors in groups</a></p>`;

const running = ({ actions, now }: DashboardView): Html | false =>
  actions.length > 0 &&
  html`<section class="note" aria-labelledby="bulk-running"><h2 id="bulk-running">Bulk actions</h2><ul class="jobs">${actions.map(
    ({ id, status, progress, createdAt }) =>
      html`<li>${statusBadge(status)} <a href="/ui/jobs/${id}">${progress?.message ?? 'has not begun'}</a> <span class="faint">${when(createdAt, now)}</span></li>`,
  )}</ul></section>`;

const submitLinks = (types: readonly string[]): Html | false =>
  types.length > 0 &&
  html`<details class="new"><summary class="button">New job</summary><ul>${types.map((type) => html`<li><a href="/ui/job-types/${encodeURIComponent(type)}">${foreign(type)}</a></li>`)}</ul></details>`;

function filterForm(query: URLSearchParams): Html {
  const text = (name: string, label: string, value = query.get(name) ?? '') =>
    html`<label>${label} <input name="${name}" value="${value}" autocomplete="off" spellcheck="false"></label>`;
  const [tag = '', ...moreTags] = query.getAll('tag');
  const chosen = query.get('status');
  return html`<form class="filter" action="/ui" role="search" aria-label="Jobs">
<label>Status <select name="status"><option value="">any</option>${jobStatuses.map((status) => html`<option value="${status}" ${chosen === status && html`selected`}>${statusWords[status].word}</option>`)}</select></label>
${text('type', 'Type')}${text('tag', 'Tag', tag)}${moreTags.map((more) => text('tag', 'And tag', more))}${text('group', 'Group')}
${query.has('error') && text('error', 'Error')}${query.has('since') && text('since', 'Submitted since')}${query.has('until') && text('until', 'Submitted before')}
<button class="quiet">Filter</button>${query.size > 0 && html` <a href="/ui">Clear</a>`}
</form>`;
}

function jobList({ rows, nextCursor, searchedTo, query, now, types }: DashboardView): Html {
  const next =
    nextCursor &&
    html`<p><a rel="next" href="/ui?${withParameter(query, 'cursor', nextCursor)}">Older jobs</a></p>`;
  if (rows.length > 0)
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Jobs"><table class="list">
<thead><tr><th scope="col">Status</th><th scope="col">Type</th><th scope="col">Progress</th><th scope="col">Tags</th><th scope="col">Submitted</th></tr></thead>
<tbody>${rows.map((one) => ('position' in one ? newerRow(one) : row(one, now)))}</tbody></table></div>${next}`;
  if (nextCursor)
    return html`<p class="empty">None among the jobs since ${whenExactly(new Date(searchedTo ?? now).toISOString(), now)}. The search goes on with the older jobs.</p>${next}`;
  if (query.size > 0)
    return html`<p class="empty">No job matches this filter. <a href="/ui">All jobs</a></p>`;
  return html`<p class="empty">There are no jobs yet.${types.length > 0 && ' “New job” submits one.'}</p>`;
}

/** Its page could show nothing, so nothing leads there. */
const newerRow = ({ id, version }: NewerJob): Html => html`<tr>
<td><span class="faint">Newer</span></td>
<td colspan="4">${newerVersion(version)} <span class="mono">${id}</span></td></tr>`;

/** What a row shows of texts is bounded: 25 of them must fit into a page. */
const max = { message: 100, tags: 4, tag: 24, type: 60 };

const row = (
  { id, type, status, progress, error, waitReason, tags = [], createdAt }: ListedJob,
  now: number,
): Html => html`<tr>
<td>${statusBadge(status)}</td>
<td><a class="type" href="/ui/jobs/${id}">${foreign(cut(type, max.type))}</a> <span class="faint mono">${id.slice(0, 8)}</span></td>
<td>${
  hasFailed(status) && error
    ? html`<span class="cut">${foreign(cut(error.message, max.message))}</span>`
    : html`${progress !== null && progressIn(progress, isTerminal(status))}${waitReason !== undefined && html`<span class="cut">${foreign(cut(waitReason, max.message))}</span>`}`
}</td>
<td>${tags.slice(0, max.tags).map((tag) => html`<span class="tag">${foreign(cut(tag, max.tag))}</span> `)}${tags.length > max.tags && html`<span class="faint">and ${tags.length - max.tags} more</span>`}</td>
<td>${when(createdAt, now)}</td></tr>`;

/** A bar is for what still moves. */
const progressIn = ({ percent, message }: NonNullable<ListedJob['progress']>, isOver: boolean): Html => {
  const words = message !== null && html`<span class="cut">${foreign(cut(message, max.message))}</span>`;
  return isOver
    ? html`${words}`
    : html`<progress max="100" value="${percent}" aria-label="Progress">${percent} %</progress> ${words}`;
};

/**
 * Bulk actions take the filter that is shown. Without one they would be for all jobs. Of a status that they cannot
 * change they are not offered.
 */
function bulk({ query, canControl }: DashboardView): Html | false {
  const filter = withoutParameter(query, 'cursor');
  if (!canControl || filter.size === 0) return false;
  const status = jobStatuses.find((one) => one === filter.get('status'));
  const link = (action: 'cancel' | 'retry', label: string) =>
    (!status || isPossible[action](status)) &&
    html`<a class="button" href="/ui/actions?${withParameter(filter, 'action', action)}">${label}</a>`;
  return html`<div class="buttons">${link('cancel', 'Cancel these…')}${link('retry', 'Retry these…')}</div>`;
}

function withoutParameter(query: URLSearchParams, name: string): URLSearchParams {
  const copy = new URLSearchParams(query);
  copy.delete(name);
  return copy;
}

/** Another filter begins at the first page. */
function withParameter(query: URLSearchParams, name: string, value: string): string {
  const copy = withoutParameter(query, 'cursor');
  if (value === '') copy.delete(name);
  else copy.set(name, value);
  return copy.toString();
}
