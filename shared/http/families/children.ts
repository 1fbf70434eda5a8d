import { maxChildren } from '../../domain/children/batch.ts';
import { batchList, child, childList, childrenQuery } from '../children-response.ts';
import { exampleOf, type Family, type NamedSchema } from '../route.ts';
import { examples, newerText } from './job.ts';

const oneChild: NamedSchema = {
  id: 'Child',
  schema: child,
  text: 'A child of a job.',
  fields: {
    index: 'Which one of its batch it is, from 0.',
    status: '`expired`: it has ended, and is not kept any more.',
    error: 'Why it failed. Absent unless it has failed.',
    statusUrl: 'Where programs find it, as soon as a worker has claimed it.',
  },
};

const { id, statusUrl } = examples.listed;
const failed = {
  index: 76,
  id,
  status: 'failed',
  error: { name: 'Error', message: 'page 77 cannot be read' },
  statusUrl,
};

/** The children of a job. */
export const children = {
  'GET /jobs/{id}/children': {
    function: 'api',
    access: 'read',
    operationId: 'listBatchesOfChildren',
    summary: 'See how far the children of a job are',
    description:
      'The job has spawned them, batch by batch, each under a key. The counts are at most two seconds old.',
    tag: 'jobs',
    answers: {
      200: {
        description: 'The batches, in the order in which they were spawned. None for a job without children.',
        headers: ['Cache-Control'],
        schema: {
          id: 'BatchList',
          schema: batchList,
          text: 'The batches of children of a job, with how many have ended, and how many of those did not succeed. If the job is retried, those that did not succeed are made again, and count anew.',
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
  'GET /jobs/{id}/children/{key}': {
    function: 'api',
    access: 'read',
    operationId: 'listChildren',
    summary: 'List the children of one batch',
    description:
      'In the order of their indexes, up to 100 a page. A child without an item is `queued`, or `expired` once it has ended. In the path, encode a key that has `/`, `?` or `%` twice.',
    tag: 'jobs',
    query: {
      schema: childrenQuery,
      parameters: {
        status: {
          text: 'Only those that have not ended (`open`), that have succeeded, or that have ended otherwise (`unsuccessful`), as counted up to two seconds ago.',
          example: 'unsuccessful',
        },
        after: {
          text: 'The index behind which the page begins: `next` of the page before.',
          example: 99,
          shown: { type: 'integer', minimum: 0, maximum: maxChildren },
        },
      },
    },
    answers: {
      200: {
        description: 'A page of children.',
        headers: ['Cache-Control'],
        schema: {
          id: 'ChildList',
          schema: childList,
          text: 'A page of the children of a batch.',
          fields: { newer: newerText, next: 'The `after` of the next page. Absent on the last page.' },
          parts: [oneChild],
        },
        examples: { page: { items: [failed], next: failed.index } },
      },
    },
    problems: ['job-not-found', 'not-found'],
  },
} as const satisfies Family;
