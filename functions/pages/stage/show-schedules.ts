import { logJobLine } from '../../../shared/domain/observe/log-job-line.ts';
import type { RouteHandlers } from '../../../shared/http/http-function.ts';
import {
  type ScheduleRequestDependencies,
  scheduleIn,
  withSubmitKeys,
} from '../../../shared/http/requests/schedule-request.ts';
import { scheduleResponses } from '../../../shared/http/responses/schedule-response.ts';
import type { RoutesOf } from '../../../shared/http/routes.ts';
import { hasEtag } from '../../../shared/http/wire/etag.ts';
import { traceparentIn } from '../../../shared/http/wire/traceparent.ts';
import { logSubmission } from '../../../shared/operations/act/log-operation.ts';
import { runSchedule } from '../../../shared/operations/submit/run-schedule.ts';
import { etagOf, notModified, type PageOf, pageResponse, seeOther } from '../html/layout.ts';
import { mayLookAt, schedulesPage } from './schedules-page.ts';

type SchedulePage = Extract<RoutesOf<'pages'>, `${string} /ui/schedules${string}`>;

export interface SchedulePagesDependencies extends ScheduleRequestDependencies {
  readonly pageOf: PageOf;
}

const list = '/ui/schedules';
const refreshSeconds = 30;

/** The page of all recurring schedules, and what its buttons do. An unknown name is a NotFoundError. */
export function schedulePages(deps: SchedulePagesDependencies): Pick<RouteHandlers<'pages'>, SchedulePage> {
  const { schedules, paused, log, pageOf } = deps;
  return {
    'GET /ui/schedules': async (request, caller) => {
      const shown = await scheduleResponses(request, schedules, deps);
      const ran = shown.find(({ name }) => name === request.queryStringParameters?.ran);
      const etag = etagOf([shown, ran, caller.rights]);
      if (hasEtag(request.headers['if-none-match'], etag)) return notModified(etag);
      const body = schedulesPage({ schedules: shown, caller, ran, now: deps.clock.now() });
      return pageResponse(200, { ...pageOf(caller), title: 'Schedules', body, refreshSeconds }, { etag });
    },

    'POST /ui/schedules/{schedule}/run': async (request, caller) => {
      const schedule = scheduleIn(request, deps);
      const run = { schedule, traceparent: traceparentIn(request) };
      const submitted = await runSchedule(run, await withSubmitKeys(deps));
      const { job } = submitted;
      const { actor } = caller;
      logSubmission({ operation: 'runSchedule', actor, ...submitted, schedule: schedule.name }, deps);
      const isForCaller = mayLookAt(schedule.tenant, caller);
      return seeOther(isForCaller ? `/ui/jobs/${job.id}` : `${list}?ran=${schedule.name}`);
    },

    'POST /ui/schedules/{schedule}/pause': async (request, { tenant, actor }) => {
      const { name: schedule } = scheduleIn(request, deps);
      await paused.pause(schedule);
      logJobLine(log, { message: 'operation done', operation: 'pauseSchedule', actor, tenant, schedule });
      return seeOther(list);
    },

    'POST /ui/schedules/{schedule}/resume': async (request, { tenant, actor }) => {
      const { name: schedule } = scheduleIn(request, deps);
      await paused.resume(schedule);
      logJobLine(log, { message: 'operation done', operation: 'resumeSchedule', actor, tenant, schedule });
      return seeOther(list);
    },
  };
}
