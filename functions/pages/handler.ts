import { contracts } from '#job-types/contracts.ts';
import { schedules } from '#job-types/schedules.ts';
import { systemGiven } from '../../shared/aws/clients/clients.ts';
import { bucketOrigin } from '../../shared/aws/objects/object-signer.ts';
import { EmfMeters, flushed } from '../../shared/aws/observe/emf-meters.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { cloudWatchSeries } from '../../shared/aws/observe/stage-series.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { operationPorts } from '../../shared/aws/ports/operation-ports.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import { peopleAccess } from '../../shared/http/access/people.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { httpFunction } from '../../shared/http/http-function.ts';
import { pagesRoutes } from '../../shared/http/routes.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { publicPathOf } from '../../shared/http/wire/paths.ts';
import { problemResponse } from '../../shared/http/wire/respond.ts';
import { chargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { stackMapper } from '../../shared/operations/find/map-stacks.ts';
import { readLists, type WithLists } from '../../shared/operations/find/read-lists.ts';
import { RecentCounts } from '../../shared/operations/find/recent-counts.ts';
import { ActionDoor } from '../../shared/operations/submit/action-door.ts';
import { doorsOfStage } from '../../shared/operations/submit/doors-of-stage.ts';
import { errorPage } from './error-page.ts';
import { formRoutes } from './form-routes.ts';
import { assetResponse } from './html/assets.ts';
import { type PageOf, pageBelow, seeOther } from './html/layout.ts';
import { jobRoutes } from './job-routes.ts';
import { showSignIn, signIn, signOut } from './sign-in.ts';
import { safeNext } from './sign-in-page.ts';
import { schedulePages } from './stage/show-schedules.ts';
import { stageRoutes } from './stage-routes.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const log = createLog('pages', process.env);
const given = systemGiven(log);
const meters = new EmfMeters(env);
const tracer = await stageTracer(env, { environment: process.env, log });
const ports = operationPorts(env, given);
const signedIn = { ...stageAccess(env, { ...ports, store: ports.accessStore }), ended: ports.ended };
const access = { ...signedIn, people: peopleAccess(signedIn) };
const { door, limiting, pauseDoor, ...doors } = doorsOfStage(env, ports);
const counts = new RecentCounts(ports);
const withLists: WithLists = (tenant, read) => readLists(tenant, read, { ...ports, counts, door });

/** Where there is no access control, there is nothing to sign out from. */
const canSignOut = env.AUTH !== 'none';
const pageOf: PageOf = ({ rights }) => ({
  isSignedIn: true,
  canOperate: rights.includes('operate'),
  canSignOut,
});

const deps = {
  ...ports,
  ...doors,
  requests: door,
  /** Of bulk actions. */
  actionDoor: new ActionDoor({ ...limiting, ...ports }),
  /** Of retries, and of schedules that somebody runs. */
  charges: chargesBy({ door, log }),
  family: new ParentNotifier(ports),
  counts,
  withLists,
  mapStacks: stackMapper(ports.sourceMaps),
  setup: readStageSetup(env, (tenant) => mailPlacesOf(tenant, access.entries)),
  contracts,
  schedules,
  series: cloudWatchSeries(env),
  metrics: env.METRICS,
  meters,
  tracer,
  root: access.root,
  uploadsTo: bucketOrigin(env),
  pageOf,
  canSignOut,
  hasSignIn: canSignOut,
};

/** A person sees a page. What a script of ours has sent is answered so that the script can tell. */
const refuse = (error: Error, request: HttpRequest) =>
  request.rawPath.endsWith('/ui/uploads')
    ? problemResponse(error, request, log)
    : errorPage(error, request, { log, canSignIn: canSignOut });

const answer = httpFunction(
  pagesRoutes,
  {
    'GET /': async () => seeOther('/ui'),

    ...stageRoutes(deps),
    ...jobRoutes(deps),
    // A pause may refuse what people submit. What retries, bulk actions and schedules submit waits.
    ...formRoutes({ ...deps, pauseDoor }),
    ...schedulePages(deps),

    'GET /ui/sign-in': async ({ queryStringParameters }) =>
      canSignOut ? showSignIn(safeNext(queryStringParameters?.next)) : seeOther('/ui'),

    'POST /ui/sign-in': async (request) => signIn(request, { ...access, random: given.random }),

    'POST /ui/sign-out': async (request) => signOut(request, { ...access, random: given.random }),

    'GET /ui/assets/{name}': async ({ pathParameters }) => assetResponse(pathParameters?.name ?? ''),
  },
  { access, log, requests: door, publicUrl: env.PUBLIC_URL, refuse },
);

export const handler = flushed(
  meters,
  async (...[event]: Parameters<typeof answer>) =>
    pageBelow(publicPathOf({ publicUrl: env.PUBLIC_URL }), await answer(event)),
  tracer,
);
