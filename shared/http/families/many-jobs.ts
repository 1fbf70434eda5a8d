import * as z from 'zod/mini';
import { maxJobsInRequest, maxRequestBytes } from '../requests/submit-all-request.ts';
import { submitAllResponse } from '../responses/submit-all-response.ts';
import type { Family } from '../wire/route.ts';
import { acceptedJob, examples, submissions } from './job.ts';

/** Many new jobs. */
export const manyJobs = {
  'POST /jobs/batch': {
    function: 'api',
    access: 'submit',
    operationId: 'submitBatch',
    summary: 'Submit up to 100 jobs',
    description: `Each job is checked for itself, and may have an \`idempotencyKey\`. The header \`Idempotency-Key\` is refused. A body of more than ${maxRequestBytes} bytes is answered with 413.`,
    tag: 'bulk',
    headers: ['traceparent'],
    body: {
      schema: {
        id: 'Batch',
        schema: ({ keyedSubmission }) =>
          z.strictObject({
            jobs: z.array(keyedSubmission).check(z.minLength(1), z.maxLength(maxJobsInRequest)),
          }),
        text: 'Jobs to do. Each is checked for itself: what is wrong with one does not hold up another.',
      },
      examples: {
        batch: {
          jobs: [
            { ...submissions.one, idempotencyKey: 'order-4711' },
            { ...submissions.other, tags: ['nightly'] },
          ],
        },
      },
    },
    answers: {
      200: {
        description: 'What became of each job, in their order.',
        schema: {
          id: 'BatchAnswer',
          schema: submitAllResponse,
          text: 'What became of each job of a batch, in their order.',
          parts: [acceptedJob],
        },
        examples: {
          batch: {
            items: [
              { status: 202, replayed: false, job: examples.accepted },
              {
                status: 400,
                problem: {
                  type: '/problems/invalid-request',
                  title: 'The request is not valid',
                  status: 400,
                  detail: 'See `errors` for everything that is wrong.',
                  instance: '/jobs/batch#/jobs/1',
                  errors: [
                    { pointer: '/payload', detail: 'Invalid input: expected object, received string' },
                  ],
                },
              },
            ],
          },
        },
      },
    },
    problems: ['tenant-suspended'],
  },
} as const satisfies Family;
