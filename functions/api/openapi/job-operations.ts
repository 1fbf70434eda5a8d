import { listQuery } from '../../../shared/http/list-request.ts';
import { secondsQuery, waitQuery } from '../../../shared/http/wait-request.ts';
import * as examples from './examples.ts';
import { inputs } from './examples.ts';
import * as schemas from './named-schemas.ts';
import type { Answer, Operation } from './operation.ts';

export const accepted: Answer = {
  description: 'The job is accepted. `Location` is where to ask for it, after the seconds of `Retry-After`.',
  headers: ['Location', 'Operation-Location', 'Retry-After', 'Idempotent-Replayed?'],
  schema: schemas.job,
  examples: examples.jobs.queued,
};
const found: Answer = {
  description: 'The job. `Retry-After` is absent once it has ended.',
  headers: ['ETag', 'Vary', 'Cache-Control', 'Operation-Location', 'Retry-After?'],
  schema: schemas.job,
  examples: examples.jobs.followed,
};
const unchanged: Answer = {
  description: 'The job has not changed.',
  headers: ['ETag', 'Vary', 'Cache-Control', 'Operation-Location', 'Retry-After?'],
};

/** The calls about one job, and the list of them. */
export const jobOperations = {
  'POST /jobs': {
    operationId: 'submitJob',
    summary: 'Submit a job',
    tag: 'jobs',
    headers: ['Idempotency-Key', 'Prefer', 'traceparent'],
    body: { schema: schemas.submission, examples: examples.submissions },
    answers: {
      200: {
        description: 'With `Prefer: wait`: the job has ended within that time.',
        headers: ['Preference-Applied', 'Idempotent-Replayed?'],
        schema: schemas.job,
        examples: examples.jobs.succeeded,
      },
      202: { ...accepted, headers: [...(accepted.headers ?? []), 'Preference-Applied?'] },
    },
    problems: ['object-not-found', 'conflict', 'job-type-not-set-up', 'key-reused'],
  },
  'GET /jobs': {
    operationId: 'listJobs',
    summary: 'List jobs, newest first',
    description:
      'A job comes into the list a moment after it was submitted, and never twice. A page may come short, even empty: `nextCursor` says whether there is more.',
    tag: 'jobs',
    query: listQuery,
    answers: {
      200: {
        description: 'A page of jobs.',
        headers: ['Cache-Control'],
        schema: schemas.list,
        examples: examples.lists,
      },
    },
  },
  'GET /jobs/{id}': {
    operationId: 'getJob',
    summary: 'Look at a job',
    tag: 'jobs',
    query: waitQuery,
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
    operationId: 'waitForJob',
    summary: 'Wait for a job',
    description:
      'Answers as soon as the job has ended, or differs from the state that `If-None-Match` names; else after `seconds`.',
    tag: 'jobs',
    query: secondsQuery,
    headers: ['If-None-Match'],
    answers: { 200: found, 304: unchanged },
    problems: ['job-not-found'],
  },
  'GET /jobs/{id}/result': {
    operationId: 'getResult',
    summary: 'Fetch the result of a job',
    tag: 'jobs',
    headers: ['If-None-Match'],
    answers: {
      200: {
        description: 'The result itself, as the handler returned it.',
        headers: ['ETag', 'Cache-Control'],
        schema: schemas.anyResult,
        examples: examples.results,
      },
      303: {
        description:
          'The result is in an object: `Location` is where, for 15 minutes. Whoever has it can fetch the object: without a credential, which the bucket would refuse.',
        headers: ['Location', 'Cache-Control'],
      },
      304: { description: 'The result has not changed.', headers: ['ETag', 'Cache-Control'] },
    },
    problems: ['job-not-found', 'no-result'],
  },
  'GET /jobs/{id}/input': {
    operationId: 'getInput',
    summary: 'Fetch what a job was given',
    description:
      'Its payload, secret fields too, the state that it saved last, and where the objects are that the payload names: for 5 minutes, without a credential. It is kept of a job that failed, was canceled, or waits.',
    tag: 'jobs',
    answers: {
      200: {
        description: 'All that its handler would be given.',
        headers: ['Cache-Control'],
        schema: schemas.input,
        examples: inputs,
      },
    },
    problems: ['job-not-found', 'conflict'],
  },
  'POST /jobs/{id}/cancel': {
    operationId: 'cancelJob',
    summary: 'Cancel a job',
    tag: 'jobs',
    answers: {
      200: {
        description: 'The job is canceled, now or before.',
        schema: schemas.job,
        examples: examples.jobs.canceled,
      },
      202: {
        description: 'Its worker has yet to stop.',
        schema: schemas.job,
        examples: examples.jobs.queued,
      },
    },
    problems: ['job-not-found', 'conflict'],
  },
  'POST /jobs/{id}/retry': {
    operationId: 'retryJob',
    summary: 'Retry a failed or canceled job',
    description: 'A new run with all attempts, from the state that was saved last.',
    tag: 'jobs',
    answers: { 202: { ...accepted, headers: ['Location', 'Operation-Location', 'Retry-After'] } },
    problems: ['job-not-found', 'conflict'],
  },
  'DELETE /jobs/{id}': {
    operationId: 'eraseJob',
    summary: 'Erase a job that has ended',
    tag: 'jobs',
    answers: { 204: { description: 'The job is erased.' } },
    problems: ['job-not-found', 'conflict'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
