import { logJobLine } from '../../shared/domain/observe/log-job-line.ts';
import type { Caller } from '../../shared/http/access/caller.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { parseIdempotencyKey } from '../../shared/http/requests/parse-idempotency-key.ts';
import {
  type ScheduleRequestDependencies,
  scheduleIn,
  withSubmitKeys,
} from '../../shared/http/requests/schedule-request.ts';
import { acceptedResponse } from '../../shared/http/responses/job-answer.ts';
import { scheduleResponses } from '../../shared/http/responses/schedule-response.ts';
import { withoutSecrets } from '../../shared/http/responses/status-response.ts';
import type { RoutesOf } from '../../shared/http/routes.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { traceparentIn } from '../../shared/http/wire/traceparent.ts';
import { logSubmission } from '../../shared/operations/act/log-operation.ts';
import { runSchedule } from '../../shared/operations/submit/run-schedule.ts';

type ScheduleRoute = Extract<RoutesOf<'api'>, `${string} /schedules${string}`>;

export interface SchedulesDependencies extends ScheduleRequestDependencies {
  readonly retentionDays: number;
}

/** The answers about recurring schedules. An unknown name is a NotFoundError. */
export function scheduleRoutes(deps: SchedulesDependencies): Pick<RouteHandlers<'api'>, ScheduleRoute> {
  const { schedules, paused, contracts, log } = deps;
  const changed = async (
    request: HttpRequest,
    { tenant, actor }: Caller,
    operation: 'pauseSchedule' | 'resumeSchedule',
  ) => {
    const schedule = scheduleIn(request, deps);
    await (operation === 'pauseSchedule' ? paused.pause : paused.resume).call(paused, schedule.name);
    logJobLine(log, { message: 'operation done', operation, actor, tenant, schedule: schedule.name });
    const [answer] = await scheduleResponses(request, [schedule], deps);
    return jsonResponse(200, answer);
  };

  return {
    'GET /schedules': async (request) => {
      const list = { items: await scheduleResponses(request, schedules, deps) };
      return jsonResponse(200, list, { 'cache-control': 'private, no-cache' });
    },

    'POST /schedules/{schedule}/run': async (request, caller) => {
      const schedule = scheduleIn(request, deps);
      const idempotencyKey = parseIdempotencyKey(request.headers['idempotency-key']);
      const submitting = await withSubmitKeys(deps);
      const run = { schedule, idempotencyKey, traceparent: traceparentIn(request) };
      const { job, replayed } = await runSchedule(run, submitting);
      const done = {
        operation: 'runSchedule',
        actor: caller.actor,
        job,
        replayed,
        schedule: schedule.name,
      } as const;
      logSubmission(done, deps);
      // A job that came before may have a result. Only its tenant may see what is secret in it.
      const submitted = {
        job: job.tenant === caller.tenant ? job : withoutSecrets(job, contracts),
        replayed,
      };
      return acceptedResponse(submitted, { ...submitting, request, caller, now: deps.clock.now() });
    },

    'POST /schedules/{schedule}/pause': (request, caller) => changed(request, caller, 'pauseSchedule'),

    'POST /schedules/{schedule}/resume': (request, caller) => changed(request, caller, 'resumeSchedule'),
  };
}
