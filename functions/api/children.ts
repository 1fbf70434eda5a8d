import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import { NotFoundError } from '../../shared/domain/base/errors.ts';
import { batchIdOf } from '../../shared/domain/children/batch.ts';
import { jobIdIn, type RouteHandlers } from '../../shared/http/http-function.ts';
import {
  type BatchList,
  childrenQuery,
  toChildJob,
  toChildList,
} from '../../shared/http/responses/children-response.ts';
import { type Answering, type Granting, jobAnswer } from '../../shared/http/responses/job-answer.ts';
import { statusUrlOf } from '../../shared/http/responses/job-urls.ts';
import type { RoutesOf } from '../../shared/http/routes.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../shared/http/wire/query.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { cancelChild } from '../../shared/operations/act/cancel-child.ts';
import { retryChild, retryChildren } from '../../shared/operations/act/retry-children.ts';
import {
  type ChildOfJob,
  type FindChildDependencies,
  findChild,
} from '../../shared/operations/find/find-child.ts';
import { listBatches, listChildren } from '../../shared/operations/find/list-children.ts';
import type { Lists, WithLists } from '../../shared/operations/find/read-lists.ts';
import { answerChange } from './answer-change.ts';

type ChildrenRoute = Extract<RoutesOf<'api'>, `${string} /jobs/{id}/children${string}`>;

type Dependencies = {
  readonly granting: Granting;
  readonly withLists: WithLists;
} & Parameters<typeof cancelChild>[1] &
  Parameters<typeof retryChild>[1] &
  Parameters<typeof retryChildren>[1] &
  Parameters<typeof answerChange>[2] &
  Omit<Parameters<typeof listChildren>[2], keyof Lists>;

const headers = { 'cache-control': 'private, no-cache' };

/** The children of a job. An unknown job is a JobNotFoundError, and an unknown batch or child a NotFoundError. */
export const childrenRoutes = (deps: Dependencies): Pick<RouteHandlers<'api'>, ChildrenRoute> => ({
  'GET /jobs/{id}/children': (request, { tenant }) =>
    deps.withLists(tenant, async (lists) => {
      const items = await listBatches({ id: jobIdIn(request), tenant }, { ...deps, ...lists });
      const list: BatchList = { items: [...items] };
      return jsonResponse(200, list, headers);
    }),

  'GET /jobs/{id}/children/{key}': (request, { tenant }) =>
    deps.withLists(tenant, async (lists) => {
      const which = { id: jobIdIn(request), tenant };
      const { after = -1, status } = parseQuery(request, childrenQuery);
      const asked = { key: request.pathParameters?.key ?? '', after, status };
      const page = await listChildren(which, asked, { ...deps, ...lists });
      return jsonResponse(
        200,
        toChildList(page, (id) => statusUrlOf(request, id)),
        headers,
      );
    }),

  'GET /jobs/{id}/children/{key}/{index}': async (request, caller) =>
    answerChild({ ...(await deps.granting()), request, caller, tenant: caller.tenant }, deps),

  'POST /jobs/{id}/children/{key}/{index}/cancel': async (request, caller) => {
    const which = { ...childIn(request), tenant: caller.tenant, by: caller.actor };
    return answerChange({ operation: 'cancel', request, caller }, () => cancelChild(which, deps), deps);
  },

  /** The job makes the child again when all have ended. */
  'POST /jobs/{id}/children/{key}/{index}/retry': async (request, caller) => {
    const which = { ...childIn(request), tenant: caller.tenant };
    return answerChange({ operation: 'retryChildren', request, caller }, () => retryChild(which, deps), deps);
  },

  /** The job makes the children again when all have ended. */
  'POST /jobs/{id}/children/{key}/retry': async (request, caller) => {
    const which = { id: jobIdIn(request), batch: batchIn(request), tenant: caller.tenant };
    const retry = () => retryChildren(which, deps);
    return answerChange({ operation: 'retryChildren', request, caller }, retry, deps);
  },
});

/** The batch of a job that a route below `/jobs/{id}/children/{key}` is about. */
const batchIn = (request: HttpRequest): string =>
  batchIdOf(jobIdIn(request), request.pathParameters?.key ?? '');

/** The child of a job that a route below `/jobs/{id}/children/{key}/{index}` is about. @throws NotFoundError */
function childIn(request: HttpRequest): Omit<ChildOfJob, 'tenant'> {
  const text = request.pathParameters?.index ?? '';
  if (!/^\d{1,6}$/.test(text)) throw new NotFoundError('The batch has no child of this index.');
  return { id: jobIdIn(request), batch: batchIn(request), index: Number(text) };
}

/** @throws as `findChild` */
async function answerChild(
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
