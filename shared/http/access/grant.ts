import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import { dayMs } from '../../domain/base/schedule-time.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { derivedKey } from './derived-key.ts';

/**
 * A grant lets its holder look at one job: `<last day>.<creation>.<signature>`, in days since 1970, and in milliseconds
 * to the base of 36. It names no tenant, and is good for that job only: after its retention, another job can have the
 * same id, by the same idempotency key. Grants of before have no creation, and are good until they expire.
 */

/** A job is kept from its end, which may be some time after it is due. */
const marginDays = 15;

const shape = /^((\d{1,7})(?:\.([\da-z]{1,9}))?)\.[\w-]{43}$/;

/**
 * The grant for a job. It is the same for the same item, so that equal answers stay equal, and lasts as long as the job
 * is kept. Of a job that takes longer than two weeks from when it is due, the grant is replaced now and then.
 */
export function grantFor(
  { id, createdAt, updatedAt, runAt = 0 }: Pick<JobItem, 'id' | 'createdAt' | 'updatedAt' | 'runAt'>,
  { root, retentionDays }: { readonly root: RootSecretEntry; readonly retentionDays: number },
): string {
  const created = Math.floor(createdAt / dayMs);
  const updated = Math.floor(Math.max(updatedAt, runAt) / dayMs);
  const period = retentionDays + marginDays;
  const periods = Math.max(1, Math.ceil((updated + retentionDays - created) / period));
  return signed(id, `${created + periods * period}.${createdAt.toString(36)}`, root);
}

/** What a grant says of its job. */
export interface Granted {
  /** When the job was created, epoch milliseconds. Absent in a grant of before. */
  readonly createdAt?: number;
  /** Until when the grant is good, epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Reads a grant for a job. In constant time, as far as the signature is concerned.
 * @returns undefined for a text that is none
 */
export function readGrant(
  grant: string,
  { id, root, now }: { readonly id: string; readonly root: RootSecretEntry; readonly now: number },
): Granted | undefined {
  const [, said = '', lastDay, created] = shape.exec(grant) ?? [];
  if (lastDay === undefined || Math.floor(now / dayMs) > Number(lastDay)) return undefined;
  // The texts are compared: a last character has bits to spare, and two of them would be the same bytes.
  const expected = Buffer.from(signed(id, said, root));
  const shown = Buffer.from(grant);
  if (expected.length !== shown.length || !timingSafeEqual(expected, shown)) return undefined;
  const expiresAt = (Number(lastDay) + 1) * dayMs;
  return created === undefined ? { expiresAt } : { createdAt: Number.parseInt(created, 36), expiresAt };
}

function signed(id: string, said: string, root: RootSecretEntry): string {
  const signature = createHmac('sha256', derivedKey(root, 'grant')).update(`${id}/${said}`);
  return `${said}.${signature.digest('base64url')}`;
}
