import * as z from 'zod/mini';
import { jobId } from '../../domain/state/job/message.ts';
import { errorsQuery } from '../requests/list-request.ts';
import type { ErrorGroupResponse } from '../responses/error-response.ts';
import { newerRows } from '../responses/newer-response.ts';
import { exampleOf, type Family, type NamedSchema } from '../wire/route.ts';
import { examples, newerText } from './job.ts';

/** A schema of its own for each field: the document describes them. */
const time = () => z.iso.datetime({ precision: 3 });

/** A group of errors as the API shows it. */
export const errorGroup = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  count: z.int(),
  hasMore: z.boolean(),
  firstSeenAt: time(),
  lastSeenAt: time(),
  example: z.optional(z.object({ id: jobId, message: z.string(), statusUrl: z.url() })),
}) satisfies z.ZodMiniType<ErrorGroupResponse>;

export const errorList = z.object({
  items: z.array(errorGroup),
  newer: newerRows,
  nextCursor: z.optional(z.string()),
});

const id = '6d1f0c3a9b7e42558c0e4d2a71b39f86';
const nextCursor = 'MTc5NTYyNDM1OTkyMC82ZDFm.hQ2mV9sKcX4yB8rN4wLs7Hd1FgTz3MuXeQaI9oYbEcU';

const group: NamedSchema = {
  id: 'ErrorGroup',
  schema: errorGroup,
  text: 'Jobs of one type that failed for good with one error on one day (UTC). Errors are one if their messages differ only in numbers, ids, quoted texts, paths and the like.',
  fields: {
    id: 'To find, retry or erase its jobs: the filter `error` takes it.',
    name: 'The name of the error.',
    count: 'How many jobs failed so. A job that was retried or erased since counts, too.',
    hasMore: 'Whether more than 100 failed so: `count` ends there.',
    firstSeenAt: 'When the first of them failed.',
    lastSeenAt: 'When the last of them failed. After 100 jobs, up to a minute too early.',
    example: 'One that is still failed. Absent if none was found: they were retried or erased.',
  },
};

/** Errors in groups. */
export const errors = {
  'GET /errors': {
    function: 'api',
    access: 'read',
    operationId: 'listErrors',
    summary: 'List errors in groups, newest first',
    description:
      'One group for each type, error and day. The groups are a view, which may lack a failure that happened while the table was out of reach: `GET /jobs?status=failed` has all.',
    tag: 'jobs',
    query: {
      schema: errorsQuery,
      parameters: {
        type: { text: 'Errors of jobs of this type.', example: exampleOf('one', 'type') },
        limit: { text: 'How many groups a page has at most.', example: 50 },
        cursor: { text: 'The `nextCursor` of the page before, with the same filter.', example: nextCursor },
      },
    },
    answers: {
      200: {
        description: 'A page of groups.',
        headers: ['Cache-Control'],
        schema: {
          id: 'ErrorList',
          schema: errorList,
          text: 'A page of groups of errors, newest first.',
          fields: {
            newer: newerText,
            nextCursor: 'Present until the last page. A page may come short, even empty, and have one.',
          },
          parts: [group],
        },
        examples: {
          page: {
            items: [
              {
                id,
                type: exampleOf('one', 'type'),
                name: 'TypeError',
                count: 100,
                hasMore: true,
                firstSeenAt: '2026-11-25T16:32:39.920Z',
                lastSeenAt: '2026-11-25T18:04:11.007Z',
                example: {
                  id: examples.listed.id,
                  message: 'row 12 has no column "city"',
                  statusUrl: examples.listed.statusUrl,
                },
              },
            ],
            nextCursor,
          },
        },
      },
    },
  },
} as const satisfies Family;
