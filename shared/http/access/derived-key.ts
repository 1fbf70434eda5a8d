import { hash, hkdfSync } from 'node:crypto';
import type { derivedKeys, RootEntry } from '../../domain/access/access-entry.ts';

/**
 * These have no version. With another key, an `Idempotency-Key` of yesterday would be a new job, and a waiting job would
 * not find its upload.
 */
const lasting = ['jobId', 'uploadName'] as const;
type Lasting = (typeof lasting)[number];
type Purpose = Lasting | (typeof derivedKeys)[number];

const isLasting = (purpose: Purpose): purpose is Lasting => lasting.some((each) => each === purpose);

const salt = 'serverless-job-worker';
const keyBytes = 32;

/**
 * A key of 32 bytes for one purpose (and tenant), derived from the stage's root secret by HKDF (RFC 5869) with SHA-256.
 * The keys tell nothing of each other, nor of the root secret.
 */
export function derivedKey(
  { secret, versions }: Pick<RootEntry, 'secret' | 'versions'>,
  purpose: Purpose,
  tenant?: string,
): Buffer {
  const version = isLasting(purpose) ? 1 : versions[purpose];
  // HKDF limits its info to 1024 bytes. A tenant may be any text.
  const owner = tenant === undefined ? [] : [hash('sha256', tenant, 'hex')];
  const info = [purpose, version, ...owner].join('/');
  return Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64url'), salt, info, keyBytes));
}
