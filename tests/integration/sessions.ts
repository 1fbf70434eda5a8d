import { randomUUID } from 'node:crypto';
import type { ApiKey } from '../../shared/domain/access/api-key.ts';
import { signInCookie } from '../../shared/http/access/session-cookie.ts';
import { aRequest } from '../set-ups/samples.ts';
import { randomKey } from '../system/local-tables.ts';
import type { AttackedSystem, HttpCall } from './attacked-system.ts';

export const withCookie = (call: HttpCall, cookie: string): HttpCall => ({
  ...call,
  headers: { ...call.headers, cookie },
});

/** The cookie of a session, as a browser sends it over http. */
export async function sessionOf(
  system: AttackedSystem,
  key: ApiKey,
  over: Partial<Parameters<typeof signInCookie>[2]> = {},
): Promise<string> {
  const signing = { root: await system.root(), now: Date.now(), nonce: randomUUID(), ...over };
  return signInCookie(aRequest({ headers: {} }), key, signing).split(';')[0] ?? '';
}

interface BadSession {
  readonly name: string;
  /** Reads of the access table that it costs, if no function has seen its key. */
  readonly reads: 0 | 1;
  readonly cookie: (system: AttackedSystem) => Promise<string>;
}

const hour = 3600_000;

/** A session that would be good, with a part of it changed. */
const tampered =
  (change: (parts: readonly string[]) => readonly string[]) =>
  async (system: AttackedSystem): Promise<string> => {
    const { key } = await system.newKey();
    const session = (await sessionOf(system, key)).replace('session=', '');
    return `session=${change(session.split('.')).join('.')}`;
  };
const replaced = (at: number, by: (part: string) => string) =>
  tampered((parts) => parts.map((part, index) => (index === at ? by(part) : part)));

/** Every cookie that is no session. */
export const badSessions: readonly BadSession[] = [
  { name: 'an empty session', reads: 0, cookie: async () => 'session=' },
  { name: 'a session that is none', reads: 0, cookie: async () => 'session=a.b.c.d' },
  {
    name: 'a key for a session',
    reads: 0,
    cookie: async (system) => `session=${(await system.newKey()).text}`,
  },
  { name: "another key's id", reads: 0, cookie: replaced(0, () => randomKey().id) },
  { name: 'another mark', reads: 0, cookie: replaced(1, (mark) => [...mark].reverse().join('')) },
  { name: 'a later end', reads: 0, cookie: replaced(2, (end) => String(Number(end) + 1)) },
  { name: 'a truncated signature', reads: 0, cookie: replaced(4, (signature) => signature.slice(0, -1)) },
  { name: 'another nonce', reads: 0, cookie: replaced(3, () => randomUUID()) },
  { name: 'no signature', reads: 0, cookie: replaced(4, () => '') },
  { name: 'something after its end', reads: 0, cookie: tampered((parts) => [...parts, 'more']) },
  {
    name: 'a session forged with another secret',
    reads: 0,
    cookie: async (system) => {
      const root = await system.root();
      return sessionOf(system, (await system.newKey()).key, {
        root: { ...root, secret: 'x'.repeat(43) },
      });
    },
  },
  {
    name: 'a session of another version',
    reads: 0,
    cookie: async (system) => {
      const root = await system.root();
      const versions = { ...root.versions, cookie: 7 };
      return sessionOf(system, (await system.newKey()).key, { root: { ...root, versions } });
    },
  },
  {
    name: 'a session that has ended',
    reads: 0,
    cookie: async (system) => sessionOf(system, (await system.newKey()).key, { now: Date.now() - 13 * hour }),
  },
  { name: 'the session of an unknown key', reads: 1, cookie: (system) => sessionOf(system, randomKey()) },
  {
    name: 'the session of an older secret',
    reads: 1,
    cookie: async (system) => {
      const { key } = await system.newKey();
      return sessionOf(system, { ...key, secret: randomKey().secret });
    },
  },
  {
    name: 'the session of a revoked key',
    reads: 1,
    cookie: async (system) => sessionOf(system, (await system.newKey({ revokedAt: 1 })).key),
  },
  {
    name: 'the session of an expired key',
    reads: 1,
    cookie: async (system) => sessionOf(system, (await system.newKey({ expiresAt: 1 })).key),
  },
];
