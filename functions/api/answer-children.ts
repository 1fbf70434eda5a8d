import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import { NotFoundError } from '../../shared/domain/base/errors.ts';
import { batchIdOf } from '../../shared/domain/children/batch.ts';
import {
  type BatchList,
  childrenQuery,
  toChildJob,
  toChildList,
} from '../../shared/http/children-response.ts';
import { jobIdIn } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { type Answering, jobAnswer } from '../../shared/http/job-answer.ts';
import { statusUrlOf } from '../../shared/http/job-urls.ts';
import { parseQuery } from '../../shared/http/query.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import {
  type ChildOfJob,
  type FindChildDependencies,
  findChild,
} from '../../shared/operations/find/find-child.ts';
import { listBatches, listChildren } from '../../shared/operations/find/list-children.ts';

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

/** The batch of a job that a route below `/jobs/{id}/children/{key}` is about. */
export const batchIn = (request: HttpRequest): string =>
  batchIdOf(jobIdIn(request), request.pathParameters?.key ?? '');

/** The child of a job that a route below `/jobs/{id}/children/{key}/{index}` is about. @throws NotFoundError */
export function childIn(request: HttpRequest): Omit<ChildOfJob, 'tenant'> {
  const text = request.pathParameters?.index ?? '';
  if (!/^\d{1,6}$/.test(text)) throw new NotFoundError('The batch has no child of this index.');
  return { id: jobIdIn(request), batch: batchIn(request), index: Number(text) };
}

/** Answers `GET /jobs/{id}/children/{key}/{index}`. @throws as `findChild` */
export async function answerChild(
  { tenant, ...answering }: Answering & { readonly tenant: string },
  { contracts, ...deps }: FindChildDependencies & { readonly contracts: Contracts },
): Promise<HttpResponse> {
  const { request } = answering;
  const which = { ...childIn(request), tenant };
  const found = await findChild(which, deps);
  // One that is made again is as it was before its first claim.
  if (found.item?.status === found.status) return jobAnswer(200, found.item, answering);
  const { maxAttempts = 1 } = contractOf(contracts, found.root.type) ?? {};
  const statusUrl = statusUrlOf(request, found.id);
  return jsonResponse(200, toChildJob({ ...found, index: which.index }, { maxAttempts, statusUrl }), headers);
}
