import type { BatchList } from '../../shared/http/children-response.ts';
import { jobIdIn } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import { listBatches } from '../../shared/operations/list-children.ts';

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
