import * as z from 'zod/v4/core';
import type { Clock, Log } from '../../shared/domain/base/ports.ts';
import { logJobLine } from '../../shared/domain/observe/log-job-line.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { pauseRequest, toPauseResponse } from '../../shared/http/responses/pause-response.ts';
import type { RoutesOf } from '../../shared/http/routes.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { maxBodyBytes, parseJsonBody } from '../../shared/http/wire/parse-json-body.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { invalid, violationsIn } from '../../shared/http/wire/violations.ts';
import { type PauseDependencies, pauseJobs, resumeJobs } from '../../shared/operations/act/pause-jobs.ts';

type PauseRoute = Extract<RoutesOf<'api'>, `${string} /pauses${string}`>;

interface Dependencies extends PauseDependencies {
  readonly clock: Clock;
  readonly log: Log;
}

const uncached = { 'cache-control': 'no-store' };

/** What operators pause. Each call that changes something leaves a line. */
export const pauseRoutes = (deps: Dependencies): Pick<RouteHandlers<'api'>, PauseRoute> => ({
  'GET /pauses': async () => {
    const now = deps.clock.now();
    const items = [...(await deps.pauses.read())].map(([name, one]) => toPauseResponse(name, one, now));
    return jsonResponse(200, { items }, uncached);
  },

  'POST /pauses': async (request, { actor, tenant }) => {
    const { name, until, why, submissions } = pauseIn(request);
    const ends = until === undefined ? undefined : Date.parse(until);
    const one = await pauseJobs({ name, by: actor, until: ends, why, submissions }, deps);
    logJobLine(deps.log, { message: 'operation done', operation: 'pause', actor, tenant, pause: name });
    return jsonResponse(200, toPauseResponse(name, one, deps.clock.now()), uncached);
  },

  'DELETE /pauses/{pause}': async ({ pathParameters }, { actor, tenant }) => {
    const name = pathParameters?.pause ?? '';
    const one = await resumeJobs(name, actor, deps);
    logJobLine(deps.log, { message: 'operation done', operation: 'resume', actor, tenant, pause: name });
    return jsonResponse(200, toPauseResponse(name, one, deps.clock.now()), uncached);
  },
});

/** @throws InvalidRequestError */
function pauseIn(request: HttpRequest) {
  const parsed = z.safeParse(pauseRequest, parseJsonBody(request, maxBodyBytes));
  if (!parsed.success) throw invalid(violationsIn(parsed, ''));
  return parsed.data;
}
