import {
  operatedJob,
  purgeRequest,
  stuckQuery,
  stuckResponse,
  surveyQuery,
  surveyResponse,
} from '../responses/operations-response.ts';
import { exampleOf, type Family, type NamedSchema } from '../wire/route.ts';
import { examples } from './job.ts';

const failedAt = '2026-11-25T16:32:41.416Z';

const stuckJobs: NamedSchema = {
  id: 'StuckJobs',
  schema: stuckResponse,
  text: 'Jobs that no message leads to.',
  fields: {
    items: 'What was found in the part of the table that there was time for: it may be none.',
    readUnits: 'What it cost.',
    next: 'To go on where this call ended: `after` of the next one. Absent: this was the last.',
  },
};

const someStuck = {
  items: [
    {
      id: examples.listed.id,
      tenant: 'acme',
      type: exampleOf('one', 'type'),
      status: 'queued',
      lastSeenAt: failedAt,
      payloadKept: false,
    },
  ],
  readUnits: 128,
};

/** What operators see of all tenants. */
export const operatorViews = {
  'GET /operations': {
    function: 'api',
    access: 'operate',
    operationId: 'surveyJobs',
    summary: 'Look over the jobs of all tenants',
    description:
      'The tenants with the most jobs that have not ended, the most frequent failures, and the jobs that could have started long ago: ten of each. It reads 16 MB of the table at most, chosen at random, and divides by the share of the table that this is: numbers are approximate unless `share` is 1, and rare jobs may be missing.',
    tag: 'service',
    query: {
      schema: surveyQuery,
      parameters: {
        tenant: { text: 'Jobs of this tenant.', example: 'acme' },
        type: { text: 'Jobs of this type.', example: exampleOf('one', 'type') },
        error: { text: 'Jobs that failed with an error of this name.', example: 'TimeoutError' },
      },
    },
    answers: {
      200: {
        description: 'What the sample says.',
        headers: ['Cache-Control'],
        schema: {
          id: 'Survey',
          schema: surveyResponse,
          text: 'What a sample of all jobs says.',
          fields: {
            sampled: 'How many jobs were read.',
            share: 'The share of the table that was read. 1: all of it.',
            readUnits: 'What it cost.',
            tenants: 'How many jobs they have that have not ended.',
            failures:
              'Failed jobs by tenant, type and name of the error. `ids`: ten of them at most, the latest first.',
            oldest: 'Jobs that could have started, since `dueAt`.',
          },
        },
        examples: {
          some: {
            sampled: 412,
            share: 1,
            readUnits: 52,
            tenants: [{ tenant: 'acme', queued: 120, waiting: 3, running: 10 }],
            failures: [
              {
                tenant: 'acme',
                type: exampleOf('one', 'type'),
                error: 'TimeoutError',
                jobs: 31,
                latestAt: failedAt,
                ids: [examples.listed.id],
              },
            ],
            oldest: [
              {
                id: examples.listed.id,
                tenant: 'acme',
                type: exampleOf('one', 'type'),
                status: 'queued',
                dueAt: failedAt,
              },
            ],
          },
        },
      },
    },
  },
  'GET /operations/stuck': {
    function: 'api',
    access: 'operate',
    operationId: 'listStuckJobs',
    summary: 'Look for stuck jobs of all tenants',
    description:
      'The jobs that have not ended, and of which nothing has shown for 15 days that a queue has their message. The function `overdue` sees to them once a day. A call reads the table for 15 seconds at most.',
    tag: 'service',
    query: {
      schema: stuckQuery,
      parameters: { after: { text: 'The `next` of the call before.', example: examples.listed.id } },
    },
    answers: {
      200: {
        description: 'What was found.',
        headers: ['Cache-Control'],
        schema: stuckJobs,
        examples: { some: someStuck },
      },
    },
  },
  'POST /operations/stuck': {
    function: 'api',
    access: 'operate',
    operationId: 'resolveStuckJobs',
    summary: 'See to the jobs whose queue was emptied',
    description:
      'The jobs of all tenants that were in these queues when they were emptied, and of which nothing has shown a message since. Within minutes each is sent again, if its payload is kept, or is `failed` with `MessageLostError`. A job that may have been in another queue is left alone. A job that waits for children that may have been in them looks for those at once (`looksForChildren`). To call it again does no harm.',
    tag: 'service',
    body: {
      schema: {
        id: 'Purge',
        schema: purgeRequest,
        text: 'Which queues were emptied, and when.',
        fields: {
          queues: 'The queues.',
          purgedAt:
            'When they were emptied, or known to be empty. What was written half a minute before is left alone.',
          after: 'The `next` of the call before.',
        },
      },
      examples: { purge: { queues: ['standard'], purgedAt: failedAt } },
    },
    answers: {
      202: {
        description: 'They are seen to.',
        headers: ['Cache-Control'],
        schema: stuckJobs,
        examples: { some: someStuck },
      },
    },
  },
  'GET /operations/jobs/{job}': {
    function: 'api',
    access: 'operate',
    operationId: 'lookAtJob',
    summary: 'Look at a job of any tenant',
    description:
      'State, history and error: neither what the job was given, nor its result. Also what is left of an erased job. Each look has a line in the log.',
    tag: 'service',
    answers: {
      200: {
        description: 'The job.',
        headers: ['Cache-Control'],
        schema: {
          id: 'OperatedJob',
          schema: operatedJob,
          text: 'A job of any tenant, without its payload and result.',
        },
      },
    },
    problems: ['not-found'],
  },
} as const satisfies Family;
