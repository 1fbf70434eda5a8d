import { type BatchList, childrenQuery, toChildList } from '../../shared/http/children-response.ts';
import { jobIdIn } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { statusUrlOf } from '../../shared/http/job-urls.ts';
import { parseQuery } from '../../shared/http/query.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import { listBatches, listChildren } from '../../shared/operations/list-children.ts';

const headers = { 'cache-control': 'private, no-cache' };

/** Answers `GET /jobs/{id}/children`. @throws JobNotFoundError, StoreUnavailableError, NewerVersionError */
export async function answerBatches(
  request: HttpRequest,
  tenant: string,
  deps: Parameters<typeof listBatches>[1],
): Promise<HttpResponse> {
  const list: BatchList = { items: [...(await listBatches({ id: jobIdIn(request), tenant }, deps))] };
  return jsonResponse(200, list, headers);
}

/** Answers `GET /jobs/{id}/children/{key}`. @throws as `answerBatches` does; NotFoundError, InvalidRequestError */
export async function answerChildren(
  request: HttpRequest,
  tenant: string,
  deps: Parameters<typeof listChildren>[2],
): Promise<HttpResponse> {
  const which = { id: jobIdIn(request), tenant };
  const { after = -1, status } = parseQuery(request, childrenQuery);
  const page = await listChildren(which, { key: request.pathParameters?.key ?? '', after, status }, deps);
  return jsonResponse(
    200,
    toChildList(page, (id) => statusUrlOf(request, id)),
    headers,
  );
}
