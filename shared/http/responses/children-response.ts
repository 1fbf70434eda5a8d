import * as z from 'zod/mini';
import { maxChildren } from '../../domain/children/batch.ts';
import { jobError } from '../../domain/state/job/item.ts';
import { jobId } from '../../domain/state/job/message.ts';
import { jobStatuses } from '../../domain/state/job/transitions.ts';
import type { ChildStatus, FoundChild } from '../../operations/find/find-child.ts';
import { type BatchCount, type ChildPage, childStates } from '../../operations/find/list-children.ts';
import { jobResponse } from './job-response.ts';
import { newerRows, toNewer } from './newer-response.ts';

const afterText = `must be a whole number from 0 to ${maxChildren}`;
const isIndex = (text: string): boolean => /^\d{1,6}$/.test(text) && Number(text) <= maxChildren;

/** The query of `GET /jobs/{id}/children/{key}`. */
export const childrenQuery = z.strictObject({
  status: z.optional(z.enum(childStates, `must be one of ${childStates.join(', ')}`)),
  after: z.optional(z.pipe(z.string(afterText).check(z.refine(isIndex, afterText)), z.transform(Number))),
});

/** A batch of children as the API shows it. */
const batch = z.object({
  key: z.string(),
  type: z.string(),
  count: z.int(),
  ended: z.int(),
  unsuccessful: z.int(),
}) satisfies z.ZodMiniType<BatchCount>;

/** The batches of a job, in the order in which it spawned them. */
export const batchList = z.object({ items: z.array(batch) });
export type BatchList = z.infer<typeof batchList>;

const childStatus = z.enum([...jobStatuses, 'expired', 'not-sent']) satisfies z.ZodMiniType<ChildStatus>;

export const child = z.object({
  index: z.int(),
  id: jobId,
  status: childStatus,
  tags: z.optional(z.array(z.string())),
  error: z.optional(jobError),
  statusUrl: z.url(),
});

/** One child as the API shows it: as a job, also before it has an item, and when that is gone. */
export const childJob = z.extend(jobResponse, { status: childStatus });
export type ChildJob = z.infer<typeof childJob>;

/** A child that nobody has claimed, or that is not kept, as the job that it is, or was. */
export const toChildJob = (
  { root, index, id, status }: Pick<FoundChild, 'root' | 'id' | 'status'> & { readonly index: number },
  { maxAttempts, statusUrl }: Pick<ChildJob, 'maxAttempts' | 'statusUrl'>,
): ChildJob => {
  const createdAt = new Date(root.createdAt).toISOString();
  return {
    ...{ id, type: root.type, status, progress: null, attempt: 0, maxAttempts, slices: 0 },
    ...{ result: null, error: null, parent: { id: root.parent, index }, history: [] },
    ...{ createdAt, startedAt: null, updatedAt: createdAt, finishedAt: null, statusUrl },
  };
};

/** A page of the children of a batch. */
export const childList = z.object({
  items: z.array(child),
  newer: newerRows,
  /** The `after` of the next page. Absent on the last one. */
  next: z.optional(z.int()),
});
export type ChildList = z.infer<typeof childList>;

export const toChildList = (
  { children, newer, next }: ChildPage,
  statusUrlOf: (id: string) => string,
): ChildList => ({
  items: children.map(({ isKnown: _, ...one }) => ({ ...one, statusUrl: statusUrlOf(one.id) })),
  ...toNewer(newer),
  ...(next === undefined ? {} : { next }),
});
