import type { RootSecretEntry } from '../../shared/domain/access/access-entry.ts';
import { lineIsIn, readLogTail } from '../../shared/domain/observe/log-line.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { logPosition, logQuery, toLogResponse } from '../../shared/http/responses/log-response.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../shared/http/wire/query.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { findLog } from '../../shared/operations/find/find-log.ts';
import type { MapStacks } from '../../shared/operations/find/map-stacks.ts';

type LogAnswerDependencies = Parameters<typeof findLog>[2] & {
  readonly root: RootSecretEntry;
  readonly mapStacks: MapStacks;
};

/** Answers `GET /jobs/{id}/logs`. Lines may have what a person has logged of others: nobody keeps the answer. */
export async function answerLogs(
  job: JobItem,
  request: HttpRequest,
  { root, ...deps }: LogAnswerDependencies,
): Promise<HttpResponse> {
  const { source, cursor, ...filter } = parseQuery(request, logQuery);
  const signing = { root, tenant: job.tenant, id: job.id };
  const headers = { 'cache-control': 'no-store' };
  if (source === 'job' && cursor === undefined) {
    const lines = await deps.mapStacks(readLogTail(job.logTail).filter(lineIsIn(filter)));
    return jsonResponse(200, toLogResponse({ lines }, signing), headers);
  }
  const page = await findLog(job, { position: logPosition(cursor, signing), filter }, deps);
  const lines = page.lines && (await deps.mapStacks(page.lines));
  const body = toLogResponse({ ...page, ...(lines ? { lines } : {}) }, signing);
  return lines
    ? jsonResponse(200, body, headers)
    : jsonResponse(202, body, { ...headers, 'retry-after': '1' });
}
