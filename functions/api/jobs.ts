import { submitKeys } from '../../shared/http/access/submit-keys.ts';
import { jobIdIn, type RouteHandlers } from '../../shared/http/http-function.ts';
import { parseSignal } from '../../shared/http/requests/signal-request.ts';
import { answerResult } from '../../shared/http/responses/answer-result.ts';
import { toInputResponse } from '../../shared/http/responses/input-response.ts';
import { acceptedResponse, type Granting } from '../../shared/http/responses/job-answer.ts';
import type { AnswerSchemas } from '../../shared/http/wire/answer-words.ts';
import { holdsLink, jsonResponse } from '../../shared/http/wire/respond.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { eraseJob } from '../../shared/operations/act/erase-job.ts';
import { logOperation, logSubmission } from '../../shared/operations/act/log-operation.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import { signalJob } from '../../shared/operations/act/signal-job.ts';
import type { ShareDoor } from '../../shared/operations/doors/share-door.ts';
import type { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import { findInput } from '../../shared/operations/find/find-input.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';
import { answerChange } from './answer-change.ts';
import { answerLogs } from './answer-logs.ts';
import { startErasure } from './submit-action.ts';

type JobRoute =
  | 'POST /jobs/{id}/cancel'
  | 'POST /jobs/{id}/retry'
  | 'POST /jobs/{id}/signals/{signal}'
  | 'GET /jobs/{id}/result'
  | 'GET /jobs/{id}/input'
  | 'GET /jobs/{id}/logs'
  | 'DELETE /jobs/{id}';

type Dependencies = {
  readonly granting: Granting;
  readonly shareDoor: Pick<ShareDoor, 'pass'>;
  /** Of requests: searches of logs count there. */
  readonly requests: TenantDoor;
  readonly uploadRetentionDays: number;
  readonly answerSchemas: AnswerSchemas;
} & Parameters<typeof cancelJob>[1] &
  Parameters<typeof retryJob>[1] &
  Parameters<typeof signalJob>[2] &
  Parameters<typeof answerResult>[2] &
  Parameters<typeof findInput>[1] &
  Parameters<typeof toInputResponse>[1] &
  Omit<Parameters<typeof answerLogs>[2], 'door' | 'root'> &
  Parameters<typeof eraseJob>[1] &
  Omit<Parameters<typeof startErasure>[1], keyof ReturnType<typeof submitKeys>> &
  Parameters<typeof logSubmission>[1];

/** What is done to one job, and what one job has. An unknown job is a JobNotFoundError. */
export const jobRoutes = (deps: Dependencies): Pick<RouteHandlers<'api'>, JobRoute> => ({
  'POST /jobs/{id}/cancel': async (request, caller) => {
    const which = { id: jobIdIn(request), tenant: caller.tenant, by: caller.actor };
    return answerChange({ operation: 'cancel', request, caller }, () => cancelJob(which, deps), deps);
  },

  'POST /jobs/{id}/retry': async (request, caller) => {
    const id = jobIdIn(request);
    const grant = await deps.granting();
    const job = await retryJob({ id, tenant: caller.tenant, by: caller.actor }, deps);
    logOperation({ operation: 'retry', actor: caller.actor, job }, deps);
    return acceptedResponse({ job, replayed: false }, { ...grant, request, caller, now: deps.clock.now() });
  },

  /** The job may be waiting still: who looks at it a moment later sees it run. */
  'POST /jobs/{id}/signals/{signal}': async (request, caller) => {
    await deps.shareDoor.pass(caller.tenant);
    const which = { id: jobIdIn(request), tenant: caller.tenant, by: caller.actor };
    const send = () => signalJob(which, parseSignal(request, deps.answerSchemas), deps);
    return answerChange({ operation: 'signal', request, caller }, send, deps);
  },

  'GET /jobs/{id}/result': async (request, { tenant }) =>
    answerResult(await findJob({ id: jobIdIn(request), tenant }, deps), request, deps),

  /** The payload may have secrets, and the URLs are credentials: nobody keeps the answer. */
  'GET /jobs/{id}/input': async (request, { tenant }) => {
    const input = await findInput({ id: jobIdIn(request), tenant }, deps);
    return jsonResponse(200, await toInputResponse(input, deps), holdsLink);
  },

  'GET /jobs/{id}/logs': async (request, { tenant }) => {
    const job = await findJob({ id: jobIdIn(request), tenant }, deps);
    const { root } = await deps.granting();
    return answerLogs(job, request, { ...deps, door: deps.requests, root });
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
    const grant = await deps.granting();
    const keys = submitKeys(grant.root, deps.uploadRetentionDays);
    const submitted = await startErasure({ id, caller }, { ...deps, ...keys });
    logSubmission({ operation: 'bulkAction', actor, ...submitted }, deps);
    return acceptedResponse(submitted, { ...grant, request, caller, now: deps.clock.now() });
  },
});
