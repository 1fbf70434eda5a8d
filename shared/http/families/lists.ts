import { listQuery } from '../requests/list-request.ts';
import { jobList } from '../responses/job-response.ts';
import { exampleOf, type Family } from '../wire/route.ts';
import { examples, listedJob, newerText } from './job.ts';

const nextCursor = 'MTc5NTYyNDM1MzUyNg.pJq0Vt6xkC2yB8rN4wLs7Hd1FgTz3MuXeQaI9oYbEcU';

/** The list of jobs. */
export const lists = {
  'GET /jobs': {
    function: 'api',
    access: 'read',
    operationId: 'listJobs',
    summary: 'List jobs, newest first',
    description:
      'A job comes into the list a moment after it was submitted, and never twice. A page may come short, even empty: `nextCursor` says whether there is more.',
    tag: 'jobs',
    query: {
      schema: listQuery,
      parameters: {
        status: { text: 'Jobs that are in this state.', example: 'succeeded' },
        type: { text: 'Jobs of this type.', example: exampleOf('one', 'type') },
        tag: {
          text: 'Jobs that have this tag; several times: that have all of them.',
          example: ['nightly'],
        },
        error: {
          text: 'Failed jobs of this group of errors, as `GET /errors` has its `id`.',
          example: '6d1f0c3a9b7e42558c0e4d2a71b39f86',
        },
        group: { text: 'Jobs of this group.', example: 'customer-4711' },
        since: {
          text: 'Jobs that were created at this time or later.',
          example: '2026-11-25T00:00:00Z',
        },
        until: { text: 'Jobs that were created before this time.', example: '2026-11-26T00:00:00+01:00' },
        limit: { text: 'How many jobs a page has at most.', example: 50 },
        cursor: { text: 'The `nextCursor` of the page before, with the same filter.', example: nextCursor },
      },
    },
    answers: {
      200: {
        description: 'A page of jobs.',
        headers: ['Cache-Control'],
        schema: {
          id: 'JobList',
          schema: jobList,
          text: 'A page of jobs, newest first.',
          fields: {
            newer: newerText,
            nextCursor: 'Present until the last page. A page may come short, even empty, and have one.',
            searchedTo: 'Beside `nextCursor`: jobs that were created since then have been looked at.',
          },
          parts: [listedJob],
        },
        examples: { page: { items: [examples.listed], nextCursor, searchedTo: '2026-11-25T16:32:33.526Z' } },
      },
    },
  },
} as const satisfies Family;
