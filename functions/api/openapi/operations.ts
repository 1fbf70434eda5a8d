import * as z from 'zod/mini';
import * as examples from './examples.ts';
import { accepted, jobOperations } from './job-operations.ts';
import * as schemas from './named-schemas.ts';
import type { DocumentedRoute, Operation } from './operation.ts';
import { scheduleOperations } from './schedule-operations.ts';

/** Every route in detail. Of one that has no entry here the compiler complains. */
export const operations: Readonly<Record<DocumentedRoute, Operation>> = {
  ...jobOperations,
  ...scheduleOperations,
  'POST /jobs/batch': {
    operationId: 'submitBatch',
    summary: 'Submit up to 100 jobs',
    description:
      'Each job is checked for itself, and may have an `idempotencyKey`. The header `Idempotency-Key` is refused.',
    tag: 'bulk',
    headers: ['traceparent'],
    body: { schema: schemas.batch, examples: examples.batches },
    answers: {
      200: {
        description: 'What became of each job, in their order.',
        schema: schemas.batchAnswer,
        examples: examples.batchAnswers,
      },
    },
  },
  'POST /jobs/actions': {
    operationId: 'startAction',
    summary: 'Cancel, retry or erase many jobs',
    description:
      'Starts a job of the type `bulk-action`. Its result counts the jobs. To erase, the right `erase` is needed too.',
    tag: 'bulk',
    headers: ['Idempotency-Key', 'traceparent'],
    body: { schema: schemas.action, examples: examples.actions },
    answers: { 202: { ...accepted, examples: examples.jobs.action } },
    problems: ['conflict', 'key-reused'],
  },
  'POST /uploads': {
    operationId: 'createUpload',
    summary: 'Upload an object',
    description:
      'Answers with a name for the object, and with a request that takes its bytes: send it within 15 minutes, with these headers, and without a credential. A payload names the object.',
    tag: 'jobs',
    body: { schema: schemas.uploadOrder, examples: examples.uploadOrders },
    answers: {
      201: { description: 'The upload can begin.', schema: schemas.upload, examples: examples.uploads },
    },
  },
  'GET /me': {
    operationId: 'getMe',
    summary: 'Ask whom the credential stands for',
    tag: 'service',
    answers: {
      200: {
        description: 'Its tenant and its rights.',
        headers: ['Cache-Control'],
        schema: schemas.me,
        examples: examples.callers,
      },
    },
  },
  'GET /webhook-secret': {
    operationId: 'getWebhookSecret',
    summary: 'Fetch the webhook secret',
    description:
      'What the webhooks of your tenant are signed with, as Standard Webhooks has it. After a rotation they have two signatures for a time: `previous` is the secret of the other one.',
    tag: 'service',
    answers: {
      200: {
        description: 'The secret. Keep it where only receivers read it.',
        headers: ['Cache-Control'],
        schema: schemas.webhookSecret,
        examples: examples.webhookSecrets,
      },
    },
  },
  'GET /queues': {
    operationId: 'listQueues',
    summary: 'Look at the queues',
    description:
      'How many messages are in each queue of the stage, of all tenants. They are approximate figures of SQS.',
    tag: 'service',
    answers: {
      200: {
        description: 'All queues of the stage.',
        headers: ['Cache-Control'],
        schema: schemas.queueList,
        examples: examples.queueLists,
      },
    },
  },
  'GET /job-types': {
    operationId: 'listJobTypes',
    summary: 'List the job types',
    tag: 'catalog',
    answers: { 200: { description: 'All job types.', schema: schemas.jobTypeList } },
  },
  'GET /job-types/{type}': {
    operationId: 'getJobType',
    summary: 'Look at a job type',
    tag: 'catalog',
    answers: { 200: { description: 'The job type.', schema: schemas.jobType } },
    problems: ['not-found'],
  },
  'GET /openapi.json': {
    operationId: 'getDocument',
    summary: 'Fetch this document',
    tag: 'service',
    answers: {
      200: {
        description: 'This document.',
        headers: ['Cache-Control'],
        schema: z.record(z.string(), z.unknown()),
      },
    },
  },
  'GET /health': {
    operationId: 'getHealth',
    summary: 'Ask whether the API is healthy',
    tag: 'service',
    answers: {
      200: {
        description: 'It reaches its table.',
        headers: ['Cache-Control'],
        schema: schemas.health,
        examples: examples.healths,
      },
    },
  },
  'GET /problems/{name}': {
    operationId: 'explainProblem',
    summary: 'Read what a kind of problem means',
    tag: 'service',
    answers: {
      200: {
        description: 'A page for people.',
        headers: ['Cache-Control'],
        schema: z.string(),
        mediaType: 'text/html',
      },
    },
    problems: ['not-found'],
  },
};
