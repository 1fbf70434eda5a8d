import { createHash } from 'node:crypto';
import { type UploadRules, uploadNameFor } from '../shared/domain/objects/upload-name.ts';

/** The tenant of every job of the kit. */
export const tenant = 'a tenant';
/** A retry after a crash is in another month: what depends on the date is found. */
export const defaultTime = Date.UTC(2026, 0, 31, 23, 59, 30);
/** The objects of a test are kept for ever. */
export const uploads: UploadRules = { key: Buffer.from('testkit'), retentionDays: 100_000 };

/**
 * The name of an uploaded object, for a payload, and for the option `objects`, which says what is in it. The same label
 * gives the same name.
 */
export function uploadedObject(label: string): string {
  const hex = createHash('sha256').update(label).digest('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return uploadNameFor({ tenant, id, now: defaultTime }, uploads);
}
