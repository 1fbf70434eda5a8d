import * as z from 'zod/mini';
import { InvalidResultError } from '../base/errors.ts';
import { sha256 } from '../base/sha256.ts';
import { tenantKeyOf } from '../base/tenant-key.ts';

/** It becomes a header of requests to S3 and of answers: Node.js refuses others, and S3 what is not ASCII. */
export const contentTypePattern = /^[\x20-\x7e]{1,256}$/;

/** @throws InvalidResultError for what can be no content type: the object could never be stored */
export function checkedContentType(contentType: string): string {
  if (contentTypePattern.test(contentType)) return contentType;
  throw new InvalidResultError('a content type has 1 to 256 characters of printable ASCII, as text/csv has');
}

/** A job's result in an object of its own. */
export const storedObject = z.object({
  /** In the bucket. */
  name: z.string(),
  bytes: z.int(),
  contentType: z.string(),
});
export type StoredObject = z.infer<typeof storedObject>;

/** A streamed result as far as it belongs to a saved state: whole parts of an upload, and the bytes after them. */
export const savedOutput = z.object({
  contentType: z.string(),
  /** Absent until there is a whole part. */
  upload: z.optional(z.object({ name: z.string(), uploadId: z.string() })),
  /** The numbers of the parts, in their order. */
  parts: z.array(z.int()),
  /** Of the etags of the parts. */
  digest: z.string(),
  /** Of the parts and the tail. */
  bytes: z.int(),
  /** The name of the object with the bytes after the parts, if there are any. */
  tail: z.optional(z.string()),
});
export type SavedOutput = z.infer<typeof savedOutput>;

/** Tells whether parts are still what they were when the state was saved. @param etags in their order */
export const digestOf = (etags: readonly string[]): string => sha256(etags.join(' ')).slice(0, 22);

/** Whose object it is. */
export interface StoredRun {
  readonly tenant: string;
  readonly id: string;
  readonly run: number;
  readonly fencingToken: number;
}

/** The name of a result. Only the worker with this claim writes it, so none is ever overwritten. */
export const resultNameOf = ({ tenant, id, run, fencingToken }: StoredRun): string =>
  `results/${tenantKeyOf(tenant)}/${id}/${run}/${fencingToken}`;

/** The name of what a job needs to go on. @param uuid so that nobody else ever writes or deletes it */
export const stateNameOf = ({ tenant, id }: Pick<StoredRun, 'tenant' | 'id'>, uuid: string): string =>
  `states/${tenantKeyOf(tenant)}/${id}/${uuid}`;

/** What the names begin with of what another service writes for a job. @param token of what was started there */
export const remoteOutputNameOf = ({ tenant, id }: Pick<StoredRun, 'tenant' | 'id'>, token: string): string =>
  `results/${tenantKeyOf(tenant)}/${id}/${token}`;
