import { contracts } from '#job-types/contracts.ts';
import { schedules } from '#job-types/schedules.ts';
import { systemGiven } from '../../shared/aws/clients.ts';
import { EmfMeters, flushed } from '../../shared/aws/emf-meters.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { bucketOrigin } from '../../shared/aws/object-signer.ts';
import { operationPorts } from '../../shared/aws/operation-ports.ts';
import { cloudWatchSeries } from '../../shared/aws/stage-series.ts';
import { stageTracer } from '../../shared/aws/tracer.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { batchIdOf } from '../../shared/domain/children/batch.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import type { Caller } from '../../shared/http/access/caller.ts';
import type { Viewer } from '../../shared/http/access/people.ts';
import { peopleAccess } from '../../shared/http/access/people.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { submitKeys, uploadRules } from '../../shared/http/access/submit-keys.ts';
import { httpFunction, jobIdIn } from '../../shared/http/http-function.ts';
import { answerUpload } from '../../shared/http/responses/answer-upload.ts';
import { pagesRoutes } from '../../shared/http/routes.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { publicPathOf } from '../../shared/http/wire/paths.ts';
import { holdsLink, jsonResponse, problemResponse } from '../../shared/http/wire/respond.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { logOperation } from '../../shared/operations/act/log-operation.ts';
import { retryChildren } from '../../shared/operations/act/retry-children.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import { chargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { findGrantedJob, findJob } from '../../shared/operations/find/find-job.ts';
import { stackMapper } from '../../shared/operations/find/map-stacks.ts';
import { type Lists, readLists } from '../../shared/operations/find/read-lists.ts';
import { RecentCounts } from '../../shared/operations/find/recent-counts.ts';
import { ActionDoor } from '../../shared/operations/submit/action-door.ts';
import { doorsOfStage } from '../../shared/operations/submit/doors-of-stage.ts';
import { errorPage } from './error-page.ts';
import { answerByLink, showByLink } from './forms/answer-by-link.ts';
import { answerFromForm, showAnswerForm } from './forms/answer-form.ts';
import { schemaOf, showForm, submitFromForm } from './forms/submit-form.ts';
import { assetResponse } from './html/assets.ts';
import { pageBelow, pageResponse, seeOther } from './html/layout.ts';
import { batchPath } from './job/children-section.ts';
import { valuesFrom } from './job/payload.ts';
import { sendResult } from './job/send-result.ts';
import { showChildren } from './job/show-children.ts';
import { showJob } from './job/show-job.ts';
import { showLog } from './job/show-log.ts';
import { showSignIn, signIn, signOut } from './sign-in.ts';
import { safeNext } from './sign-in-page.ts';
import { confirmAction, startFromForm } from './stage/bulk.ts';
import { showErrors } from './stage/errors-page.ts';
import { queuesPage } from './stage/queues-page.ts';
import { showDashboard } from './stage/show-dashboard.ts';
import { schedulePages } from './stage/show-schedules.ts';
import { showStats } from './stage/show-stats.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const log = createLog('pages', process.env);
const given = systemGiven(log);
const meters = new EmfMeters(env);
const tracer = await stageTracer(env, { environment: process.env, log });
const ports = operationPorts(env, given);
const signedIn = { ...stageAccess(env, { ...ports, store: ports.accessStore }), ended: ports.ended };
const access = { ...signedIn, people: peopleAccess(signedIn) };
const { suspensions, limiting, door, shareDoor, jobsDoor, pauseDoor, groupDoor } = doorsOfStage(env, ports);
/** It has no door of submissions: bulk actions pass none of them, and are started while the stage is paused. */
const deps = {
  ...ports,
  suspensions,
  groupDoor,
  shareDoor,
  /** Of retries, and of schedules that somebody runs. */
  charges: chargesBy({ door, log }),
  family: new ParentNotifier(ports),
  counts: new RecentCounts(ports),
  mapStacks: stackMapper(ports.sourceMaps),
  setup: readStageSetup(env, (tenant) => mailPlacesOf(tenant, access.entries)),
  contracts,
  schedules,
  series: cloudWatchSeries(env),
  meters,
  tracer,
  root: access.root,
};

/** Of bulk actions. */
const actionDoor = new ActionDoor({ ...limiting, ...ports });
/** Reads of lists of jobs, and of children, use up a limit of their tenant. */
const withLists = (tenant: string, read: (lists: Lists) => Promise<HttpResponse>) =>
  readLists(tenant, read, { ...deps, door });

const uploadsTo = bucketOrigin(env);

/** Where there is no access control, there is nothing to sign out from. */
const canSignOut = env.AUTH !== 'none';

const pageOf = ({ rights }: Caller) => ({
  isSignedIn: true,
  canOperate: rights.includes('operate'),
  canSignOut,
});

