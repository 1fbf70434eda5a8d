import type { RootSecretEntry } from '../../shared/domain/access/access-entry.ts';
import { timeOfPosition } from '../../shared/domain/state/job/list-keys.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { cursorOf, positionAsked } from '../../shared/http/requests/cursor.ts';
import { errorsQuery, listQuery, toFilter } from '../../shared/http/requests/list-request.ts';
import { toErrorGroup } from '../../shared/http/responses/error-response.ts';
import type { Granting } from '../../shared/http/responses/job-answer.ts';
import { type JobList, toListedJob } from '../../shared/http/responses/job-response.ts';
import { statusUrlOf } from '../../shared/http/responses/job-urls.ts';
import { toNewer } from '../../shared/http/responses/newer-response.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../shared/http/wire/query.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { listErrors } from '../../shared/operations/find/list-errors.ts';
import { type ListDependencies, listJobs } from '../../shared/operations/find/list-jobs.ts';
import type { Lists, WithLists } from '../../shared/operations/find/read-lists.ts';

type ErrorsDependencies = Parameters<typeof listErrors>[1];

interface Dependencies extends Omit<ListDependencies, keyof Lists>, Omit<ErrorsDependencies, keyof Lists> {
  readonly granting: Granting;
  readonly withLists: WithLists;
}

/** What a tenant looks through a page at a time. */
export const listRoutes = (deps: Dependencies): Pick<RouteHandlers<'api'>, 'GET /jobs' | 'GET /errors'> => ({
  'GET /jobs': (request, { tenant }) =>
    deps.withLists(tenant, async (lists) => {
      const { root } = await deps.granting();
      return answerList(request, { tenant, root }, { ...deps, ...lists });
    }),

  'GET /errors': (request, { tenant }) =>
    deps.withLists(tenant, async (lists) => {
      const { root } = await deps.granting();
      return answerErrors(request, { tenant, root }, { ...deps, ...lists });
    }),
});

interface ListCaller {
  readonly tenant: string;
  readonly root: RootSecretEntry;
}

/** Answers `GET /jobs`. @throws InvalidRequestError, also for a cursor of another list; StoreUnavailableError */
export async function answerList(
  request: HttpRequest,
  { tenant, root }: ListCaller,
  deps: ListDependencies,
): Promise<HttpResponse> {
  const { cursor, limit, tag: tags, ...query } = parseQuery(request, listQuery, { repeatable: ['tag'] });
  const filter = toFilter({ ...query, tags });
  const signing = { root, tenant, filter };
  const below = positionAsked(cursor, signing);
  const { jobs, newer, next } = await listJobs({ tenant, filter, limit, below }, deps);
  const list: JobList = {
    items: jobs.map((job) => toListedJob(job, statusUrlOf(request, job.id))),
    ...toNewer(newer),
    ...(next === undefined
      ? {}
      : { nextCursor: cursorOf(next, signing), searchedTo: new Date(timeOfPosition(next)).toISOString() }),
  };
  return jsonResponse(200, list, { 'cache-control': 'private, no-cache' });
}

/** @throws as `answerList` does */
async function answerErrors(
  request: HttpRequest,
  { tenant, root }: ListCaller,
  deps: ErrorsDependencies,
): Promise<HttpResponse> {
  const { cursor, limit, type } = parseQuery(request, errorsQuery);
  const signing = { root, tenant, filter: { list: 'errors', type } };
  const below = positionAsked(cursor, signing);
  const { groups, newer, next } = await listErrors({ tenant, type, limit, below }, deps);
  const list = {
    items: groups.map((group) => toErrorGroup(group, (id) => statusUrlOf(request, id))),
    ...toNewer(newer),
    ...(next === undefined ? {} : { nextCursor: cursorOf(next, signing) }),
  };
  return jsonResponse(200, list, { 'cache-control': 'private, no-cache' });
}
