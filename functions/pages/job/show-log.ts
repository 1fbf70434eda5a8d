import * as z from 'zod/mini';
import type { RootSecretEntry } from '../../../shared/domain/access/access-entry.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../../shared/domain/state/job/transitions.ts';
import { lineFilter, logCursor, logPosition } from '../../../shared/http/responses/log-response.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../../shared/http/wire/query.ts';
import { findLog, type LogPosition } from '../../../shared/operations/find/find-log.ts';
import type { MapStacks } from '../../../shared/operations/find/map-stacks.ts';
import { foreign, html } from '../html/html.ts';
import { type Page, pageResponse, seeOther } from '../html/layout.ts';
import { filterQuery, lineChoice, logLines } from './log-section.ts';

const linesQuery = z.strictObject({ cursor: z.optional(z.string()), ...lineFilter });

type LogPageDependencies = Parameters<typeof findLog>[2] & {
  readonly root: RootSecretEntry;
  readonly mapStacks: MapStacks;
  readonly page: Omit<Page, 'title' | 'body'>;
};

/** Answers `GET /ui/jobs/{id}/logs`. While the logs are searched, the page asks again, and starts no second search. */
export async function showLog(
  job: JobItem,
  request: HttpRequest,
  { root, page, ...deps }: LogPageDependencies,
): Promise<HttpResponse> {
  const signing = { root, tenant: job.tenant, id: job.id };
  const { cursor, ...filter } = parseQuery(request, linesQuery);
  const found = await findLog(job, { position: logPosition(cursor, signing), filter }, deps);
  const { next, first } = found;
  const lines = found.lines && (await deps.mapStacks(found.lines));
  const path = `/ui/jobs/${job.id}/logs`;
  const queryAt = (position: LogPosition) => ({ cursor: logCursor(position, signing) });
  const address = next && `${path}?${new URLSearchParams({ ...queryAt(next), ...filterQuery(filter) })}`;
  if (!lines && address && cursor === undefined) return seeOther(address);
  const attempts = Math.max(job.attempt, ...(lines ?? []).map(({ attempt }) => attempt));
  const choice = { address: path, query: queryAt(first), filter, attempts };
  const body = html`<h1>All lines of ${foreign(job.type)}</h1>
<p class="faint mono id"><a href="/ui/jobs/${job.id}">${job.id}</a></p>
${lines ? html`${lineChoice(choice)}${logLines(lines)}` : html`<p role="status">The logs are searched. The page asks again.</p>`}
${lines?.length === 0 && html`<p>There are none. Lines come some seconds after they were written, and are deleted some time after.</p>`}
${lines && address && html`<p><a href="${address}">Older lines</a></p>`}
${lines && !isTerminal(job.status) && html`<p><a href="${path}?${new URLSearchParams(filterQuery(filter)).toString()}">Search again</a> <span class="faint">for what was logged since: a minute after the last search.</span></p>`}`;
  return pageResponse(
    200,
    { ...page, title: `Lines of ${job.type}`, body, ...(lines ? {} : { refreshSeconds: 2 }) },
    { 'cache-control': 'private, no-store' },
  );
}
