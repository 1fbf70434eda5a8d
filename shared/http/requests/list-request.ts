import * as z from 'zod/mini';
import { defined } from '../../domain/base/defined.ts';
import { tag } from '../../domain/state/job/short-text.ts';
import { jobStatuses } from '../../domain/state/job/transitions.ts';
import type { JobFilter } from '../../operations/find/list-jobs.ts';
import { group, time } from './submit-request.ts';

export const maxListLimit = 100;
const defaultLimit = 20;
const maxTagsInFilter = 10;

const limitText = `must be a whole number from 1 to ${maxListLimit}`;

/** How many a page of a list has at most. */
const limit = z._default(
  z.coerce.number(limitText).check(z.int(limitText), z.gte(1, limitText), z.lte(maxListLimit, limitText)),
  defaultLimit,
);

const errorGroupId = /^[0-9a-f]{32}$/;

/** What jobs are chosen by: all that is named must be so. */
export const filterShape = {
  status: z.optional(z.enum(jobStatuses, `must be one of ${jobStatuses.join(', ')}`)),
  type: z.optional(z.string()),
  tags: z.optional(
    z
      .array(tag, 'must be a list of texts')
      .check(
        z.minLength(1, 'must not be empty'),
        z.maxLength(maxTagsInFilter, `may have ${maxTagsInFilter} tags at most`),
      ),
  ),
  group: z.optional(group),
  /** A group of errors: jobs that failed for good, and so. */
  error: z.optional(
    z.string().check(z.regex(errorGroupId, 'must be the id of a group of errors, as GET /errors has it')),
  ),
  /** Created at this time or later. */
  since: z.optional(time),
  /** Created before this time. */
  until: z.optional(time),
};

const { tags, ...filterQuery } = filterShape;

/** A plus sign is a space in a query, so a time that was pasted into one is not understood. */
const timeParameter = z.iso.datetime({
  offset: true,
  error:
    'must be a time like 2026-12-24T17:00:00Z or 2026-12-24T18:00:00%2B01:00, with %2B for the plus sign',
});

/** The query of `GET /jobs`. The parameter `tag` may come several times. */
export const listQuery = z.strictObject({
  ...filterQuery,
  since: z.optional(timeParameter),
  until: z.optional(timeParameter),
  tag: tags,
  limit,
  cursor: z.optional(z.string()),
});

/** The query of `GET /errors`. */
export const errorsQuery = z.strictObject({
  type: z.optional(z.string()),
  limit,
  cursor: z.optional(z.string()),
});

type Filter = z.infer<z.ZodMiniObject<typeof filterShape>>;

export const toFilter = ({ status, type, tags, group, error, since, until }: Filter): JobFilter => ({
  ...defined({ status, type, group, error }),
  ...(tags === undefined ? {} : { tags: [...new Set(tags)].sort() }),
  ...(since === undefined ? {} : { since: Date.parse(since) }),
  ...(until === undefined ? {} : { until: Date.parse(until) }),
});
