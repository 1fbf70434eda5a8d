import type { ListedJob } from '../../shared/http/job-response.ts';
import { hasFailed, type JobStatus, jobStatuses } from '../../shared/job/transitions.ts';
import { foreign, type Html, html } from './html.ts';
import { statusBadge, statusWords, when } from './words.ts';

/** Of the newest jobs, how many there are of each status. */
export interface Counts {
  readonly of: Readonly<Record<JobStatus, number>>;
  readonly counted: number;
  /** There are older jobs, which were not counted. */
  readonly isCapped: boolean;
}

export interface DashboardView {
  readonly jobs: readonly ListedJob[];
  /** The filter, as it is in the address. */
  readonly query: URLSearchParams;
  readonly counts: Counts;
  readonly nextCursor: string | undefined;
  readonly actions: readonly ListedJob[];
  /** The types that a job can be submitted of; none without the right to. */
  readonly types: readonly string[];
  readonly canControl: boolean;
  readonly now: number;
}

/** The first page: figures, the list with its filter, running bulk actions, and what can be submitted. */
export const dashboard = (view: DashboardView): Html => html`<div class="heading"><h1>Jobs</h1></div>
<div data-live="counts">${counts(view)}${running(view)}</div>
${submitLinks(view.types)}
${filterForm(view.query)}
<div data-live="list">${list(view)}</div>
${bulk(view)}`;

function counts({ counts: { of, counted, isCapped }, query }: DashboardView): Html {
  const chosen = query.get('status');
  return html`<ul class="counts">${jobStatuses.map((status) => {
    const { word, sign } = statusWords[status];
    const link = `/ui?${withParameter(query, 'status', chosen === status ? '' : status)}`;
    return html`<li><a class="count ${status}" href="${link}" ${chosen === status && html`aria-current="true"`}><strong>${of[status]}</strong> <span><span aria-hidden="true">${sign}</span> ${word}</span></a></li>`;
  })}</ul>
<p class="faint">${isCapped ? `Of the newest ${counted} jobs.` : `Of all ${counted} jobs.`}</p>`;
}

const running = ({ actions, now }: DashboardView): Html | false =>
  actions.length > 0 &&
  html`<section class="note" aria-labelledby="bulk-running"><h2 id="bulk-running">Bulk actions</h2><ul class="jobs">${actions.map(
    ({ id, status, progress, createdAt }) =>
      html`<li>${statusBadge(status)} <a href="/ui/jobs/${id}">${progress?.message ?? 'has not begun'}</a> <span class="faint">${when(createdAt, now)}</span></li>`,
  )}</ul></section>`;

const submitLinks = (types: readonly string[]): Html | false =>
  types.length > 0 &&
  html`<details class="new"><summary>New job</summary><ul>${types.map((type) => html`<li><a href="/ui/job-types/${encodeURIComponent(type)}">${foreign(type)}</a></li>`)}</ul></details>`;

function filterForm(query: URLSearchParams): Html {
  const value = (name: string): string => query.get(name) ?? '';
  const text = (name: string, label: string) =>
    html`<label>${label} <input name="${name}" value="${value(name)}" autocomplete="off"></label>`;
  return html`<form class="filter" action="/ui" role="search" aria-label="Jobs">
<label>Status <select name="status"><option value="">any</option>${jobStatuses.map((status) => html`<option value="${status}" ${value('status') === status && html`selected`}>${statusWords[status].word}</option>`)}</select></label>
${text('type', 'Type')}${text('tag', 'Tag')}${text('group', 'Group')}
<button>Filter</button>${[...query.keys()].length > 0 && html` <a href="/ui">Clear</a>`}
</form>`;
}

function list({ jobs, nextCursor, query, now }: DashboardView): Html {
  const next =
    nextCursor &&
    html`<p><a rel="next" href="/ui?${withParameter(query, 'cursor', nextCursor)}">Older jobs</a></p>`;
  if (jobs.length === 0)
    return html`<p class="empty">${nextCursor ? 'None on this page.' : [...query.keys()].length > 0 ? 'No job is like that.' : 'There are no jobs yet.'}</p>${next}`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Jobs"><table class="list">
<thead><tr><th scope="col">Status</th><th scope="col">Type</th><th scope="col">Progress</th><th scope="col">Tags</th><th scope="col">Submitted</th></tr></thead>
<tbody>${jobs.map((job) => row(job, now))}</tbody></table></div>${next}`;
}

const row = (
  { id, type, status, progress, error, tags, createdAt }: ListedJob,
  now: number,
): Html => html`<tr>
<td>${statusBadge(status)}</td>
<td><a href="/ui/jobs/${id}">${foreign(type)}</a><br><span class="faint mono">${id.slice(0, 8)}</span></td>
<td>${
  hasFailed(status) && error
    ? html`<span class="cut">${foreign(error.message)}</span>`
    : progress !== null &&
      html`<progress max="100" value="${progress.percent}" aria-label="Progress">${progress.percent} %</progress> <span class="cut">${progress.message !== null && foreign(progress.message)}</span>`
}</td>
<td>${(tags ?? []).map((tag) => html`<span class="tag">${foreign(tag)}</span> `)}</td>
<td>${when(createdAt, now)}</td></tr>`;

/** Bulk actions take the filter that is shown. Without one they would be for all jobs. */
function bulk({ query, canControl }: DashboardView): Html | false {
  const filter = withoutParameter(query, 'cursor');
  if (!canControl || filter.size === 0) return false;
  return html`<div class="buttons"><a class="button" href="/ui/actions?${withParameter(filter, 'action', 'cancel')}">Cancel these…</a>
<a class="button" href="/ui/actions?${withParameter(filter, 'action', 'retry')}">Retry these…</a></div>`;
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
