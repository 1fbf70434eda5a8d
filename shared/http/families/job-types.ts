import * as z from 'zod/mini';
import { contractQueues } from '../../author/contract.ts';
import type { Family, NamedSchema } from '../wire/route.ts';

const jsonSchema = z.record(z.string(), z.unknown());

const jobTypeResponse = z.object({
  type: z.string(),
  queue: z.enum(contractQueues),
  timeoutSeconds: z.number(),
  maxAttempts: z.int(),
  retry: z.object({ firstSeconds: z.number(), factor: z.number(), maxSeconds: z.number() }),
  reserved: z.optional(z.string()),
  unique: z.optional(z.object({ withinSeconds: z.int() })),
  debounce: z.optional(z.object({ delaySeconds: z.int(), maxDelaySeconds: z.int() })),
  payload: z.optional(jsonSchema),
  result: jsonSchema,
  signals: z.optional(z.record(z.string(), jsonSchema)),
});
export type JobType = z.infer<typeof jobTypeResponse>;

const jobType: NamedSchema = {
  id: 'JobType',
  schema: jobTypeResponse,
  text: 'What a job type takes, answers, and how long it may take.',
  fields: {
    queue:
      '`standard` for jobs of seconds, `long` for jobs of any length, `server` for jobs that only worker servers run, `bulk` for bulk actions.',
    timeoutSeconds: 'How long one attempt, or one slice of a long job, may take.',
    maxAttempts: 'How many attempts a job has in all.',
    retry:
      'How long a job waits between two attempts: anything from 0 to a bound, which is `firstSeconds` after the first attempt and `factor` times as high after each, up to `maxSeconds`.',
    reserved: 'Set for a type whose jobs nobody submits: what to use instead.',
    unique:
      'Set for a type of which one job with each key is in each window of so many seconds: a submission gets the job that is there. The type says what the key of a payload is.',
    debounce:
      'Set for a type whose jobs wait for more submissions: each replaces the payload of the job with its key that waits, and moves its time to `delaySeconds` later, up to `maxDelaySeconds` after the first. The last payload runs, once. The type says what the key of a payload is.',
    payload: 'The JSON Schema of the payload. A reserved type has none.',
    result: 'The JSON Schema of the result. `x-secret` marks what people are not shown.',
    signals:
      'The answers that its jobs may wait for: the JSON Schema of each, by its name. Absent if there are none.',
  },
};

/** The catalog. */
export const jobTypes = {
  'GET /job-types': {
    function: 'api',
    access: 'read',
    operationId: 'listJobTypes',
    summary: 'List the job types',
    tag: 'catalog',
    answers: {
      200: {
        description: 'All job types.',
        schema: {
          id: 'JobTypeList',
          schema: z.object({ items: z.array(jobTypeResponse) }),
          text: 'All job types, by name.',
        },
      },
    },
  },
  'GET /job-types/{type}': {
    function: 'api',
    access: 'read',
    operationId: 'getJobType',
    summary: 'Look at a job type',
    tag: 'catalog',
    answers: { 200: { description: 'The job type.', schema: jobType } },
    problems: ['not-found'],
  },
} as const satisfies Family;
