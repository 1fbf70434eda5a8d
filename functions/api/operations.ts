import * as z from 'zod/v4/core';
import type { Contracts } from '../../shared/author/contract.ts';
import type { WantLookDependencies } from '../../shared/delivery/want-look.ts';
import { JobNotFoundError } from '../../shared/domain/base/errors.ts';
import type { Clock, Log } from '../../shared/domain/base/ports.ts';
import { logJobLine } from '../../shared/domain/observe/log-job-line.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import { jobId } from '../../shared/domain/state/job/message.ts';
import type { JobReader, JobSample, OpenJobs } from '../../shared/domain/state/ports.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import {
  purgeRequest,
  stuckQuery,
  surveyQuery,
  toOperatedJob,
  toStuckResponse,
  toSurveyResponse,
} from '../../shared/http/responses/operations-response.ts';
import type { RoutesOf } from '../../shared/http/routes.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { maxBodyBytes, parseJsonBody } from '../../shared/http/wire/parse-json-body.ts';
import { parseQuery } from '../../shared/http/wire/query.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { invalid, violationsIn } from '../../shared/http/wire/violations.ts';
import {
  findStuck,
  type Purge,
  resolveAllStuck,
  type Wanted,
} from '../../shared/operations/find/find-stuck.ts';
import { surveyOf } from '../../shared/operations/find/survey-jobs.ts';

type OperationsRoute = Extract<RoutesOf<'api'>, `${string} /operations${string}`>;

interface Dependencies {
  readonly store: JobReader;
  readonly sample: () => Promise<JobSample>;
  readonly open: OpenJobs;
  readonly contracts: Contracts;
  readonly pointers: PointerQueue;
  readonly batches: WantLookDependencies['batches'];
  readonly clock: Clock;
  readonly log: Log;
}

const uncached = { 'cache-control': 'no-store' };

/** What operators see of all tenants. Each look leaves a line, since it goes beyond the caller's tenant. */
export const operationsRoutes = ({
  store,
  sample,
  ...deps
}: Dependencies): Pick<RouteHandlers<'api'>, OperationsRoute> => ({
  'GET /operations': async (request, { actor, tenant }) => {
    const filter = parseQuery(request, surveyQuery);
    const survey = surveyOf(await sample(), { filter, now: deps.clock.now() });
    logJobLine(deps.log, { message: 'operation done', operation: 'look', actor, tenant });
    return jsonResponse(200, toSurveyResponse(survey), uncached);
  },

  'GET /operations/stuck': async (request, { actor, tenant }) => {
    const found = await findStuck(parseQuery(request, stuckQuery), deps);
    logJobLine(deps.log, { message: 'operation done', operation: 'look', actor, tenant });
    return jsonResponse(200, toStuckResponse(found), uncached);
  },

  'POST /operations/stuck': async (request, { actor, tenant }) => {
    const purge = purgeIn(request, deps.clock.now());
    logJobLine(deps.log, { message: 'operation done', operation: 'resolveStuck', actor, tenant });
    const found = await resolveAllStuck(purge, deps);
    return jsonResponse(202, toStuckResponse(found), uncached);
  },

  'GET /operations/jobs/{job}': async ({ pathParameters }, { actor }) => {
    const { data: id } = jobId.safeParse(pathParameters?.job);
    const job = id === undefined ? undefined : await store.read(id);
    if (!job) throw new JobNotFoundError('There is no job of this id.');
    const { tenant, type, status } = job;
    logJobLine(deps.log, {
      message: 'operation done',
      operation: 'look',
      actor,
      jobId: job.id,
      tenant,
      type,
      status,
    });
    return jsonResponse(200, toOperatedJob(job), uncached);
  },
});

/** @throws InvalidRequestError */
function purgeIn(request: HttpRequest, now: number): Wanted & { readonly purge: Purge } {
  const parsed = z.safeParse(purgeRequest, parseJsonBody(request, maxBodyBytes));
  if (!parsed.success) throw invalid(violationsIn(parsed, ''));
  const { queues, after } = parsed.data;
  const purgedAt = Date.parse(parsed.data.purgedAt);
  if (purgedAt > now) throw invalid([{ pointer: '/purgedAt', detail: 'must not be ahead' }]);
  return { purge: { queues, purgedAt }, after };
}