const findFor = (viewer: Viewer, id: string) =>
  viewer.kind === 'grant'
    ? findGrantedJob({ ...viewer, id }, deps)
    : findJob({ id, tenant: viewer.tenant }, deps);

const submitting = async () => ({
  ...deps,
  ...submitKeys(await access.root.read(), env.UPLOAD_RETENTION_DAYS),
});

const formOf = (caller: Caller, { pathParameters }: HttpRequest) => {
  const type = pathParameters?.type ?? '';
  return { type, schema: schemaOf(type, contracts), page: pageOf(caller), uploadsTo };
};

const answerFormOf = async (caller: Caller, request: HttpRequest) => ({
  job: await findJob({ id: jobIdIn(request), tenant: caller.tenant }, deps),
  page: pageOf(caller),
  uploadsTo,
});

/** A person sees a page. What a script of ours has sent is answered so that the script can tell. */
const refuse = (error: Error, request: HttpRequest) =>
  request.rawPath.endsWith('/ui/uploads')
    ? problemResponse(error, request, log)
    : errorPage(error, request, { log, canSignIn: canSignOut });

const answer = httpFunction(
  pagesRoutes,
  {
    'GET /': async () => seeOther('/ui'),

    'GET /ui': async (request, caller) => {
      const [root, now] = [await access.root.read(), deps.clock.now()];
      const limits = await jobsDoor.look(caller.tenant);
      return withLists(caller.tenant, (lists) =>
        showDashboard(request, { ...deps, ...lists, caller, root, canSignOut, now, limits }),
      );
    },

    'GET /ui/errors': async (request, caller) => {
      const [root, now] = [await access.root.read(), deps.clock.now()];
      return withLists(caller.tenant, (lists) =>
        showErrors(request, { ...deps, ...lists, caller, root, page: pageOf(caller), now }),
      );
    },

    'GET /ui/jobs/{id}': async (request, viewer) => {
      const job = await findFor(viewer, jobIdIn(request));
      const showing = { ...deps, viewer, hasSignIn: canSignOut, now: deps.clock.now() };
      if (!job.batches?.size) return showJob(job, request, showing);
      return withLists(job.tenant, (lists) => showJob(job, request, { ...showing, ...lists }));
    },

    'GET /ui/jobs/{id}/result': async (request, viewer) =>
      sendResult(await findFor(viewer, jobIdIn(request)), request, deps),

    'GET /ui/jobs/{id}/logs': async (request, caller) => {
      const job = await findJob({ id: jobIdIn(request), tenant: caller.tenant }, deps);
      const root = await access.root.read();
      return showLog(job, request, { ...deps, door, root, page: pageOf(caller) });
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

    'GET /ui/jobs/{id}/signals/{signal}': async (request, answerer) =>
      answerer.kind === 'caller'
        ? showAnswerForm(request, await answerFormOf(answerer, request))
        : showByLink(request, answerer, deps),

    'POST /ui/jobs/{id}/signals/{signal}': async (request, answerer) =>
      answerer.kind === 'caller'
        ? answerFromForm(request, { form: await answerFormOf(answerer, request), caller: answerer }, deps)
        : answerByLink(request, answerer, deps),

    'GET /ui/actions': async (request, caller) =>
      withLists(caller.tenant, (lists) =>
        confirmAction(request, { ...deps, ...lists, tenant: caller.tenant, page: pageOf(caller) }),
      ),

    'POST /ui/actions': async (request, caller) =>
      startFromForm(request, caller, { ...(await submitting()), door: actionDoor }),

    'GET /ui/job-types/{type}': async (request, caller) =>
      showForm(formOf(caller, request), await valuesFrom(request, caller, deps)),

    'POST /ui/job-types/{type}': async (request, caller) => {
      await shareDoor.pass(caller.tenant);
      return submitFromForm(
        request,
        { form: formOf(caller, request), caller },
        { ...(await submitting()), door: jobsDoor, pauseDoor },
      );
    },

    'POST /ui/uploads': async (request, { tenant }) => {
      await shareDoor.pass(tenant);
      const uploads = uploadRules(await access.root.read(), env.UPLOAD_RETENTION_DAYS);
      return jsonResponse(201, await answerUpload(request, tenant, { ...deps, door, uploads }), holdsLink);
    },

    'GET /ui/queues': async (_request, caller) => {
      const [queues, known] = await Promise.all([ports.figures.read(), ports.pauses.read()]);
      const body = queuesPage(queues, known, deps.clock.now());
      return pageResponse(200, { ...pageOf(caller), title: 'Queues', body, refreshSeconds: 10 });
    },

    'GET /ui/stats': async (request, caller) =>
      showStats(request, { ...deps, metrics: env.METRICS, page: pageOf(caller) }),

    ...schedulePages({ ...deps, pageOf }),

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
