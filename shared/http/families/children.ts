import { maxChildren } from '../../domain/children/batch.ts';
import { batchList, child, childJob, childList, childrenQuery } from '../responses/children-response.ts';
import { exampleOf, type Family, type NamedSchema } from '../wire/route.ts';
import { examples, job, newerText } from './job.ts';

const oneChild = {
  id: 'Child',
  schema: child,
  text: 'A child of a job.',
  fields: {
    index: 'Which one of its batch it is, from 0.',
    status:
      '`expired`: it has ended, and is not kept any more. `not-sent`: its parent had ended before it was sent.',
    error: 'Why it failed. Absent unless it has failed.',
    statusUrl: 'Where programs find it, as soon as a worker has claimed it.',
  },
} satisfies NamedSchema;

const { id, statusUrl } = examples.listed;
const failed = {
  index: 76,
  id,
  status: 'failed',
  error: { name: 'Error', message: 'page 77 cannot be read' },
  statusUrl,
};

/** The children of a job. */
/** Of a job that waits for its children, and is to make some of them again. */
const willMakeAgain = {
  202: {
    description: 'The job will do so, unless it ends before.',
    schema: job,
    examples: { waiting: { ...examples.queued, status: 'waiting' } },
  },
} as const;

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
  'GET /jobs/{id}/children/{key}/{index}': {
    function: 'api',
    access: 'read',
    operationId: 'getChild',
    summary: 'Look at one child of a job',
    description: 'As a job. One that no worker has claimed yet is `queued`.',
    tag: 'jobs',
    answers: {
      200: {
        description: 'The child.',
        headers: ['Cache-Control'],
        schema: {
          ...job,
          id: 'ChildJob',
          schema: childJob,
          text: 'A child as it is now. Times that are not reached yet are null.',
          fields: { ...job.fields, status: oneChild.fields.status },
        },
        examples: { queued: { ...examples.listed, result: null, history: [], parent: { id, index: 76 } } },
      },
    },
    problems: ['job-not-found', 'not-found'],
  },
  'POST /jobs/{id}/children/{key}/{index}/cancel': {
    function: 'api',
    access: 'control',
    operationId: 'cancelChild',
    summary: 'Cancel one child of a job',
    description: 'Also before a worker has claimed it. It counts as one that did not succeed.',
    tag: 'jobs',
    answers: {
      200: {
        description: 'The child is canceled, now or before.',
        schema: job,
        examples: { canceled: { ...examples.queued, status: 'canceled', parent: { id, index: 76 } } },
      },
      202: {
        description: 'Its worker has yet to stop.',
        schema: job,
        examples: { queued: { ...examples.queued, parent: { id, index: 76 } } },
      },
    },
    problems: ['job-not-found', 'not-found', 'conflict'],
  },
  'POST /jobs/{id}/children/{key}/{index}/retry': {
    function: 'api',
    access: 'control',
    operationId: 'retryChild',
    summary: 'Have one child made again that has not succeeded',
    description:
      'While the job waits for its children: it makes this one again when all of the batch have ended, once, and waits for it. Others that did not succeed stay as they are, unless they are asked for, too. 409 if the child has succeeded or has not ended, when all have ended, and beyond 100 of a batch at a time: then ask for all.',
    tag: 'jobs',
    answers: willMakeAgain,
    problems: ['tenant-suspended', 'job-not-found', 'not-found', 'conflict'],
  },
  'POST /jobs/{id}/children/{key}/retry': {
    function: 'api',
    access: 'control',
    operationId: 'retryChildren',
    summary: 'Have those children made again that do not succeed',
    description:
      'While the job waits for them: it makes them again when all of the batch have ended, once, and waits for them. 409 when all have ended: then a retry of the job does it.',
    tag: 'jobs',
    answers: willMakeAgain,
    problems: ['tenant-suspended', 'job-not-found', 'not-found', 'conflict'],
  },
} as const satisfies Family;
