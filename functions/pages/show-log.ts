import type { RootEntry } from '../../shared/domain/access/access-entry.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import type { LogQueries } from '../../shared/domain/observe/log-line.ts';
import type { JobItem } from '../../shared/domain/state/item.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { logCursor, logPosition } from '../../shared/http/log-response.ts';
import { findLog } from '../../shared/operations/find-log.ts';
import { foreign, html } from './html.ts';
import { type Page, pageResponse, seeOther } from './layout.ts';
import { logLines } from './log-section.ts';

interface LogPageDependencies {
  readonly root: RootEntry;
  readonly logs: LogQueries;
  readonly clock: Clock;
  readonly page: Omit<Page, 'title' | 'body'>;
}

/** Answers `GET /ui/jobs/{id}/logs`. While the logs are searched, the page asks again, and starts no second search. */
export async function showLog(
  job: JobItem,
  { queryStringParameters }: HttpRequest,
  { root, page, ...deps }: LogPageDependencies,
): Promise<HttpResponse> {
  const signing = { root, tenant: job.tenant, id: job.id };
  const cursor = queryStringParameters?.cursor;
  const { lines, next } = await findLog(job, logPosition(cursor, signing), deps);
  const address = next && `/ui/jobs/${job.id}/logs?cursor=${encodeURIComponent(logCursor(next, signing))}`;
  if (!lines && address && cursor === undefined) return seeOther(address);
  const body = html`<h1>All lines of ${foreign(job.type)}</h1>
<p class="faint mono id"><a href="/ui/jobs/${job.id}">${job.id}</a></p>
${lines ? logLines(lines) : html`<p role="status">The logs are searched. The page asks again.</p>`}
${lines?.length === 0 && html`<p>There are none. Lines come some seconds after they were written, and are deleted some time after.</p>`}
${lines && address && html`<p><a href="${address}">Older lines</a></p>`}`;
  return pageResponse(
    200,
    { ...page, title: `Lines of ${job.type}`, body, ...(lines ? {} : { refreshSeconds: 2 }) },
    { 'cache-control': 'no-store' },
  );
}
