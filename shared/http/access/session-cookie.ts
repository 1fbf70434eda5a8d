import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AccessEntry, keyEntryId, type RootSecretEntry } from '../../domain/access/access-entry.ts';
import { type ApiKey, sha256Of } from '../../domain/access/api-key.ts';
import type { EndedCredentials } from '../../domain/access/ended-credentials.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { UnauthenticatedError } from '../../domain/base/errors.ts';
import { sha256 } from '../../domain/base/sha256.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import { publicPathOf } from '../wire/paths.ts';
import type { Caller } from './caller.ts';
import { derivedKey } from './derived-key.ts';

/**
 * A person signs in to the pages by API key, and gets a cookie: `<key id>.<mark of the
 * secret>.<end>.<nonce>.<signature>`. It is checked like the key, at every request: when the key is revoked or its
 * secret ends, so does the session. The nonce makes two sign-ins within a second two sessions, of which one can be
 * ended. Cookies of before have none.
 */

const sessionSeconds = 12 * 3600;
const shape = /^(([0-9A-Za-z]{12})\.([\w-]{16})\.(\d{1,12})(?:\.[\w-]{36})?)\.[\w-]{43}$/;

interface Signing {
  readonly root: RootSecretEntry;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * A browser takes such cookies only over https. It sends a `__Host-` cookie to this host alone, and to all of its
 * paths.
 */
const isSecure = ({ headers }: HttpRequest): boolean => headers['x-forwarded-proto'] === 'https';
function nameFor(request: HttpRequest): string {
  if (!isSecure(request)) return 'session';
  return publicPathOf(request) === '' ? '__Host-session' : '__Secure-session';
}
const attributesFor = (request: HttpRequest): string =>
  `Path=${publicPathOf(request) || '/'}; HttpOnly; SameSite=Lax${isSecure(request) ? '; Secure' : ''}`;

/** The `Set-Cookie` of a session that begins. @param nonce a UUID */
export function signInCookie(
  request: HttpRequest,
  { id, secret }: ApiKey,
  { root, now, nonce }: Signing & { readonly nonce: string },
): string {
  const end = Math.floor(now / 1000) + sessionSeconds;
  const session = signed(`${id}.${markOf(sha256Of(secret))}.${end}.${nonce}`, root);
  return `${nameFor(request)}=${session}; Max-Age=${sessionSeconds}; ${attributesFor(request)}`;
}

/** The `Set-Cookie` that ends a session. */
export const signOutCookie = (request: HttpRequest): string =>
  `${nameFor(request)}=; Max-Age=0; ${attributesFor(request)}`;

export const hasSession = (request: HttpRequest): boolean => sessionIn(request) !== undefined;

/**
 * The caller whose session is in the cookie.
 * @throws UnauthenticatedError, StoreUnavailableError
 */
export async function sessionCaller(
  request: HttpRequest,
  {
    entries,
    ended,
    ...signing
  }: Signing & { readonly entries: AccessStore; readonly ended: EndedCredentials },
): Promise<Caller> {
  const session = goodSession(request, signing);
  if (!session) throw new UnauthenticatedError('no session, or one that has ended');
  const { id, mark, text } = session;
  const { now } = signing;
  const entry = await entries.read(keyEntryId(id));
  if (entry?.kind !== 'key' || !isValid(entry, mark, now))
    throw new UnauthenticatedError(`the key ${id} of the session is not valid any more`);
  if (await ended.has(text)) throw new UnauthenticatedError('a session that was signed out from');
  return { tenant: entry.tenant, actor: `key:${id}`, rights: entry.rights };
}

/**
 * Ends the session in the cookie, and with it all copies of the cookie. A text that is no session costs no call.
 * @throws StoreUnavailableError
 */
export async function endSession(
  request: HttpRequest,
  { ended, ...signing }: Signing & { readonly ended: EndedCredentials },
): Promise<void> {
  const session = goodSession(request, signing);
  if (session) await ended.add(session.text, session.end);
}

/** The session in the cookie, by its signature and its end alone. */
function goodSession(request: HttpRequest, { root, now }: Signing) {
  const text = sessionIn(request) ?? '';
  const [, said = '', id = '', mark = '', end = '0'] = shape.exec(text) ?? [];
  const isGood = isSame(signed(said, root), text) && Number(end) * 1000 > now;
  return isGood ? { text, id, mark, end: Number(end) } : undefined;
}

/** API Gateway has taken the cookies out of the headers. */
function sessionIn(request: HttpRequest): string | undefined {
  const prefix = `${nameFor(request)}=`;
  const cookies = request.cookies ?? request.headers.cookie?.split(/; */) ?? [];
  return cookies.find((cookie) => cookie.startsWith(prefix))?.slice(prefix.length);
}

function isValid(entry: AccessEntry & { readonly kind: 'key' }, mark: string, now: number): boolean {
  const { revokedAt, expiresAt = Infinity, secrets } = entry;
  const hasSecret = secrets.some(
    ({ sha256, validUntil = Infinity }) => validUntil > now && markOf(sha256) === mark,
  );
  return revokedAt === undefined && expiresAt > now && hasSecret;
}

/** Tells the secrets of a key apart, and tells nothing of them. */
const markOf = (ofSecret: string): string => sha256(`session ${ofSecret}`).slice(0, 16);

const signed = (session: string, root: RootSecretEntry): string =>
  `${session}.${createHmac('sha256', derivedKey(root, 'cookie')).update(session).digest('base64url')}`;

function isSame(expected: string, shown: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(shown)];
  return one.length === other.length && timingSafeEqual(one, other);
}
