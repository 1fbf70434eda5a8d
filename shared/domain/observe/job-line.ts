import * as z from 'zod/mini';
import { jobStatuses } from '../state/job/transitions.ts';
import { meteredQueues } from './metrics.ts';

/** How an attempt ended. `lost`: another worker has the job, or had. `unknown`: the table did not answer. */
export const attemptOutcomes = [
  'succeeded',
  'failed',
  'canceled',
  'retrying',
  'handedOver',
  'asleep',
  'interrupted',
  'lost',
  'unknown',
] as const;

/** How a job ended without an attempt. */
export const endOutcomes = ['late', 'exhausted', 'unclaimed', 'forgotten', 'canceled'] as const;

export const operations = [
  'submit',
  'cancel',
  'retry',
  'retryChildren',
  'erase',
  'signal',
  'notify',
  'look',
  'resolveStuck',
  'bulkAction',
  'runSchedule',
  'pauseSchedule',
  'resumeSchedule',
  'pause',
  'resume',
  'endLink',
] as const;

const queue = z.enum(meteredQueues);
const job = { jobId: z.string(), tenant: z.string(), type: z.string(), queue, run: z.int() };

/** What tells an attempt apart: the lines of its handler have these, too. */
export const attemptFields = {
  ...job,
  attempt: z.int(),
  /** 1, and one more with each hand-over. */
  slice: z.int(),
  /** Where it ran: in a function, in a worker server, or there in a process of its own. */
  place: z.enum(['function', 'server', 'process']),
  messageId: z.string(),
  /** Of the function's invocation. */
  requestId: z.optional(z.string()),
  /** The trace of the submission. */
  traceparent: z.optional(z.string()),
};
export type AttemptFields = z.infer<z.ZodMiniObject<typeof attemptFields>>;

const started = z.strictObject({
  ...attemptFields,
  message: z.literal('attempt started'),
  /** From when the job was due to its first start in a run. */
  startDelayMs: z.optional(z.int()),
});
const ended = z.strictObject({
  ...attemptFields,
  message: z.literal('attempt ended'),
  outcome: z.enum(attemptOutcomes),
  status: z.optional(z.enum(jobStatuses)),
  errorName: z.optional(z.string()),
  /** Whether the job has ended with it. */
  last: z.boolean(),
  durationMs: z.int(),
  /** Its part of the time, times the memory: milliseconds x MB. */
  mbMs: z.int(),
  /** Of the function that ran it; not on servers. */
  functionVersion: z.optional(z.string()),
  /** When the next one may start, epoch milliseconds. */
  notBefore: z.optional(z.int()),
});
const jobEnded = z.strictObject({
  ...job,
  message: z.literal('job ended'),
  outcome: z.enum(endOutcomes),
  status: z.enum(jobStatuses),
  errorName: z.optional(z.string()),
  last: z.literal(true),
});
const done = z.strictObject({
  message: z.literal('operation done'),
  operation: z.enum(operations),
  /**
   * `key:<id>`, `subject:<sub of a token>`, `role:<name>/<session>`, `job:<id of a bulk action>`,
   * `schedule:<name>`, or `anybody` (locally).
   */
  actor: z.string(),
  tenant: z.string(),
  jobId: z.optional(z.string()),
  type: z.optional(z.string()),
  queue: z.optional(queue),
  status: z.optional(z.enum(jobStatuses)),
  replayed: z.optional(z.boolean()),
  schedule: z.optional(z.string()),
  /** What was paused, or resumed. */
  pause: z.optional(z.string()),
  traceparent: z.optional(z.string()),
});

/**
 * The lines that say what became of attempts and jobs, and what callers did. Who writes one imports the types alone.
 */
export const jobLine = z.discriminatedUnion('message', [started, ended, jobEnded, done]);
export type JobLine = z.infer<typeof jobLine>;
export type AttemptStarted = z.infer<typeof started>;
export type AttemptEnded = z.infer<typeof ended>;
export type JobEnded = z.infer<typeof jobEnded>;
export type OperationDone = z.infer<typeof done>;
