import { answer, signalQuery } from '../requests/signal-request.ts';
import { maxWaitSeconds, secondsQuery, waitQuery } from '../requests/wait-request.ts';
import { inputResponse } from '../responses/input-response.ts';
import { logQuery, logResponse } from '../responses/log-response.ts';
import { type Answer, exampleOf, type Family, type NamedSchema } from '../wire/route.ts';
import { accepted, examples, job, submissions } from './job.ts';
import { uploads } from './uploads.ts';

/** What the body of a submission says beside its type, for the schema of each type. */
export const submissionFields = {
  payload: 'What the job works on, as its type has it.',
  group: 'Jobs of a group run one at a time, in the order in which they were submitted.',
  dependsOn: 'Jobs that must have succeeded before this one runs.',
  delaySeconds: 'The job runs no earlier than after so many seconds.',
  runAt: 'The job runs no earlier than at this time, which may be 365 days ahead.',
  startBefore: 'A job that has not started by this time fails.',
  tags: 'Words of your own to find the job by.',
  notify:
    'Who is told that the job has ended: webhooks, mail addresses, the event bus of the stage. Absent: those that the stage tells of every job.',
};

const { queued } = examples;
const endedAt = '2026-11-25T16:32:39.920Z';
const startedAt = '2026-11-25T16:32:33.822Z';
const succeeded = {
  ...queued,
  status: 'succeeded',
  progress: { percent: 100, message: 'done' },
  attempt: 1,
  result: exampleOf('one', 'result'),
  history: [
    { event: 'started', at: startedAt, attempt: 1 },
    { event: 'succeeded', at: endedAt, attempt: 1 },
  ],
  startedAt,
  updatedAt: endedAt,
  finishedAt: endedAt,
};
const large = {
  ...succeeded,
  type: exampleOf('other', 'type'),
  result: null,
  resultObject: { url: `${queued.statusUrl}/result`, bytes: 1_048_576, contentType: 'application/json' },
};
const canceled = {
  ...queued,
  status: 'canceled',
  history: [{ event: 'canceled', at: endedAt, attempt: 0 }],
  updatedAt: endedAt,
  finishedAt: endedAt,
};

const stateHeaders = ['ETag', 'Vary', 'Cache-Control', 'Operation-Location', 'Retry-After?'] as const;
const found: Answer = {
  description: 'The job. `Retry-After` is absent once it has ended.',
  headers: stateHeaders,
  schema: job,
  examples: { queued, succeeded, large },
};
const unchanged: Answer = { description: 'The job has not changed.', headers: stateHeaders };

/** In a query every value is a text. What it must look like is said better as a number. */
const wholeSeconds = { type: 'integer', minimum: 0, maximum: maxWaitSeconds };

const input: NamedSchema = {
  id: 'JobInput',
  schema: inputResponse,
  text: 'What a job was given, and what it has saved.',
  fields: {
    tenant: 'Who the job belongs to.',
    run: 'One more with each retry.',
    fencingToken: 'The token of the last attempt.',
    payload: 'As submitted. Nothing is hidden.',
    checkpoint: 'The state that the job saved last. Absent if it has saved none, or a large one.',
    checkpointUrl: 'Where a large state is to be fetched, as JSON: for 5 minutes, without a credential.',
    output: 'How much of a streamed result belongs to that state.',
    objects:
      'By name: where each object that the payload names is to be fetched, for 5 minutes, without a credential.',
    error: 'The error of the last attempt that failed.',
  },
};
const { object } = uploads['POST /uploads'].answers[201].examples.csv;
const lines: NamedSchema = {
  id: 'LogLines',
  schema: logResponse,
  text: 'Lines that the handler of a job has logged.',
  fields: { items: 'The newest first.', nextCursor: 'Absent on the last page.' },
};
const foundLines = {
  items: [
    { level: 'info', time: endedAt, attempt: 1, message: 'rows read', fields: { rows: 1_234 } },
    { level: 'warn', time: startedAt, attempt: 1, message: 'the file has an empty line' },
  ],
  nextCursor: 'MjAwLzEyYWI.Zk3qN0pYv7t1Xw5rJ2mLh8cBf6sDa4gEoUiTnRyKxQw',
};
const failedInput = {
  id: queued.id,
  type: exampleOf('other', 'type'),
  tenant: 'acme',
  status: 'failed',
  run: 1,
  attempt: 1,
  maxAttempts: 5,
  fencingToken: 1_795_624_353_527,
  submittedAt: queued.createdAt,
  payload: exampleOf('other', 'payload', { object }),
  objects: {
    [object]: `https://bucket.s3.eu-central-1.amazonaws.com/${object}?X-Amz-Signature=...`,
  },
  error: { name: 'TypeError', message: 'it has no first line' },
};

