import { batchIdOf } from '../../shared/domain/children/batch.ts';
import type { Viewer } from '../../shared/http/access/people.ts';
import type { RootSecret } from '../../shared/http/access/root-secret.ts';
import { jobIdIn, type RouteHandlers } from '../../shared/http/http-function.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { logOperation } from '../../shared/operations/act/log-operation.ts';
import { retryChildren } from '../../shared/operations/act/retry-children.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import type { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import { findGrantedJob, findJob } from '../../shared/operations/find/find-job.ts';
import type { WithLists } from '../../shared/operations/find/read-lists.ts';
import { type PageOf, seeOther } from './html/layout.ts';
import { batchPath } from './job/children-section.ts';
import { sendResult } from './job/send-result.ts';
import { showChildren } from './job/show-children.ts';
import { showJob } from './job/show-job.ts';
import { showLog } from './job/show-log.ts';

type JobPage =
  | 'GET /ui/jobs/{id}'
  | 'GET /ui/jobs/{id}/result'
  | 'GET /ui/jobs/{id}/logs'
  | 'GET /ui/jobs/{id}/children/{key}'
  | 'POST /ui/jobs/{id}/children/{key}/retry'
  | 'POST /ui/jobs/{id}/cancel'
  | 'POST /ui/jobs/{id}/retry';

type Dependencies = {
  readonly root: Pick<RootSecret, 'read'>;
  /** Of requests: searches of logs count there. */
  readonly requests: TenantDoor;
  readonly pageOf: PageOf;
  readonly withLists: WithLists;
} & Omit<Parameters<typeof showJob>[2], 'viewer' | 'now'> &
  Parameters<typeof sendResult>[2] &
  Omit<Parameters<typeof showLog>[2], 'door' | 'root' | 'page'> &
  Omit<Parameters<typeof showChildren>[2], 'rights' | 'page'> &
  Parameters<typeof retryChildren>[1] &
  Parameters<typeof cancelJob>[1] &
  Parameters<typeof retryJob>[1] &
  Parameters<typeof logOperation>[1];

/** The page of a job, and what its links and buttons do. An unknown job is a JobNotFoundError. */
export function jobRoutes(deps: Dependencies): Pick<RouteHandlers<'pages'>, JobPage> {
  const { pageOf, withLists } = deps;
  const findFor = (viewer: Viewer, id: string) =>
    viewer.kind === 'grant'
      ? findGrantedJob({ ...viewer, id }, deps)
      : findJob({ id, tenant: viewer.tenant }, deps);

  return {
    'GET /ui/jobs/{id}': async (request, viewer) => {
      const job = await findFor(viewer, jobIdIn(request));
      const showing = { ...deps, viewer, now: deps.clock.now() };
      if (!job.batches?.size) return showJob(job, request, showing);
      return withLists(job.tenant, (lists) => showJob(job, request, { ...showing, ...lists }));
    },

    'GET /ui/jobs/{id}/result': async (request, viewer) =>
      sendResult(await findFor(viewer, jobIdIn(request)), request, deps),

    'GET /ui/jobs/{id}/logs': async (request, caller) => {
      const job = await findJob({ id: jobIdIn(request), tenant: caller.tenant }, deps);
      const root = await deps.root.read();
      return showLog(job, request, { ...deps, door: deps.requests, root, page: pageOf(caller) });
    },

    'GET /ui/jobs/{id}/children/{key}': async (request, caller) => {
      const job = await findJob({ id: jobIdIn(request), tenant: caller.tenant }, deps);
      const showing = { ...deps, rights: caller.rights, page: pageOf(caller) };
      return withLists(job.tenant, (lists) => showChildren(job, request, { ...showing, ...lists }));
    },

    'POST /ui/jobs/{id}/children/{key}/retry': async (request, { tenant, actor }) => {
      const [id, key] = [jobIdIn(request), request.pathParameters?.key ?? ''];
      const job = await retryChildren({ id, tenant, batch: batchIdOf(id, key) }, deps);
      logOperation({ operation: 'retryChildren', actor, job }, deps);
      return seeOther(batchPath(id, key));
    },

    'POST /ui/jobs/{id}/cancel': async (request, { tenant, actor }) => {
      const job = await cancelJob({ id: jobIdIn(request), tenant, by: actor }, deps);
      logOperation({ operation: 'cancel', actor, job }, deps);
      return seeOther(`/ui/jobs/${job.id}`);
    },

    'POST /ui/jobs/{id}/retry': async (request, { tenant, actor }) => {
      const job = await retryJob({ id: jobIdIn(request), tenant, by: actor }, deps);
      logOperation({ operation: 'retry', actor, job }, deps);
      return seeOther(`/ui/jobs/${job.id}`);
    },
  };
}
