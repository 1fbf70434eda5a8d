import { batchList } from '../children-response.ts';
import { exampleOf, type Family } from '../route.ts';

/** The children of a job. */
export const children = {
  'GET /jobs/{id}/children': {
    function: 'api',
    access: 'read',
    operationId: 'listBatchesOfChildren',
    summary: 'See how far the children of a job are',
    description: 'The job has spawned them, batch by batch, each under a key.',
    tag: 'jobs',
    answers: {
      200: {
        description: 'The batches, in the order in which they were spawned. None for a job without children.',
        headers: ['Cache-Control'],
        schema: {
          id: 'BatchList',
          schema: batchList,
          text: 'The batches of children of a job, with how many have ended. If the job is retried, those that did not succeed are made again, and count anew.',
        },
        examples: {
          pages: {
            items: [
              { key: 'pages', type: exampleOf('one', 'type'), count: 200, ended: 120, unsuccessful: 2 },
            ],
          },
        },
      },
    },
    problems: ['job-not-found'],
  },
} as const satisfies Family;
