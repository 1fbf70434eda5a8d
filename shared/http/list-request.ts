import * as z from 'zod/mini';
import { jobStatuses } from '../job/transitions.ts';
import type { JobFilter } from '../operations/list-jobs.ts';
import { group, tag, time } from './submit-request.ts';

export const maxListLimit = 100;
const defaultLimit = 20;
const maxTagsInFilter = 10;

const limit = `must be a whole number from 1 to ${maxListLimit}`;

/** What jobs are chosen by: all that is named must be so. */
export const filterShape = {
  status: z.optional(z.enum(jobStatuses, `must be one of ${jobStatuses.join(', ')}`)),
  type: z.optional(z.string()),
  tags: z.optional(z.array(tag).check(z.maxLength(maxTagsInFilter, `may be ${maxTagsInFilter} at most`))),
  group: z.optional(group),
  /** Created at this time or later. */
  since: z.optional(time),
  /** Created before this time. */
  until: z.optional(time),
};

const { tags, ...filterQuery } = filterShape;

/** The query of `GET /jobs`. The parameter `tag` may come several times. */
export const listQuery = z.strictObject({
  ...filterQuery,
  tag: tags,
  limit: z._default(
    z.coerce.number(limit).check(z.int(limit), z.gte(1, limit), z.lte(maxListLimit, limit)),
    defaultLimit,
  ),
  cursor: z.optional(z.string()),
});

type Filter = z.infer<z.ZodMiniObject<typeof filterShape>>;

export const toFilter = ({ status, type, tags, group, since, until }: Filter): JobFilter => ({
  ...(status === undefined ? {} : { status }),
  ...(type === undefined ? {} : { type }),
  ...(group === undefined ? {} : { group }),
  ...(tags === undefined ? {} : { tags: [...new Set(tags)].sort() }),
  ...(since === undefined ? {} : { since: Date.parse(since) }),
  ...(until === undefined ? {} : { until: Date.parse(until) }),
});
