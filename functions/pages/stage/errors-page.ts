import type { RootSecretEntry } from '../../../shared/domain/access/access-entry.ts';
import type { Clock } from '../../../shared/domain/base/ports.ts';
import { timeOfPosition } from '../../../shared/domain/state/job/list-keys.ts';
import type { NewerItem } from '../../../shared/domain/state/job/newer-item.ts';
import type { Caller } from '../../../shared/http/access/caller.ts';
import { cursorOf, positionAsked } from '../../../shared/http/requests/cursor.ts';
import { errorsQuery } from '../../../shared/http/requests/list-request.ts';
import { type ErrorGroupResponse, toErrorGroup } from '../../../shared/http/responses/error-response.ts';
import { statusUrlOf } from '../../../shared/http/responses/job-urls.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../../shared/http/wire/query.ts';
import {
  type ErrorsPage,
  type ErrorsRequest,
  listErrors,
} from '../../../shared/operations/find/list-errors.ts';
import { filledIn } from '../forms/filter-form.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { type Page, pageResponse } from '../html/layout.ts';
import { cut, newerVersion, whenExactly } from '../html/words.ts';

interface ErrorsView {
  readonly groups: readonly ErrorGroupResponse[];
  readonly newer: readonly NewerItem[];
  /** Groups of this type alone are shown. */
  readonly type: string | undefined;
  readonly nextCursor: string | undefined;
  /** Whether newer groups were shown on pages before. */
  readonly isFurther: boolean;
  /** When the last group came up that was looked at, epoch milliseconds. */
  readonly searchedTo: number | undefined;
  readonly canControl: boolean;
  readonly now: number;
}

type Showing = Parameters<typeof listErrors>[1] & {
  readonly caller: Caller;
  readonly root: RootSecretEntry;
  readonly page: Omit<Page, 'title' | 'body'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly now: number;
};

const pageLength = 25;
const searchMs = 1_000;
const refreshSeconds = 30;
/** 25 groups must fit into a page. */
const max = { name: 60, message: 300, type: 60 };

/** Answers `GET /ui/errors`. @throws InvalidRequestError, StoreUnavailableError */
export async function showErrors(request: HttpRequest, showing: Showing): Promise<HttpResponse> {
  const { caller, root, page, now } = showing;
  const { tenant, rights } = caller;
  // A form sends its empty field, too.
  const { type, cursor } = parseQuery({ rawQueryString: filledIn(request).toString() }, errorsQuery);
  const signing = { root, tenant, filter: { list: 'errors', type } };
  const below = positionAsked(cursor, signing);
  const { groups, newer, next } = await search({ tenant, type, limit: pageLength, below }, showing);
  const view = {
    groups: groups.map((group) => toErrorGroup(group, (id) => statusUrlOf(request, id))),
    newer,
    type,
    nextCursor: next === undefined ? undefined : cursorOf(next, signing),
    isFurther: below !== undefined,
    searchedTo: next === undefined ? undefined : timeOfPosition(next),
    canControl: rights.includes('control'),
  };
  return pageResponse(200, { ...page, title: 'Errors', body: errorsPage({ ...view, now }), refreshSeconds });
}

/**
 * Pages of the groups together, until one has some or a second is over: of a type that fails rarely, most have none.
 */
async function search(request: ErrorsRequest, showing: Showing): Promise<ErrorsPage> {
  const endsAt = showing.clock.now() + searchMs;
  let page = await listErrors(request, showing);
  while (
    page.groups.length + page.newer.length === 0 &&
    page.next !== undefined &&
    showing.clock.now() < endsAt
  )
    page = await listErrors({ ...request, below: page.next }, showing);
  return page;
}

const errorsPage = (view: ErrorsView): Html => html`<div class="heading"><h1>Errors</h1></div>
<form class="filter" action="/ui/errors" role="search" aria-label="Errors">
<label>Type <input name="type" value="${view.type ?? ''}" autocomplete="off" spellcheck="false"></label>
<button class="quiet">Filter</button>${view.type !== undefined && html` <a href="/ui/errors">Clear</a>`}
</form>
<div data-live="errors">${view.groups.length > 0 ? view.groups.map((group) => card(group, view)) : none(view)}${newerGroups(view)}${next(view)}</div>`;

const newerGroups = ({ newer }: ErrorsView): Html | false =>
  newer.length > 0 &&
  html`<ul class="faint">${newer.map(({ id, version }) => html`<li>A group ${newerVersion(version)}: <span class="mono">${id}</span></li>`)}</ul>`;

function none({ type, searchedTo, isFurther, newer, now }: ErrorsView): Html | false {
  if (newer.length > 0) return false;
  if (searchedTo !== undefined)
    return html`<p class="empty">None among the errors since ${whenExactly(new Date(searchedTo).toISOString(), now)}. There are older ones.</p>`;
  if (isFurther) return html`<p class="empty">There are no older errors.</p>`;
  return html`<p class="empty">No job ${type !== undefined && html`of the type ${foreign(cut(type, max.type))} `}has failed.</p>`;
}

const next = ({ type = '', nextCursor }: ErrorsView): Html | false =>
  nextCursor !== undefined &&
  html`<p><a rel="next" href="/ui/errors?${new URLSearchParams({ type, cursor: nextCursor }).toString()}">Older errors</a></p>`;

function card(group: ErrorGroupResponse, { canControl, now }: ErrorsView): Html {
  const { id, type, count, hasMore, firstSeenAt, lastSeenAt, example } = group;
  const name = foreign(cut(group.name, max.name));
  return html`<section aria-labelledby="error-${id}">
<div class="heading"><h2 id="error-${id}">${name}</h2>${
    canControl &&
    html` <form action="/ui/actions"><input type="hidden" name="action" value="retry"><input type="hidden" name="error" value="${id}"><button>Retry these jobs…<span class="hidden"> of ${name}</span></button></form>`
  }</div>
<p>${
    example
      ? html`<a href="/ui/jobs/${example.id}">${foreign(cut(example.message, max.message))}</a>`
      : 'No job was found that is still failed.'
  }</p>
<dl class="facts">
<dt>Jobs</dt><dd><a href="/ui?status=failed&amp;error=${id}">${hasMore && 'more than '}${count} ${count === 1 ? 'job' : 'jobs'}<span class="hidden"> with ${name}</span></a> <span class="faint">of the type ${foreign(cut(type, max.type))}</span></dd>
<dt>First seen</dt><dd>${whenExactly(firstSeenAt, now)}</dd>
<dt>Last seen</dt><dd>${whenExactly(lastSeenAt, now)}</dd>
</dl></section>`;
}
