import { JobNotFoundError } from '../../shared/domain/base/errors.ts';
import type { Clock, Log } from '../../shared/domain/base/ports.ts';
import { tell } from '../../shared/domain/observe/tell.ts';
import { jobId } from '../../shared/domain/state/message.ts';
import type { JobReader, JobSample } from '../../shared/domain/state/ports.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { surveyQuery, toOperatedJob, toSurveyResponse } from '../../shared/http/operations-response.ts';
import { parseQuery } from '../../shared/http/query.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import type { RoutesOf } from '../../shared/http/routes.ts';
import { surveyOf } from '../../shared/operations/survey-jobs.ts';

type OperationsRoute = Extract<RoutesOf<'api'>, `${string} /operations${string}`>;

interface Dependencies {
  readonly store: JobReader;
  readonly sample: () => Promise<JobSample>;
  readonly clock: Clock;
  readonly log: Log;
}

const uncached = { 'cache-control': 'no-store' };

/** What operators see of all tenants. Each look leaves a line, since it goes beyond the caller's tenant. */
export const operationsRoutes = ({
  store,
  sample,
  clock,
  log,
}: Dependencies): Pick<RouteHandlers<'api'>, OperationsRoute> => ({
  'GET /operations': async (request, { actor, tenant }) => {
    const filter = parseQuery(request, surveyQuery);
    const survey = surveyOf(await sample(), { filter, now: clock.now() });
    tell(log, { message: 'operation done', operation: 'look', actor, tenant });
    return jsonResponse(200, toSurveyResponse(survey), uncached);
  },

  'GET /operations/jobs/{job}': async ({ pathParameters }, { actor }) => {
    const { data: id } = jobId.safeParse(pathParameters?.job);
    const job = id === undefined ? undefined : await store.read(id);
    if (!job) throw new JobNotFoundError('There is no job of this id.');
    const { tenant, type, status } = job;
    tell(log, { message: 'operation done', operation: 'look', actor, jobId: job.id, tenant, type, status });
    return jsonResponse(200, toOperatedJob(job), uncached);
  },
});
