import { operatedJob, surveyQuery, surveyResponse } from '../operations-response.ts';
import { exampleOf, type Family } from '../route.ts';
import { examples } from './job.ts';

const failedAt = '2026-11-25T16:32:41.416Z';

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
