import * as z from 'zod/mini';
import { defined } from '../domain/base/defined.ts';
import { jobId } from '../domain/state/message.ts';
import type { ShownGroup } from '../operations/list-errors.ts';

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
});
export type ErrorGroupResponse = z.infer<typeof errorGroup>;

export const errorList = z.object({
  items: z.array(errorGroup),
  /** Present until the last page. */
  nextCursor: z.optional(z.string()),
});

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** @param statusUrl where programs find a job */
export const toErrorGroup = (
  { group, example }: ShownGroup,
  statusUrl: (jobId: string) => string,
): ErrorGroupResponse => ({
  id: group.id,
  type: group.type,
  name: group.name,
  count: group.jobs.size,
  hasMore: group.more ?? false,
  firstSeenAt: iso(group.firstSeenAt),
  lastSeenAt: iso(group.lastSeenAt),
  ...defined({
    example: example?.error && {
      id: example.id,
      message: example.error.message,
      statusUrl: statusUrl(example.id),
    },
  }),
});
