import type { PausesByName } from '../../shared/domain/state/limits/pause.ts';
import type { RootSecret } from '../../shared/http/access/root-secret.ts';
import { submitKeys } from '../../shared/http/access/submit-keys.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import type { Lists, WithLists } from '../../shared/operations/find/read-lists.ts';
import type { ActionDoor } from '../../shared/operations/submit/action-door.ts';
import type { JobsDoor } from '../../shared/operations/submit/jobs-door.ts';
import { type PageOf, pageResponse } from './html/layout.ts';
import { confirmAction, startFromForm } from './stage/bulk.ts';
import { showErrors } from './stage/errors-page.ts';
import { queuesPage } from './stage/queues-page.ts';
import { showDashboard } from './stage/show-dashboard.ts';
import { showStats } from './stage/show-stats.ts';

type StagePage =
  | 'GET /ui'
  | 'GET /ui/errors'
  | 'GET /ui/actions'
  | 'POST /ui/actions'
  | 'GET /ui/queues'
  | 'GET /ui/stats';

/** What a request has of its own. */
type OfRequest = keyof Lists | 'caller' | 'tenant' | 'root' | 'page' | 'now' | 'limits';

type Dependencies = {
  readonly root: Pick<RootSecret, 'read'>;
  readonly pageOf: PageOf;
  readonly withLists: WithLists;
  readonly uploadRetentionDays: number;
  readonly jobsDoor: Pick<JobsDoor, 'look'>;
  readonly actionDoor: ActionDoor;
  readonly figures: { read(): Promise<Parameters<typeof queuesPage>[0]> };
  readonly pauses: { read(): Promise<PausesByName> };
} & Omit<Parameters<typeof showDashboard>[1], OfRequest> &
  Omit<Parameters<typeof showErrors>[1], OfRequest> &
  Omit<Parameters<typeof confirmAction>[1], OfRequest> &
  Omit<Parameters<typeof startFromForm>[2], keyof ReturnType<typeof submitKeys> | 'door'> &
  Omit<Parameters<typeof showStats>[1], OfRequest>;

/** The lists of jobs and errors, actions on what they show, and the pages of the stage. */
export function stageRoutes(deps: Dependencies): Pick<RouteHandlers<'pages'>, StagePage> {
  const { pageOf, withLists } = deps;
  return {
    'GET /ui': async (request, caller) => {
      const [root, now] = [await deps.root.read(), deps.clock.now()];
      const limits = await deps.jobsDoor.look(caller.tenant);
      return withLists(caller.tenant, (lists) =>
        showDashboard(request, { ...deps, ...lists, caller, root, now, limits }),
      );
    },

    'GET /ui/errors': async (request, caller) => {
      const [root, now] = [await deps.root.read(), deps.clock.now()];
      return withLists(caller.tenant, (lists) =>
        showErrors(request, { ...deps, ...lists, caller, root, page: pageOf(caller), now }),
      );
    },

    'GET /ui/actions': async (request, caller) =>
      withLists(caller.tenant, (lists) =>
        confirmAction(request, { ...deps, ...lists, tenant: caller.tenant, page: pageOf(caller) }),
      ),

    // Bulk actions pass no door of submissions, and are started while the stage is paused.
    'POST /ui/actions': async (request, caller) => {
      const keys = submitKeys(await deps.root.read(), deps.uploadRetentionDays);
      return startFromForm(request, caller, { ...deps, ...keys, door: deps.actionDoor });
    },

    'GET /ui/queues': async (_request, caller) => {
      const [queues, known] = await Promise.all([deps.figures.read(), deps.pauses.read()]);
      const body = queuesPage(queues, known, deps.clock.now());
      return pageResponse(200, { ...pageOf(caller), title: 'Queues', body, refreshSeconds: 10 });
    },

    'GET /ui/stats': async (request, caller) => showStats(request, { ...deps, page: pageOf(caller) }),
  };
}
