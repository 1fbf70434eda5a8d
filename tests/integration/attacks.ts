import { generateKeyPair } from 'jose';
import {
  type LinksEntry,
  type Right,
  type RootSecretEntry,
  rights,
} from '../../shared/domain/access/access-entry.ts';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { type AskedByLink, signLink } from '../../shared/domain/access/signal-link.ts';
import { grantFor } from '../../shared/http/access/grant.ts';
import type { TokenIssuer } from '../stand-ins/token-issuer.ts';
import { randomKey } from '../system/local-tables.ts';
import type { AttackedSystem } from './attacked-system.ts';

interface BadCredential {
  readonly name: string;
  /** Reads of the access table that it costs, if no function has seen the key. */
  readonly reads: 0 | 1;
  /** The `Authorization` header. Each call makes a key that no function has seen. */
  readonly header: (system: AttackedSystem) => Promise<string | undefined>;
}

const otherCharacter = (text: string) => (text.endsWith('A') ? 'B' : 'A');
const fresh =
  (over: Parameters<AttackedSystem['newKey']>[0] = {}) =>
  async (system: AttackedSystem) =>
    `Bearer ${(await system.newKey(over)).text}`;

/** Every credential that is answered with 401. */
export const badCredentials: readonly BadCredential[] = [
  { name: 'no credential', reads: 0, header: async () => undefined },
  { name: 'an empty credential', reads: 0, header: async () => 'Bearer ' },
  { name: 'a malformed key', reads: 0, header: async () => 'Bearer sjw_a_key' },
  { name: 'another scheme', reads: 0, header: async (system) => `Basic ${(await system.newKey()).text}` },
  {
    name: 'an unsigned token',
    reads: 0,
    header: async () =>
      `Bearer ${[{ alg: 'none' }, { sub: 'a tenant', scope: 'jobs:read jobs:submit jobs:control jobs:erase' }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')}.`,
  },
  {
    name: 'a bad checksum',
    reads: 0,
    header: async (system) => {
      const { text } = await system.newKey();
      return `Bearer ${text.slice(0, -1)}${otherCharacter(text)}`;
    },
  },
  { name: 'an unknown key', reads: 1, header: async () => `Bearer ${writeApiKey(randomKey())}` },
  {
    name: 'a wrong secret',
    reads: 1,
    header: async (system) => {
      const { key } = await system.newKey();
      return `Bearer ${writeApiKey({ ...key, secret: randomKey().secret })}`;
    },
  },
  { name: 'a revoked key', reads: 1, header: fresh({ revokedAt: 1 }) },
  { name: 'an expired key', reads: 1, header: fresh({ expiresAt: 1 }) },
];

/** The claims of a token of this tenant with these rights. */
export const tokenOf = (tenant: string, held: readonly Right[]) => ({
  sub: tenant,
  scope: held.map((right) => `jobs:${right}`).join(' '),
});

/** Headers that make nobody a caller of a system that takes tokens. */
export async function forgedTokens(
  issuer: TokenIssuer,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const claims = tokenOf('the-owner', rights);
  const foreign = await generateKeyPair('ES256');
  const { sub: tenant, scope: scopes } = claims;
  const handedOn = { lambda: { tenant, subject: tenant, scopes }, jwt: { claims, scopes: null } };
  const shown = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    "a token of somebody's own key": shown(await issuer.token(claims, { key: foreign.privateKey })),
    'a token whose secret is the public key': shown(
      await issuer.token(claims, {
        key: Buffer.from(JSON.stringify(issuer.publicKey)),
        header: { alg: 'HS256' },
      }),
    ),
    'a token for another audience': shown(await issuer.token({ ...claims, aud: 'another' })),
    'a token that has expired': shown(await issuer.token({ ...claims, exp: 1 })),
    // The local stand-in of API Gateway would believe it.
    'what an authorizer would hand on': {
      authorization: 'Bearer nothing',
      'sls-offline-authorizer-override': JSON.stringify(handedOn),
    },
  };
}

export const allRightsBut = (right: Right): Right[] => rights.filter((other) => other !== right);

/** Grants that show no job. */
export function badGrants(victim: string, root: RootSecretEntry): readonly (readonly [string, string])[] {
  const now = Date.now();
  const yearMs = 365 * 24 * 3600 * 1000;
  const job = { id: victim, createdAt: now, updatedAt: now };
  const grant = (over: Partial<typeof job> = {}, by = root) =>
    grantFor({ ...job, ...over }, { root: by, retentionDays: 30 });
  const [day = '', created = '', signature = ''] = grant().split('.');
  return [
    ['for another job', grant({ id: '00000000-0000-4000-8000-000000000001' })],
    ['forged with another secret', grant({}, { ...root, secret: 'x'.repeat(43) })],
    ['of an older version', grant({}, { ...root, versions: { ...root.versions, grant: 7 } })],
    ['expired', grant({ createdAt: now - yearMs, updatedAt: now - yearMs })],
    ['with a later day', `${Number(day) + 1}.${created}.${signature}`],
    ['with another creation', `${day}.${(now - 1).toString(36)}.${signature}`],
    ['without the creation', `${day}.${signature}`],
    ['truncated', grant().slice(0, -1)],
    ['without a signature', `${day}.${created}.`],
    ['empty', ''],
  ];
}

/** What may be answered of the victim that asks. */
export const askedOf = (victim: string): AskedByLink => ({ id: victim, name: 'approve', key: 'approve' });

/** Links for an answer that allow none. `createdAt`: of the victim. */
export function badLinks(
  victim: string,
  {
    links,
    root,
    createdAt,
  }: { readonly links: LinksEntry; readonly root: RootSecretEntry; readonly createdAt: number },
): readonly (readonly [string, string])[] {
  const terms = { createdAt, expiresAt: Date.now() + 3600_000 };
  const link = (over: Partial<AskedByLink> = {}, by: Pick<LinksEntry, 'secret'> = links) =>
    signLink({ ...askedOf(victim), ...over }, terms, by);
  const [end = '', created = '', signature = ''] = link().split('.');
  return [
    ["of another tenant's job", link({ id: '00000000-0000-4000-8000-000000000001' })],
    ['for another signal', link({ name: 'refuse' })],
    ['for another wait', link({ key: 'turn-1' })],
    ['about something else', link({ about: 'another matter' })],
    ['forged with another secret', link({}, { secret: 'x'.repeat(43) })],
    ['forged with the root secret', link({}, root)],
    ['with a later end', `${end}z.${created}.${signature}`],
    ['with another creation', `${end}.${(createdAt - 1).toString(36)}.${signature}`],
    ['truncated', link().slice(0, -1)],
    ['without a signature', `${end}.${created}.`],
    [
      'that is the grant of the job',
      grantFor({ id: victim, createdAt, updatedAt: createdAt }, { root, retentionDays: 30 }),
    ],
    ['empty', ''],
  ];
}
