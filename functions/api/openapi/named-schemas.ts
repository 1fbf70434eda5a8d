import * as z from 'zod/mini';
import { contracts } from '#job-types/contracts.ts';
import { type Contracts, contractOf, type JobContract } from '../../../shared/author/contract.ts';
import { jobError, jobProgress } from '../../../shared/domain/state/item.ts';
import { jobId } from '../../../shared/domain/state/message.ts';
import { actionRequest } from '../../../shared/http/action-request.ts';
import { batchKey, batchResponse, maxJobsInBatch } from '../../../shared/http/batch-request.ts';
import { inputResponse } from '../../../shared/http/input-response.ts';
import {
  acceptedJob,
  jobList,
  jobResponse,
  listedJob,
  time as utcTime,
} from '../../../shared/http/job-response.ts';
import { meResponse } from '../../../shared/http/me-response.ts';
import { queueList as allQueues, queueFigures } from '../../../shared/http/queue-response.ts';
import { problem } from '../../../shared/http/respond.ts';
import { scheduleList as allSchedules, scheduleResponse } from '../../../shared/http/schedule-response.ts';
import { time as anyTime, submitRequest } from '../../../shared/http/submit-request.ts';
import { uploadRequest, uploadResponse } from '../../../shared/http/upload-request.ts';
import { webhookSecretResponse } from '../../../shared/http/webhook-secret-response.ts';

/**
 * The schemas that have a name in the document. They are those that check requests and make answers, put together where
 * a function checks a part by itself: a payload by the contract of its type.
 */

/** Gives a schema its name in the document, beside what else is known of it. */
function named<Schema extends z.core.$ZodType>(id: string, schema: Schema, description?: string): Schema {
  const known = z.globalRegistry.get(schema);
  z.globalRegistry.add(schema, { ...known, id, ...(description === undefined ? {} : { description }) });
  return schema;
}

const catalog: Contracts = contracts;
const typeNames = Object.keys(catalog).sort();
export const types = z.enum(typeNames);

/** `csv-aggregate` as the name of a schema: `CsvAggregate`. */
const schemaName = (type: string): string =>
  type.replace(/(?:^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** By type. A reserved type has none: nobody submits it. */
const submissions = typeNames.flatMap((type) => {
  const contract = contractOf(catalog, type);
  return contract && !contract.reserved ? [submissionsOf(type, contract)] : [];
});

function submissionsOf(type: string, contract: JobContract) {
  const name = schemaName(type);
  named(`${name}Payload`, contract.payload, `The payload of a job of the type \`${type}\`.`);
  // A job without a payload has null for it.
  const mayLack = z.core.safeParse(contract.payload, null).success;
  const submission = z.safeExtend(submitRequest, {
    type: z.literal(type),
    payload: mayLack ? z.optional(contract.payload) : contract.payload,
  });
  return {
    alone: named(`Submit${name}`, submission, `A job of the type \`${type}\`.`),
    inBatch: named(
      `Submit${name}InBatch`,
      z.safeExtend(submission, { idempotencyKey: batchKey }),
      `A job of the type \`${type}\`, in a batch.`,
    ),
  };
}

/** A union of submissions, which their type tells apart. */
const byType = <Schema extends z.ZodMiniObject>(schemas: readonly Schema[]) =>
  z.discriminatedUnion('type', schemas as unknown as [Schema, ...Schema[]]);

/** The body of `POST /jobs`. */
export const submission = named('Submission', byType(submissions.map(({ alone }) => alone)), 'A job to do.');

/** The body of `POST /jobs/batch`. */
export const batch = named(
  'Batch',
  z.strictObject({
    jobs: z
      .array(byType(submissions.map(({ inBatch }) => inBatch)))
      .check(z.minLength(1), z.maxLength(maxJobsInBatch)),
  }),
  'Jobs to do. Each is checked for itself: what is wrong with one does not hold up another.',
);

/** The body of `POST /jobs/actions`. */
export const action = named('Action', actionRequest, 'What to do with which jobs.');

const results = typeNames.flatMap((type) => {
  const { result } = contractOf(catalog, type) ?? {};
  if (!result) return [];
  return [named(`${schemaName(type)}Result`, result, `The result of a job of the type \`${type}\`.`)];
});
/** The answer of `GET /jobs/{id}/result`. */
export const anyResult = named(
  'Result',
  z.union(results),
  'What the handler of the job returned, as the type of the job had it when the job ended.',
);

named('JobId', jobId, 'The id of a job: a UUID in lower case.');
named('Time', utcTime, 'UTC, with milliseconds.');
named('TimeWithOffset', anyTime, 'A time with its offset from UTC.');
named('Progress', jobProgress);
named('JobError', jobError, 'Why an attempt failed.');
named('ListedJob', listedJob, 'A job in a list: without its result, its history and the link for people.');
named('AcceptedJob', acceptedJob, 'A job of a batch: without result and history.');

export const job = named(
  'Job',
  z.safeExtend(jobResponse, { result: z.nullable(anyResult) }),
  'A job as it is now. Times that are not reached yet are null.',
);
export const input = named('JobInput', inputResponse, 'What a job was given, and what it has saved.');
export const list = named('JobList', jobList, 'A page of jobs, newest first.');
export const problemDocument = named('Problem', problem, 'What is wrong, as RFC 9457 has it.');
export const batchAnswer = named(
  'BatchAnswer',
  batchResponse,
  'What became of each job of a batch, in their order.',
);

export const gatewayAnswer = named(
  'GatewayAnswer',
  z.object({ message: z.string() }),
  'An answer of the gateway in front of the API.',
);
export const uploadOrder = named('UploadOrder', uploadRequest, 'How many bytes are to be uploaded.');
export const upload = named('Upload', uploadResponse, 'Where to send the bytes, and the name of the object.');
export const webhookSecret = named(
  'WebhookSecret',
  webhookSecretResponse,
  'What webhooks are signed with: `whsec_` and base64.',
);
export const me = named('Me', meResponse, 'Who the credential of a request stands for.');
export const health = named('Health', z.object({ status: z.literal('ok') }), 'The API can do its work.');

export const schedule = named(
  'Schedule',
  scheduleResponse,
  'A recurring schedule: it submits a job at every occurrence.',
);
export const scheduleList = named('ScheduleList', allSchedules, 'All recurring schedules of the stage.');

named('Queue', queueFigures, 'What is in a queue.');
export const queueList = named('QueueList', allQueues, 'All queues of the stage.');

const jsonSchema = z.record(z.string(), z.unknown());
export const jobType = named(
  'JobType',
  z.object({
    type: z.string(),
    queue: z.enum(['standard', 'long', 'server']),
    timeoutSeconds: z.number(),
    maxAttempts: z.int(),
    retry: z.object({ firstSeconds: z.number(), factor: z.number(), maxSeconds: z.number() }),
    reserved: z.optional(z.string()),
    payload: z.optional(jsonSchema),
    result: jsonSchema,
  }),
  'What a job type takes, answers, and how long it may take.',
);
export type JobType = z.infer<typeof jobType>;
export const jobTypeList = named(
  'JobTypeList',
  z.object({ items: z.array(jobType) }),
  'All job types, by name.',
);
