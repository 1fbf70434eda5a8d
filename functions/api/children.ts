import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import { NotFoundError } from '../../shared/domain/base/errors.ts';
import { batchIdOf } from '../../shared/domain/children/batch.ts';
import { isTerminal } from '../../shared/domain/state/transitions.ts';
import {
  type BatchList,
  childrenQuery,
  toChildJob,
  toChildList,
} from '../../shared/http/children-response.ts';
import { jobIdIn, type RouteHandlers } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { type Answering, type Granting, jobAnswer } from '../../shared/http/job-answer.ts';
import { statusUrlOf } from '../../shared/http/job-urls.ts';
import { parseQuery } from '../../shared/http/query.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import type { RoutesOf } from '../../shared/http/routes.ts';
import { cancelChild } from '../../shared/operations/act/cancel-child.ts';
import { logOperation } from '../../shared/operations/act/log-operation.ts';
import { retryChild, retryChildren } from '../../shared/operations/act/retry-children.ts';
import {
  type ChildOfJob,
  type FindChildDependencies,
  findChild,
} from '../../shared/operations/find/find-child.ts';
import { listBatches, listChildren } from '../../shared/operations/find/list-children.ts';
import type { Lists } from '../../shared/operations/find/read-lists.ts';
import type { WithLists } from './lists.ts';

type ChildrenRoute = Extract<RoutesOf<'api'>, `${string} /jobs/{id}/children${string}`>;

interface OfThis {
  readonly granting: Granting;
  readonly withLists: WithLists;
}
type Dependencies = OfThis &
  Parameters<typeof cancelChild>[1] &
  Parameters<typeof retryChild>[1] &
  Parameters<typeof retryChildren>[1] &
  Parameters<typeof logOperation>[1] &
  Omit<Parameters<typeof listChildren>[2], keyof Lists>;

const headers = { 'cache-control': 'private, no-cache' };

/** The children of a job: an unknown one is a NotFoundError, and so is a batch that the job has not. */
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

  /** 200 if the child is canceled, 202 if its worker has yet to stop. */
  'POST /jobs/{id}/children/{key}/{index}/cancel': async (request, caller) => {
    const which = { ...childIn(request), tenant: caller.tenant, by: caller.actor };
    const grant = await deps.granting();
    const job = await cancelChild(which, deps);
    logOperation({ operation: 'cancel', actor: caller.actor, job }, deps);
    return jobAnswer(isTerminal(job.status) ? 200 : 202, job, { ...grant, request, caller });
  },

  /** The job makes it again when all have ended. */
  'POST /jobs/{id}/children/{key}/{index}/retry': async (request, caller) => {
    const which = { ...childIn(request), tenant: caller.tenant };
    const grant = await deps.granting();
    const job = await retryChild(which, deps);
    logOperation({ operation: 'retryChildren', actor: caller.actor, job }, deps);
    return jobAnswer(202, job, { ...grant, request, caller });
  },

  /** The job makes them again when all have ended. */
  'POST /jobs/{id}/children/{key}/retry': async (request, caller) => {
    const which = { id: jobIdIn(request), batch: batchIn(request), tenant: caller.tenant };
    const grant = await deps.granting();
    const job = await retryChildren(which, deps);
    logOperation({ operation: 'retryChildren', actor: caller.actor, job }, deps);
    return jobAnswer(202, job, { ...grant, request, caller });
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
