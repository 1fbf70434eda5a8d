import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { dayMs } from '../base/schedule-time.ts';
import { tenantKeyOf } from '../base/tenant-key.ts';

/**
 * The name of an uploaded object: `uploads/<tenant>/<day>/<id>.<mark>`. Its mark is an HMAC of the rest, so that who is
 * shown a name can tell without a call that this stage gave it out, to which tenant, and until when the object is kept.
 */

/** 128 bits, base64url. */
const markLength = 22;

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const upload = `uploads/[\\w-]{22}/(\\d{4}-\\d{2}-\\d{2})/${uuid}\\.[\\w-]{${markLength}}`;
export const uploadNamePattern = new RegExp(`^${upload}$`);

/** What a payload may name: an upload, or the output of a job: see `resultNameOf`. */
export const objectNamePattern = new RegExp(`^(?:${upload}|results/[\\w-]{22}/${uuid}/\\d+/\\d+)$`);

/** Whether it names an object of the tenant, as a worker may read it. The whole name is checked: `..` leads out. */
export const isObjectOf = (name: string, tenant: string): boolean =>
  objectNamePattern.test(name) && name.split('/')[1] === tenantKeyOf(tenant);

/** How names are marked, and how long the objects are kept. */
export interface UploadRules {
  readonly key: Uint8Array | KeyObject;
  readonly retentionDays: number;
}

/** A new name. @param id a UUID @param now epoch milliseconds */
export function uploadNameFor(
  { tenant, id, now }: { readonly tenant: string; readonly id: string; readonly now: number },
  { key }: Pick<UploadRules, 'key'>,
): string {
  const path = `uploads/${tenantKeyOf(tenant)}/${new Date(now).toISOString().slice(0, 10)}/${id}`;
  return `${path}.${markOf(path, key)}`;
}

/**
 * Checks that a name was given out to a tenant. In constant time, as far as the mark is concerned.
 * @returns until when the object is kept, epoch milliseconds; undefined if it is no name of the tenant's
 */
export function uploadKeptUntil(
  name: string,
  tenant: string,
  { key, retentionDays }: UploadRules,
): number | undefined {
  const [, day] = uploadNamePattern.exec(name) ?? [];
  if (day === undefined || !isObjectOf(name, tenant)) return undefined;
  const path = name.slice(0, -markLength - 1);
  // The texts are compared: a last character has bits to spare, and two of them would be the same bytes.
  const [expected, shown] = [Buffer.from(`${path}.${markOf(path, key)}`), Buffer.from(name)];
  if (expected.length !== shown.length || !timingSafeEqual(expected, shown)) return undefined;
  return Date.parse(day) + retentionDays * dayMs;
}

const markOf = (path: string, key: UploadRules['key']): string =>
  createHmac('sha256', key).update(path).digest('base64url').slice(0, markLength);
