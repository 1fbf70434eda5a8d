import { contracts } from '#job-types/contracts.ts';
import { schedules } from '#job-types/schedules.ts';
import { systemGiven } from '../../shared/aws/clients.ts';
import { EmfMeters, flushed } from '../../shared/aws/emf-meters.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { dynamoDbJobSample } from '../../shared/aws/job-sample.ts';
import { dynamoDbDependencies } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { s3MultipartUploads } from '../../shared/aws/multipart-uploads.ts';
import { dynamoDbOpenJobs } from '../../shared/aws/open-jobs.ts';
import { operationPorts } from '../../shared/aws/operation-ports.ts';
import { stageTracer } from '../../shared/aws/tracer.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { MethodNotAllowedError, NotFoundError } from '../../shared/domain/base/errors.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import { isTerminal } from '../../shared/domain/state/transitions.ts';
import { isCaller } from '../../shared/http/access/check-access.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { submitKeys, uploadRules } from '../../shared/http/access/submit-keys.ts';
import { allowedMethods } from '../../shared/http/allowed-methods.ts';
import { answerResult } from '../../shared/http/answer-result.ts';
import { answerUpload } from '../../shared/http/answer-upload.ts';
import { httpFunction, jobIdIn } from '../../shared/http/http-function.ts';
import type { HttpResponse } from '../../shared/http/http-types.ts';
import { toInputResponse } from '../../shared/http/input-response.ts';
import { acceptedResponse, jobAnswer } from '../../shared/http/job-answer.ts';
import { toMeResponse } from '../../shared/http/me-response.ts';
import { encodePath, withoutEndSlashes } from '../../shared/http/paths.ts';
import { holdsLink, jsonResponse } from '../../shared/http/respond.ts';
import { apiRoutes } from '../../shared/http/routes.ts';
import { parseSignal } from '../../shared/http/signal-request.ts';
import { cancelChild } from '../../shared/operations/act/cancel-child.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { eraseJob } from '../../shared/operations/act/erase-job.ts';
import { logOperation, logSubmission } from '../../shared/operations/act/log-operation.ts';
import { retryChild, retryChildren } from '../../shared/operations/act/retry-children.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import { signalJob } from '../../shared/operations/act/signal-job.ts';
import { chargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { findInput } from '../../shared/operations/find/find-input.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';
import { stackMapper } from '../../shared/operations/find/map-stacks.ts';
import { type Lists, readLists } from '../../shared/operations/find/read-lists.ts';
import { RecentCounts } from '../../shared/operations/find/recent-counts.ts';
import { ActionDoor } from '../../shared/operations/submit/action-door.ts';
import { doorsOfStage } from '../../shared/operations/submit/doors-of-stage.ts';
import { answerBatches, answerChild, answerChildren, batchIn, childIn } from './answer-children.ts';
import { answerErrors, answerList } from './answer-list.ts';
import { answerLogs } from './answer-logs.ts';
import { documentForStrangers } from './document-for-strangers.ts';
import { jobTypeDocuments, openApiDocument } from './documents.ts';
import { operationsRoutes } from './operations.ts';
import { pauseRoutes } from './pauses.ts';
import { problemPage } from './problem-page.ts';
import { scheduleRoutes } from './schedules.ts';
import { secretRoutes } from './secrets.ts';
import { startErasure, submitAction, submitTenantAction } from './submit-action.ts';
import { submitAll } from './submit-all.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const log = createLog('api', process.env);
const given = systemGiven(log);
const meters = new EmfMeters(env);
const tracer = await stageTracer(env, { environment: process.env, log });
const ports = operationPorts(env, given);
const access = stageAccess(env, { ...ports, store: ports.accessStore });
const { suspensions, limiting, door, shareDoor, jobsDoor, pauseDoor, groupDoor } = doorsOfStage(env, ports);
/** It has no door of submissions: bulk actions pass none of them, and are started while the stage is paused. */
const deps = {
  ...ports,
  suspensions,
  groupDoor,
  /** Of retries, and of schedules that somebody runs. */
  charges: chargesBy({ door, log }),
  family: new ParentNotifier(ports),
  counts: new RecentCounts(ports),
  mapStacks: stackMapper(ports.sourceMaps),
  setup: readStageSetup(env, (tenant) => mailPlacesOf(tenant, access.entries)),
  contracts,
  schedules,
  multipart: s3MultipartUploads(env),
  meters,
  tracer,
  root: access.root,
};

/** Of bulk actions. */
const actionDoor = new ActionDoor({ ...limiting, ...ports });

/** Reads of lists of jobs, and of children, use up a limit of their tenant. */
const withLists = (tenant: string, read: (lists: Lists) => Promise<HttpResponse>) =>
  readLists(tenant, read, { ...deps, door });

/** Asked for before the job is changed: without it there would be no answer that says what was done. */
async function granting() {
  return { root: await access.root.read(), retentionDays: env.RETENTION_DAYS };
}

/** The document of this version never changes. What it has depends on the credential. */
const cached = { 'cache-control': 'private, max-age=300', vary: 'Authorization' };
const servers = env.PUBLIC_URL === '' ? {} : { servers: [{ url: env.PUBLIC_URL }] };
const uncached = holdsLink;

const answer = httpFunction(
  apiRoutes,
  {
    'GET /jobs': async (request, { tenant }) =>
      withLists(tenant, async (lists) =>
        answerList(request, { tenant, root: await access.root.read() }, { ...deps, ...lists }),
      ),

    'GET /errors': async (request, { tenant }) =>
      withLists(tenant, async (lists) =>
        answerErrors(request, { tenant, root: await access.root.read() }, { ...deps, ...lists }),
      ),

    'POST /jobs/batch': async (request, caller) => {
      const grant = await granting();
      const submitting = { ...deps, pauseDoor, ...submitKeys(grant.root, env.UPLOAD_RETENTION_DAYS) };
      return jsonResponse(
        200,
        await submitAll(request, caller, {
          contracts,
          submitting,
          granting: grant,
          log,
          meters,
          ...{ door: jobsDoor, shareDoor, requests: door },
          dependencies: dynamoDbDependencies(given.dynamoDb, env),
        }),
        uncached,
      );
    },

    'POST /jobs/actions': async (request, caller) => {
      const grant = await granting();
      const submitted = await submitAction(request, caller, {
        ...deps,
        door: actionDoor,
        ...submitKeys(grant.root, env.UPLOAD_RETENTION_DAYS),
      });
      logSubmission({ operation: 'bulkAction', actor: caller.actor, ...submitted }, deps);
      return acceptedResponse(submitted, { ...grant, request, caller, now: deps.clock.now() });
    },

    'POST /tenant-actions': async (request, caller) => {
      const grant = await granting();
      const submitted = await submitTenantAction(request, caller, {
        ...deps,
        ...submitKeys(grant.root, env.UPLOAD_RETENTION_DAYS),
      });
      logSubmission({ operation: 'bulkAction', actor: caller.actor, ...submitted }, deps);
      return acceptedResponse(submitted, { ...grant, request, caller, now: deps.clock.now() });
    },

    /** 200 if the job is canceled, 202 if its worker has yet to stop. */
    'POST /jobs/{id}/cancel': async (request, caller) => {
      const id = jobIdIn(request);
      const grant = await granting();
      const job = await cancelJob({ id, tenant: caller.tenant, by: caller.actor }, deps);
      logOperation({ operation: 'cancel', actor: caller.actor, job }, deps);
      return jobAnswer(isTerminal(job.status) ? 200 : 202, job, { ...grant, request, caller });
    },

    'POST /jobs/{id}/retry': async (request, caller) => {
      const id = jobIdIn(request);
      const grant = await granting();
      const job = await retryJob({ id, tenant: caller.tenant, by: caller.actor }, deps);
      logOperation({ operation: 'retry', actor: caller.actor, job }, deps);
      return acceptedResponse({ job, replayed: false }, { ...grant, request, caller, now: deps.clock.now() });
    },

    /** The job may be waiting still: who looks at it a moment later sees it run. */
    'POST /jobs/{id}/signals/{signal}': async (request, caller) => {
      await shareDoor.pass(caller.tenant);
      const id = jobIdIn(request);
      const grant = await granting();
      const job = await signalJob(
        { id, tenant: caller.tenant, by: caller.actor },
        parseSignal(request),
        deps,
      );
      logOperation({ operation: 'signal', actor: caller.actor, job }, deps);
      return jobAnswer(202, job, { ...grant, request, caller });
    },

    'GET /jobs/{id}/result': async (request, { tenant }) =>
      answerResult(await findJob({ id: jobIdIn(request), tenant }, deps), request, deps),

    /** The payload may have secrets, and the URLs are credentials: nobody keeps the answer. */
    'GET /jobs/{id}/input': async (request, { tenant }) => {
      const input = await findInput({ id: jobIdIn(request), tenant }, deps);
      return jsonResponse(200, await toInputResponse(input, deps), uncached);
    },

    'GET /jobs/{id}/logs': async (request, { tenant }) => {
      const job = await findJob({ id: jobIdIn(request), tenant }, deps);
      return answerLogs(job, request, { ...deps, door, root: await access.root.read() });
    },

    'GET /jobs/{id}/children': async (request, { tenant }) =>
      withLists(tenant, (lists) => answerBatches(request, tenant, { ...deps, ...lists })),

    'GET /jobs/{id}/children/{key}': async (request, { tenant }) =>
      withLists(tenant, (lists) => answerChildren(request, tenant, { ...deps, ...lists })),

    'GET /jobs/{id}/children/{key}/{index}': async (request, caller) =>
      answerChild({ ...(await granting()), request, caller, tenant: caller.tenant }, deps),

    /** 200 if the child is canceled, 202 if its worker has yet to stop. */
    'POST /jobs/{id}/children/{key}/{index}/cancel': async (request, caller) => {
      const which = { ...childIn(request), tenant: caller.tenant, by: caller.actor };
      const grant = await granting();
      const job = await cancelChild(which, deps);
      logOperation({ operation: 'cancel', actor: caller.actor, job }, deps);
      return jobAnswer(isTerminal(job.status) ? 200 : 202, job, { ...grant, request, caller });
    },

    /** The job makes it again when all have ended. */
    'POST /jobs/{id}/children/{key}/{index}/retry': async (request, caller) => {
      const which = { ...childIn(request), tenant: caller.tenant };
      const grant = await granting();
      const job = await retryChild(which, deps);
      logOperation({ operation: 'retryChildren', actor: caller.actor, job }, deps);
      return jobAnswer(202, job, { ...grant, request, caller });
    },

    /** The job makes them again when all have ended. */
    'POST /jobs/{id}/children/{key}/retry': async (request, caller) => {
      const which = { id: jobIdIn(request), batch: batchIn(request) };
      const grant = await granting();
      const job = await retryChildren({ ...which, tenant: caller.tenant }, deps);
      logOperation({ operation: 'retryChildren', actor: caller.actor, job }, deps);
      return jobAnswer(202, job, { ...grant, request, caller });
    },

    /** 204 if the job is erased, 202 with the job that does it if it has many children. */
    'DELETE /jobs/{id}': async (request, caller) => {
      const { tenant, actor } = caller;
      const id = jobIdIn(request);
      const job = await eraseJob({ id, tenant, by: actor }, deps);
      if (job !== 'unfinished') {
        logOperation({ operation: 'erase', actor, job }, deps);
        return { statusCode: 204 };
      }
      const grant = await granting();
      const keys = submitKeys(grant.root, env.UPLOAD_RETENTION_DAYS);
      const submitted = await startErasure({ id, caller }, { ...deps, ...keys });
      logSubmission({ operation: 'bulkAction', actor, ...submitted }, deps);
      return acceptedResponse(submitted, { ...grant, request, caller, now: deps.clock.now() });
    },

    'POST /uploads': async (request, { tenant }) => {
      await shareDoor.pass(tenant);
      const uploads = uploadRules(await access.root.read(), env.UPLOAD_RETENTION_DAYS);
      return jsonResponse(201, await answerUpload(request, tenant, { ...deps, door, uploads }), uncached);
    },

    'GET /me': async (_request, caller) =>
      jsonResponse(200, toMeResponse(caller, await jobsDoor.look(caller.tenant)), uncached),

    'GET /job-types': async () => jsonResponse(200, { items: jobTypeDocuments() }),

    'GET /job-types/{type}': async ({ pathParameters }) => {
      const found = jobTypeDocuments().find(({ type }) => type === pathParameters?.type);
      if (!found) throw new NotFoundError('There is no job type of this name.');
      return jsonResponse(200, found);
    },

    ...scheduleRoutes(deps),

    ...operationsRoutes({
      ...deps,
      sample: dynamoDbJobSample(given.dynamoDb, env, given.random),
      open: dynamoDbOpenJobs(given.dynamoDb, env),
    }),

    ...pauseRoutes(deps),

    ...secretRoutes({ ...deps, access, ...deps.setup }),

    'GET /queues': async () => jsonResponse(200, { items: await ports.figures.read() }, uncached),

    'GET /openapi.json': async (request) => {
      const document = (await isCaller(request, access)) ? openApiDocument() : documentForStrangers();
      return jsonResponse(200, { ...document, ...servers }, cached);
    },

    /** Healthy is a function that starts, and reaches its table; once a minute at most it looks. */
    'GET /health': async () => {
      await access.root.read();
      return jsonResponse(200, { status: 'ok' }, uncached);
    },

    'GET /problems/{name}': async ({ pathParameters }) => problemPage(pathParameters?.name ?? ''),

    $default: async ({ rawPath, requestContext }): Promise<HttpResponse> => {
      const withoutSlash = withoutEndSlashes(rawPath);
      const isRead = ['GET', 'HEAD'].includes(requestContext.http.method);
      if (withoutSlash !== rawPath && isRead && allowedMethods(withoutSlash).includes('GET'))
        return { statusCode: 308, headers: { location: encodePath(withoutSlash) } };
      const allow = allowedMethods(rawPath);
      // The gateway leaves preflights to a `$default` route, and adds the headers of CORS to this answer:
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
      if (requestContext.http.method === 'OPTIONS' && allow.length > 0)
        return { statusCode: 204, headers: { allow: allow.join(', ') } };
      throw allow.length > 0
        ? new MethodNotAllowedError(allow)
        : new NotFoundError('There is nothing at this address.');
    },
  },
  { access, log, requests: door, publicUrl: env.PUBLIC_URL },
);

export const handler = flushed(meters, answer, tracer);
