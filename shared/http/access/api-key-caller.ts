import { timingSafeEqual } from 'node:crypto';
import { type AccessEntry, type KeyEntry, keyEntryId } from '../../domain/access/access-entry.ts';
import { type ApiKey, readApiKey, sha256Of } from '../../domain/access/api-key.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { UnauthenticatedError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import type { Caller } from './caller.ts';

interface KeyDependencies {
  readonly entries: AccessStore;
  /** Epoch milliseconds. */
  readonly now: number;
}

const bearer = /^Bearer +(\S+)$/i;

/** Compared with where there is no key, so that this takes as long as with one. */
const dummyHash = sha256Of('');

/**
 * The caller whose API key is in the `Authorization` header. A text that is no key, or has a wrong checksum, costs no
 * read.
 * @throws UnauthenticatedError, StoreUnavailableError
 */
export async function apiKeyCaller(
  { headers }: Pick<HttpRequest, 'headers'>,
  { entries, now }: KeyDependencies,
): Promise<Caller> {
  const [, text = ''] = bearer.exec(headers.authorization?.trim() ?? '') ?? [];
  const key = readApiKey(text);
  if (!key) throw new UnauthenticatedError(text === '' ? 'no API key' : 'not an API key');
  const entry = await entries.read(keyEntryId(key.id));
  const reason = reasonToRefuse(entry, key, now);
  if (reason !== undefined || entry?.kind !== 'key')
    throw new UnauthenticatedError(`API key ${key.id}: ${reason}`);
  const { tenant, rights, expiresAt } = entry;
  return { tenant, actor: `key:${key.id}`, rights, key: { id: key.id, expiresAt } };
}

/** Makes all comparisons before it decides. */
function reasonToRefuse(entry: AccessEntry | undefined, key: ApiKey, now: number): string | undefined {
  const known = entry?.kind === 'key' ? entry : undefined;
  const isSecret = hasSecret(known, key, now);
  if (!known) return 'unknown';
  if (!isSecret) return 'wrong secret';
  if (known.revokedAt !== undefined) return 'revoked';
  if (known.expiresAt !== undefined && known.expiresAt <= now) return 'expired';
  return undefined;
}

function hasSecret(entry: KeyEntry | undefined, key: ApiKey, now: number): boolean {
  const sent = Buffer.from(sha256Of(key.secret));
  const valid = (entry?.secrets ?? []).filter(
    ({ validUntil }) => validUntil === undefined || validUntil > now,
  );
  const hashes = valid.length > 0 ? valid.map(({ sha256 }) => sha256) : [dummyHash];
  const matches = hashes.map((hash) => timingSafeEqual(Buffer.from(hash), sent));
  return valid.length > 0 && matches.includes(true);
}
