import * as z from 'zod/mini';
import { type Contracts, contractOf } from '../../author/contract.ts';
import { mask } from '../../author/secret-fields.ts';
import { defined } from '../../domain/base/defined.ts';
import type { Schedule } from '../../domain/schedules/schedule.ts';
import {
  type ListSchedulesDependencies,
  listSchedules,
  type ScheduleState,
} from '../../operations/find/list-schedules.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import { listedJob, time, toListedJob } from './job-response.ts';
import { statusUrlOf } from './job-urls.ts';

const scheduledJob = z.pick(listedJob, {
  id: true,
  status: true,
  runAt: true,
  createdAt: true,
  statusUrl: true,
});

/** A recurring schedule as the API shows it. Times are UTC. */
export const scheduleResponse = z.object({
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  type: z.string(),
  tenant: z.string(),
  /** What its jobs are submitted with. Secret fields are hidden. */
  payload: z.unknown(),
  paused: z.boolean(),
  /** The next five, or fewer if there are no more. */
  nextRuns: z.array(time),
  /** The newest first. */
  lastJobs: z.array(scheduledJob),
});
export type ScheduleResponse = z.infer<typeof scheduleResponse>;
export type ScheduledJob = z.infer<typeof scheduledJob>;

/** All schedules of the stage. */
export const scheduleList = z.object({ items: z.array(scheduleResponse) });

interface Showing extends ListSchedulesDependencies {
  readonly contracts: Contracts;
}

/** What the API shows of schedules, in their order. @throws what `listSchedules` throws */
export async function scheduleResponses(
  request: HttpRequest,
  schedules: readonly Schedule[],
  deps: Showing,
): Promise<readonly ScheduleResponse[]> {
  const states = await listSchedules(schedules, deps);
  return states.map((state) => toScheduleResponse(state, request, deps.contracts));
}

const toScheduleResponse = (
  { schedule, isPaused, nextRuns, lastJobs }: ScheduleState,
  request: HttpRequest,
  contracts: Contracts,
): ScheduleResponse => ({
  name: schedule.name,
  cron: schedule.cron,
  timeZone: schedule.timeZone,
  type: schedule.type,
  tenant: schedule.tenant,
  payload: shownPayload(schedule, contracts),
  paused: isPaused,
  nextRuns: nextRuns.map((at) => new Date(at).toISOString()),
  lastJobs: lastJobs.map((job) => {
    const { id, status, runAt, createdAt, statusUrl } = toListedJob(job, statusUrlOf(request, job.id));
    return { id, status, ...defined({ runAt }), createdAt, statusUrl };
  }),
});

/** Without its contract nobody knows what of a payload is secret. */
function shownPayload({ type, payload }: Schedule, contracts: Contracts): unknown {
  const contract = contractOf(contracts, type);
  return contract ? mask(contract.payload, payload ?? null) : null;
}
