import * as z from 'zod/mini';
import { defined } from '../../domain/base/defined.ts';
import { tenantName } from '../../domain/base/tenant-name.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { jobId } from '../../domain/state/job/message.ts';
import { jobStatuses } from '../../domain/state/job/transitions.ts';
import { queueNames } from '../../domain/state/ports.ts';
import { lastSeenAt } from '../../domain/state/waits/stuck.ts';
import { waitOf } from '../../domain/state/waits/wait.ts';
import type { StuckPage } from '../../operations/find/find-stuck.ts';
import type { Survey, SurveyFilter } from '../../operations/find/survey-jobs.ts';
import { time as timeInRequest } from '../requests/submit-request.ts';
import { jobResponse, listedJob, time, toJobResponse, toListedJob } from './job-response.ts';
import { waitReasonOf } from './wait-reason.ts';

const status = z.enum(jobStatuses);
const count = () => z.int().check(z.gte(0));

/** What a sample of all jobs says: see `Survey`. */
export const surveyResponse = z.object({
  sampled: count(),
  share: z.number(),
  readUnits: z.number(),
  tenants: z.array(z.object({ tenant: z.string(), queued: count(), waiting: count(), running: count() })),
  failures: z.array(
    z.object({
      tenant: z.string(),
      type: z.string(),
      error: z.string(),
      jobs: count(),
      latestAt: time,
      ids: z.array(jobId),
    }),
  ),
  oldest: z.array(z.object({ id: jobId, tenant: z.string(), type: z.string(), status, dueAt: time })),
});
export type SurveyResponse = z.infer<typeof surveyResponse>;

/** The query of `GET /operations`: see `SurveyFilter`. */
export const surveyQuery = z.strictObject({
  tenant: z.optional(tenantName),
  type: z.optional(z.string()),
  error: z.optional(z.string()),
}) satisfies z.ZodMiniType<SurveyFilter>;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export const toSurveyResponse = ({ units, failures, oldest, ...survey }: Survey): SurveyResponse => ({
  ...survey,
  tenants: [...survey.tenants],
  readUnits: units,
  failures: failures.map(({ latestAt, ids, ...failure }) => ({
    ...failure,
    latestAt: iso(latestAt),
    ids: [...ids],
  })),
  oldest: oldest.map(({ dueAt, ...job }) => ({ ...job, dueAt: iso(dueAt) })),
});

/** The query of `GET /operations/stuck`. */
export const stuckQuery = z.strictObject({ after: z.optional(z.string().check(z.minLength(1))) });

/** The body of `POST /operations/stuck`. */
export const purgeRequest = z.strictObject({
  queues: z
    .array(z.enum(queueNames, `must be one of ${queueNames.join(', ')}`))
    .check(z.minLength(1, 'must name a queue')),
  purgedAt: timeInRequest,
  after: z.optional(z.string().check(z.minLength(1))),
});

const stuckJob = z.object({
  id: jobId,
  tenant: z.string(),
  type: z.string(),
  status,
  lastSeenAt: time,
  payloadKept: z.boolean(),
  waitReason: z.optional(z.string()),
  looksForChildren: z.optional(z.literal(true)),
});

export const stuckResponse = z.object({
  items: z.array(stuckJob),
  readUnits: z.number(),
  next: z.optional(z.string()),
});
export type StuckResponse = z.infer<typeof stuckResponse>;

export const toStuckResponse = ({ jobs, units, next }: StuckPage): StuckResponse => ({
  items: jobs.map(stuckJobOf),
  readUnits: units,
  ...defined({ next }),
});

function stuckJobOf({
  item,
  isKept,
  looksForChildren,
}: StuckPage['jobs'][number]): StuckResponse['items'][number] {
  const wait = waitOf(item);
  return {
    id: item.id,
    tenant: item.tenant,
    type: item.type,
    status: item.status,
    lastSeenAt: iso(lastSeenAt(item)),
    payloadKept: isKept,
    ...defined({ waitReason: wait && waitReasonOf(wait, item), looksForChildren }),
  };
}

/** A job of any tenant, for who operates the stage: neither what it was given, nor its result, nor links. */
export const operatedJob = z.extend(z.omit(listedJob, { statusUrl: true, tags: true }), {
  tenant: z.string(),
  history: jobResponse.shape.history,
  /** Who has erased the job: state and times are left of it, and neither type nor tenant. */
  erasedBy: z.optional(z.string()),
});
export type OperatedJob = z.infer<typeof operatedJob>;

export function toOperatedJob(item: JobItem): OperatedJob {
  const { statusUrl: _, tags: __, ...listed } = toListedJob(item, '');
  const { history } = toJobResponse({ ...item, result: undefined }, { statusUrl: '', pageUrl: '' });
  return { ...listed, tenant: item.tenant, history, ...defined({ erasedBy: item.erasedBy }) };
}