/** One job. */
export const jobs = {
  'POST /jobs': {
    function: 'submit',
    access: 'submit',
    operationId: 'submitJob',
    summary: 'Submit a job',
    tag: 'jobs',
    headers: ['Idempotency-Key', 'Prefer', 'traceparent'],
    body: {
      schema: { id: 'Submission', schema: ({ submission }) => submission, text: 'A job to do.' },
      examples: submissions,
    },
    answers: {
      200: {
        description: 'With `Prefer: wait`: the job has ended within that time.',
        headers: ['Preference-Applied?', 'Idempotent-Replayed?'],
        schema: job,
        examples: { succeeded },
      },
      202: { ...accepted, headers: [...accepted.headers, 'Preference-Applied?'] },
    },
    problems: [
      'tenant-suspended',
      'object-not-found',
      'conflict',
      'job-type-not-set-up',
      'key-reused',
      'ordered-queue-full',
      'submissions-paused',
    ],
  },
  'GET /jobs/{id}': {
    function: 'status',
    access: 'read',
    operationId: 'getJob',
    summary: 'Look at a job',
    tag: 'jobs',
    query: {
      schema: waitQuery,
      parameters: {
        wait: { text: 'Leads to `/jobs/{id}/wait` with so many seconds.', example: 10, shown: wholeSeconds },
      },
    },
    headers: ['If-None-Match'],
    answers: {
      200: found,
      303: {
        description: 'A client whose `Accept` prefers HTML is led to the page for people.',
        headers: ['Location', 'Vary', 'Cache-Control'],
      },
      304: unchanged,
      307: {
        description: 'With `wait`: `Location` is where to wait.',
        headers: ['Location', 'Cache-Control'],
      },
    },
    problems: ['job-not-found'],
  },
  'GET /jobs/{id}/wait': {
    function: 'wait',
    access: 'read',
    operationId: 'waitForJob',
    summary: 'Wait for a job',
    description:
      'Answers as soon as the job has ended, or differs from the state that `If-None-Match` names; else after `seconds`, or sooner if the stage says so: ask again after `Retry-After`.',
    tag: 'jobs',
    query: {
      schema: secondsQuery,
      parameters: { seconds: { text: 'How long to wait at most.', example: 10, shown: wholeSeconds } },
    },
    headers: ['If-None-Match'],
    answers: { 200: found, 304: unchanged },
    problems: ['job-not-found'],
  },
  'GET /jobs/{id}/result': {
    function: 'api',
    access: 'read',
    operationId: 'getResult',
    summary: 'Fetch the result of a job',
    tag: 'jobs',
    headers: ['If-None-Match'],
    answers: {
      200: {
        description: 'The result itself, as the handler returned it.',
        headers: ['ETag', 'Cache-Control'],
        schema: {
          id: 'Result',
          schema: ({ result }) => result,
          text: 'What the handler of the job returned, as the type of the job had it when the job ended.',
        },
        examples: { one: exampleOf('one', 'result') },
      },
      303: {
        description:
          'The result is in an object: `Location` is where, for 15 minutes. That address fetches the object without a credential, which the bucket would refuse.',
        headers: ['Location', 'Cache-Control'],
      },
      304: { description: 'The result has not changed.', headers: ['ETag', 'Cache-Control'] },
    },
    problems: ['job-not-found', 'no-result'],
  },
  'GET /jobs/{id}/input': {
    function: 'api',
    access: 'admin',
    operationId: 'getInput',
    summary: 'Fetch what a job was given',
    description:
      'Its payload, secret fields too, the state that it saved last, and where the objects are that the payload names: for 5 minutes, without a credential. It is kept of a job that failed, was canceled, or waits.',
    tag: 'jobs',
    answers: {
      200: {
        description: 'All that its handler would be given.',
        headers: ['Cache-Control'],
        schema: input,
        examples: { failed: failedInput },
      },
    },
    problems: ['job-not-found', 'conflict'],
  },
  'GET /jobs/{id}/logs': {
    function: 'api',
    access: 'logs',
    operationId: 'getLogs',
    summary: 'Read what the handler of a job has logged',
    description:
      'The newest line first. `source=job`: the last lines, which are stored with the job, if its type or its stage keeps them. `source=all`: all lines of all attempts in the last seven days before the end, as far as the logs are kept. To search them takes some seconds, and has a price by the bytes that are searched: the answer is 202 with a cursor if that is not done yet, and who asks again within a minute gets the same search.',
    tag: 'jobs',
    query: {
      schema: logQuery,
      parameters: {
        source: { text: 'The lines that are stored with the job, or all.', example: 'all' },
        cursor: { text: '`nextCursor` of the answer before.', example: 'MC8x.c2ln' },
        attempt: { text: 'Lines of this attempt alone.', example: 2 },
        level: { text: 'Lines of this level, and of those above it.', example: 'warn' },
      },
    },
    answers: {
      200: {
        description: 'The lines.',
        headers: ['Cache-Control'],
        schema: lines,
        examples: { lines: foundLines },
      },
      202: {
        description: 'The logs are being searched: ask again with the cursor.',
        headers: ['Cache-Control', 'Retry-After'],
        schema: lines,
        examples: { searching: { items: [], nextCursor: foundLines.nextCursor } },
      },
    },
    problems: ['job-not-found'],
  },
  'POST /jobs/{id}/cancel': {
    function: 'api',
    access: 'control',
    operationId: 'cancelJob',
    summary: 'Cancel a job',
    tag: 'jobs',
    answers: {
      200: {
        description: 'The job is canceled, now or before.',
        schema: job,
        examples: { canceled },
      },
      202: {
        description: 'Its worker has yet to stop.',
        schema: job,
        examples: { queued },
      },
    },
    problems: ['job-not-found', 'conflict'],
  },
  'POST /jobs/{id}/retry': {
    function: 'api',
    access: 'control',
    operationId: 'retryJob',
    summary: 'Retry a failed or canceled job',
    description: 'A new run with all attempts, from the state that was saved last.',
    tag: 'jobs',
    answers: { 202: { ...accepted, headers: ['Location', 'Operation-Location', 'Retry-After'] } },
    problems: ['tenant-suspended', 'job-not-found', 'conflict'],
  },
  'POST /jobs/{id}/signals/{signal}': {
    function: 'api',
    access: 'signal',
    operationId: 'signalJob',
    summary: 'Answer a job that waits for somebody',
    description:
      'The body is the answer, as the type of the job has it for this signal. A job takes one answer under a key: the same answer again is 202, another one is 409. So is an answer that comes too late, and one to a job that has ended. An answer may come before the job waits for it.',
    tag: 'jobs',
    query: {
      schema: signalQuery,
      parameters: {
        key: { text: 'The key of the wait. Default: the name of the signal.', example: 'turn-3' },
      },
    },
    body: {
      schema: {
        id: 'Answer',
        schema: answer,
        text: 'An answer, as the type of the job has it for this signal.',
      },
      examples: { approved: { isOk: true } },
    },
    answers: {
      202: { description: 'The answer is stored.', schema: job, examples: { queued } },
    },
    problems: ['job-not-found', 'conflict'],
  },
  'DELETE /jobs/{id}': {
    function: 'api',
    access: 'erase',
    operationId: 'eraseJob',
    summary: 'Erase a job that has ended',
    description:
      'With its children, which must have ended, too. A child is erased with its parent. If there are many, a job of the type `bulk-action` does it, and the answer is that job.',
    tag: 'jobs',
    answers: {
      202: {
        ...accepted,
        description: 'It has many children: the job that is answered erases it.',
        examples: { accepted: { ...examples.queued, type: 'bulk-action', maxAttempts: 20 } },
      },
      204: { description: 'The job is erased.' },
    },
    problems: ['job-not-found', 'conflict', 'key-reused'],
  },
} as const satisfies Family;
