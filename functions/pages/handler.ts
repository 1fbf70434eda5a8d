import { contracts } from '#job-types/contracts.ts';
import { schedules } from '#job-types/schedules.ts';
import { dynamoDbAccessStore } from '../../shared/aws/access-store.ts';
import { dynamoDbBatches } from '../../shared/aws/batch-store.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dynamoDbDebounces } from '../../shared/aws/debounces.ts';
import { EmfMeters, flushed } from '../../shared/aws/emf-meters.ts';
import { dynamoDbEndedCredentials } from '../../shared/aws/ended-credentials.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { dynamoDbErrorGroupList } from '../../shared/aws/error-group-list.ts';
import { dynamoDbFirstTries } from '../../shared/aws/first-tries.ts';
import { dynamoDbJobCounts } from '../../shared/aws/job-counts.ts';
import { dynamoDbJobList } from '../../shared/aws/job-list.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { stageKeepsPayload } from '../../shared/aws/keep-payload.ts';
import { insightsLogQueries } from '../../shared/aws/log-queries.ts';
import { dynamoDbLogSearches } from '../../shared/aws/log-searches.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { bucketOrigin, s3ObjectSigner } from '../../shared/aws/object-signer.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { orderedCounts } from '../../shared/aws/ordered-counts.ts';
import { dynamoDbPausedSchedules } from '../../shared/aws/paused-schedules.ts';
import { dynamoDbPauses } from '../../shared/aws/pauses.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import { queueFigures } from '../../shared/aws/queue-figures.ts';
import { dynamoDbRates } from '../../shared/aws/rates.ts';
import { s3SourceMaps } from '../../shared/aws/source-maps.ts';
import { cloudWatchSeries } from '../../shared/aws/stage-series.ts';
import { dynamoDbStartedActions } from '../../shared/aws/started-actions.ts';
import { stageTracer } from '../../shared/aws/tracer.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import { batchIdOf } from '../../shared/domain/children/batch.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import type { Caller } from '../../shared/http/access/caller.ts';
import type { Viewer } from '../../shared/http/access/people.ts';
import { peopleAccess } from '../../shared/http/access/people.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { submitKeys, uploadRules } from '../../shared/http/access/submit-keys.ts';
import { answerUpload } from '../../shared/http/answer-upload.ts';
import { httpFunction, jobIdIn } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { publicPathOf } from '../../shared/http/paths.ts';
import { holdsLink, jsonResponse, problemResponse } from '../../shared/http/respond.ts';
import { pagesRoutes } from '../../shared/http/routes.ts';
import { ActionDoor } from '../../shared/operations/action-door.ts';
import { cancelJob } from '../../shared/operations/cancel-job.ts';
import { chargesBy } from '../../shared/operations/charge-jobs.ts';
import { findGrantedJob, findJob } from '../../shared/operations/find-job.ts';
import { GroupDoor } from '../../shared/operations/group-door.ts';
import { JobsDoor } from '../../shared/operations/jobs-door.ts';
import { limitsOfStage } from '../../shared/operations/limits-of-stage.ts';
import { logOperation } from '../../shared/operations/log-operation.ts';
import { stackMapper } from '../../shared/operations/map-stacks.ts';
import { PauseDoor } from '../../shared/operations/pause-door.ts';
import { type Lists, readLists } from '../../shared/operations/read-lists.ts';
import { RecentCounts } from '../../shared/operations/recent-counts.ts';
import { retryChildren } from '../../shared/operations/retry-children.ts';
import { retryJob } from '../../shared/operations/retry-job.ts';
import { ShareDoor } from '../../shared/operations/share-door.ts';
import { answerByLink, showByLink } from './answer-by-link.ts';
import { answerFromForm, showAnswerForm } from './answer-form.ts';
import { assetResponse } from './assets.ts';
import { confirmAction, startFromForm } from './bulk.ts';
import { batchPath } from './children-section.ts';
import { errorPage } from './error-page.ts';
import { showErrors } from './errors-page.ts';
import { pageBelow, pageResponse, seeOther } from './layout.ts';
import { valuesFrom } from './payload.ts';
import { queuesPage } from './queues-page.ts';
import { sendResult } from './send-result.ts';
import { showChildren } from './show-children.ts';
import { showDashboard } from './show-dashboard.ts';
import { showJob } from './show-job.ts';
import { showLog } from './show-log.ts';
import { schedulePages } from './show-schedules.ts';
import { showStats } from './show-stats.ts';
import { showSignIn, signIn, signOut } from './sign-in.ts';
import { safeNext } from './sign-in-page.ts';
import { schemaOf, showForm, submitFromForm } from './submit-form.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const [dynamoDb, sqs] = [dynamoDbClient(), sqsClient()];
const log = createLog('pages', process.env);
const meters = new EmfMeters(env);
const tracer = await stageTracer(env, { environment: process.env, log });
const reading = { store: dynamoDbAccessStore(dynamoDb, env), clock: systemClock, log };
const signedIn = { ...stageAccess(env, reading), ended: dynamoDbEndedCredentials(dynamoDb, env) };
const access = { ...signedIn, people: peopleAccess(signedIn) };
const queues = sqsJobQueues(sqs, env);
const [store, pointers] = [dynamoDbJobStore(dynamoDb, env), sqsPointerQueue(sqs, env)];
const batches = dynamoDbBatches(dynamoDb, env);
const keepChildrenMs = env.KEEP_CHILDREN_DAYS * dayMs;
const rates = dynamoDbRates(dynamoDb, env);
/** `door`: of requests, uploads and lists. */
const { suspensions, limiting, door } = limitsOfStage(env, { ...reading, rates });
/** Of forms and uploads. */
const shareDoor = new ShareDoor({ ...limiting, rates, log });
/** Of what is submitted by a form. */
const jobsDoor = new JobsDoor({ ...limiting, door, counts: dynamoDbJobCounts(dynamoDb, env) });
const deps = {
  /** Of retries, and of schedules that somebody runs. */
  charges: chargesBy({ door, log }),
  shareDoor,
  family: new ParentNotifier({ store, pointers, batches, clock: systemClock, keepChildrenMs }),
  suspensions,
  store,
  firstTries: dynamoDbFirstTries(dynamoDb, env),
  debounces: dynamoDbDebounces(dynamoDb, env),
  batches,
  counts: new RecentCounts({ batches, clock: systemClock }),
  list: dynamoDbJobList(dynamoDb, env),
  listShards: env.LIST_SHARDS,
  keepPayload: stageKeepsPayload(env, { clock: systemClock, random: systemRandom }),
  errorGroups: dynamoDbErrorGroupList(dynamoDb, env),
  setup: readStageSetup(env, (tenant) => mailPlacesOf(tenant, access.entries)),
  queues,
  groupDoor: new GroupDoor({
    ...{ queues: env.ORDERED_QUEUES, count: orderedCounts(sqs, env), rates, clock: systemClock, log },
  }),
  pointers,
  notifications: sqsNotificationQueue(sqs, env),
  ordered: queues.ordered,
  contracts,
  objects: s3ObjectStore(env),
  logs: insightsLogQueries(env),
  searches: dynamoDbLogSearches(dynamoDb, env),
  mapStacks: stackMapper(s3SourceMaps(env, log)),
  series: cloudWatchSeries(env),
  clock: systemClock,
  random: systemRandom,
  signer: s3ObjectSigner(env),
  log,
  meters,
  tracer,
  retentionMs: env.RETENTION_DAYS * dayMs,
  keepChildrenMs,
  uploadRetentionDays: env.UPLOAD_RETENTION_DAYS,
  schedules,
  paused: dynamoDbPausedSchedules(dynamoDb, env),
  root: access.root,
};
/** Of bulk actions. */
const actionDoor = new ActionDoor({ ...limiting, store, started: dynamoDbStartedActions(dynamoDb, env) });
/** Reads of lists of jobs, and of children, use up a limit of their tenant. */
const withLists = (tenant: string, read: (lists: Lists) => Promise<HttpResponse>) =>
  readLists(tenant, read, { ...deps, door });
const pauses = dynamoDbPauses(dynamoDb, env);
/** Of what is submitted by a form. */
const pauseDoor = new PauseDoor({ pauses, clock: systemClock, log });
const figures = queueFigures(env, { sqs, clock: systemClock, log });

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
      const [queues, known] = await Promise.all([figures.read(), pauses.read()]);
      const body = queuesPage(queues, known, deps.clock.now());
      return pageResponse(200, { ...pageOf(caller), title: 'Queues', body, refreshSeconds: 10 });
    },

    'GET /ui/stats': async (request, caller) =>
      showStats(request, { ...deps, metrics: env.METRICS, page: pageOf(caller) }),

    ...schedulePages({ ...deps, pageOf }),

    'GET /ui/sign-in': async ({ queryStringParameters }) =>
      canSignOut ? showSignIn(safeNext(queryStringParameters?.next)) : seeOther('/ui'),

    'POST /ui/sign-in': async (request) => signIn(request, { ...access, random: systemRandom }),

    'POST /ui/sign-out': async (request) => signOut(request, { ...access, random: systemRandom }),

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
