import { describe, expect, test } from '@jest/globals';
import {
  type KeyEntry,
  keyEntryId,
  linksId,
  type Right,
  rights,
  roleEntryId,
  rootSecretId,
} from '../../../../../shared/domain/access/access-entry.ts';
import { sha256Of, writeApiKey } from '../../../../../shared/domain/access/api-key.ts';
import { type AuthMode, twoDoors } from '../../../../../shared/domain/access/auth-mode.ts';
import { signLink } from '../../../../../shared/domain/access/signal-link.ts';
import {
  ForbiddenError,
  JobNotFoundError,
  LinkSecretMissingError,
  UnauthenticatedError,
} from '../../../../../shared/domain/base/errors.ts';
import { apiKeyCaller } from '../../../../../shared/http/access/api-key-caller.ts';
import { checkAccess } from '../../../../../shared/http/access/check-access.ts';
import { grantFor } from '../../../../../shared/http/access/grant.ts';
import { iamCaller } from '../../../../../shared/http/access/iam-caller.ts';
import { jwtCaller } from '../../../../../shared/http/access/jwt-caller.ts';
import type { HttpRequest } from '../../../../../shared/http/wire/http-types.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import {
  aKey,
  aKeyEntry,
  aLinksEntry,
  anAccess,
  aRoleEntry,
  aRootSecretEntry,
} from '../../../../set-ups/access.ts';
import { aKeyedRequest, anId, aQueuedItem, aRequest, dayMs, jobId } from '../../../../set-ups/samples.ts';

const key = aKey();
const text = writeApiKey(key);

const known = { tenant: 'its tenant', actor: `key:${aKey().id}`, rights: ['read'] };
const old = { sha256: sha256Of(key.secret), validUntil: t0 + 1 };
const other = { sha256: sha256Of('another secret') };

describe('apiKeyCaller', () => {
  async function callerOf(authorization: string | undefined, over: Partial<KeyEntry> = {}) {
    const store = new InMemoryAccessStore();
    store.put(aKeyEntry(key, { tenant: 'its tenant', rights: ['read'], ...over }));
    const headers = authorization === undefined ? {} : { authorization };
    const caller = await apiKeyCaller({ headers }, { entries: store, now: t0 }).catch(
      (error: Error) => error,
    );
    return { caller, reads: store.reads };
  }

  test.each<[string, string, Partial<KeyEntry>]>([
    ['a key', `Bearer ${text}`, {}],
    ['a key, with the scheme in lower case', `bearer ${text}`, {}],
    ['a key, with more space', ` Bearer   ${text} `, {}],
    ['a key that has not expired', `Bearer ${text}`, { expiresAt: t0 + 1 }],
    ['the old secret of a rotated key, while it is valid', `Bearer ${text}`, { secrets: [other, old] }],
    ['the new secret of a rotated key', `Bearer ${text}`, { secrets: [{ sha256: old.sha256 }, other] }],
  ])('knows the caller by %s, with one read', async (_what, authorization, over) => {
    const shown = { ...known, key: { id: key.id, expiresAt: over.expiresAt } };
    expect(await callerOf(authorization, over)).toEqual({ caller: shown, reads: [keyEntryId(key.id)] });
  });

  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', `Basic ${text}`],
    ['no scheme', text],
    ['no key', 'Bearer '],
    ['two keys', `Bearer ${text}, Bearer ${text}`],
    ['a wrong checksum', `Bearer ${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`],
    ['a part of a key', `Bearer ${text.slice(0, -1)}`],
    ['a key and more', `Bearer ${text}A`],
    ['another prefix', `Bearer ${text.replace('sjw', 'sjx')}`],
    ['a long text', `Bearer ${'a'.repeat(100_000)}`],
  ])('refuses %s, without a read', async (_what, authorization) => {
    const { caller, reads } = await callerOf(authorization);
    expect(caller).toBeInstanceOf(UnauthenticatedError);
    expect(reads).toEqual([]);
  });

  const wrongSecret = writeApiKey({ ...key, secret: 'b'.repeat(43) });
  test.each<[string, string, Partial<KeyEntry>]>([
    ['unknown', writeApiKey(aKey('z')), {}],
    ['wrong secret', wrongSecret, {}],
    ['wrong secret', wrongSecret, { revokedAt: t0 - 1 }],
    ['wrong secret', text, { secrets: [other] }],
    ['wrong secret', text, { secrets: [{ ...old, validUntil: t0 }] }],
    [
      'wrong secret',
      writeApiKey({ ...key, secret: '0'.repeat(43) }),
      { secrets: [{ ...old, validUntil: 0 }] },
    ],
    ['revoked', text, { revokedAt: t0 + 1_000 }],
    ['expired', text, { expiresAt: t0 }],
  ])('refuses a key with one read, and says in the error alone: %s', async (why, sent, over) => {
    const { caller, reads } = await callerOf(`Bearer ${sent}`, over);
    expect(caller).toBeInstanceOf(UnauthenticatedError);
    expect(caller).toHaveProperty('message', expect.stringMatching(new RegExp(`^API key \\w{12}: ${why}$`)));
    expect(reads).toHaveLength(1);
  });

  test('refuses the entry of something else under the id of a key', async () => {
    const store = new InMemoryAccessStore();
    store.entries.set(keyEntryId(key.id), aRoleEntry('a-role'));
    const calling = apiKeyCaller(
      { headers: { authorization: `Bearer ${text}` } },
      { entries: store, now: t0 },
    );
    await expect(calling).rejects.toThrow(UnauthenticatedError);
  });
});

const sts = 'arn:aws:sts::000000000000';

describe('iamCaller', () => {
  async function callerOf(authorizer: unknown) {
    const store = new InMemoryAccessStore();
    store.put(aRoleEntry('a-role', { tenant: 'its tenant', rights: ['submit'] }));
    store.entries.set(roleEntryId('a-key'), aKeyEntry());
    const caller = await iamCaller(aRequest({ authorizer }), store).catch((error: Error) => error);
    return { caller, reads: store.reads };
  }
  const byArn = (userArn: unknown) => callerOf({ iam: { userArn } });

  test.each([
    ['a session', `${sts}:assumed-role/a-role/a-session`],
    ['another session', `${sts}:assumed-role/a-role/somebody@example.com`],
    ["a session with another role's name", `${sts}:assumed-role/a-role/another-role`],
  ])('knows a role by its name alone: %s', async (_what, arn) => {
    expect(await byArn(arn)).toEqual({
      caller: { tenant: 'its tenant', actor: `role:a-role/${arn.split('/').at(-1)}`, rights: ['submit'] },
      reads: [roleEntryId('a-role')],
    });
  });

  test.each([
    ['a role that is not registered', `${sts}:assumed-role/another-role/a-session`],
    ['a role whose session has the name of a registered one', `${sts}:assumed-role/another-role/a-role`],
    ['a role whose name differs in case', `${sts}:assumed-role/A-role/a-session`],
    ['the entry of a key under the name of a role', `${sts}:assumed-role/a-key/a-session`],
  ])('refuses %s', async (_what, arn) => {
    expect((await byArn(arn)).caller).toBeInstanceOf(ForbiddenError);
  });

  test.each([
    ['an IAM user', 'arn:aws:iam::000000000000:user/a-role'],
    ['a user with a path', 'arn:aws:iam::000000000000:user/assumed-role/a-role/a'],
    ['a role that was not assumed', 'arn:aws:iam::000000000000:role/a-role'],
    ['the root user', 'arn:aws:iam::000000000000:root'],
    ['a federated user', `${sts}:federated-user/a-role`],
    ['a role of another account', 'arn:aws:sts::000000000001:assumed-role/a-role/a-session'],
    ['a path in the name', `${sts}:assumed-role/path/a-role/a-session`],
    ['no session', `${sts}:assumed-role/a-role`],
    ['no role', `${sts}:assumed-role//a-session`],
    ['another service', 'arn:aws:s3::000000000000:assumed-role/a-role/a-session'],
    ['a text before the ARN', ` ${sts}:assumed-role/a-role/a-session`],
    ['another line after the ARN', `${sts}:assumed-role/a-role/a-session\nx`],
  ])('refuses %s without a read', async (_what, arn) => {
    const { caller, reads } = await byArn(arn);
    expect(caller).toBeInstanceOf(ForbiddenError);
    expect(reads).toEqual([]);
  });

  test.each([
    ['no authorizer', undefined],
    ['an authorizer that is null', null],
    ['no ARN', { iam: {} }],
    ['an empty ARN', { iam: { userArn: '' } }],
    ['an ARN that is no text', { iam: { userArn: 7 } }],
    ['a token', { jwt: { claims: { sub: 'a tenant' }, scopes: null } }],
  ])('takes a request with %s for one that nobody has checked', async (_what, authorizer) => {
    const { caller, reads } = await callerOf(authorizer);
    expect(caller).toBeInstanceOf(UnauthenticatedError);
    expect(reads).toEqual([]);
  });
});

describe('jwtCaller', () => {
  const callerOf = (claims: unknown, scopes: unknown = null, tenantClaim = 'sub') =>
    jwtCaller(aRequest({ authorizer: { jwt: { claims, scopes } } }), tenantClaim);

  test.each<[string, unknown, unknown, readonly string[]]>([
    ['scopes that API Gateway has checked', {}, ['jobs:submit', 'jobs:read'], ['submit', 'read']],
    ['the claim scope', { scope: 'openid jobs:read jobs:control' }, null, ['read', 'control']],
    ['the claim scope, without checked scopes', { scope: 'jobs:read' }, undefined, ['read']],
    ['both', { scope: 'jobs:read' }, ['jobs:submit'], ['submit', 'read']],
    [
      'the claim scp, a list as API Gateway writes it',
      { scp: '[jobs:admin jobs:read]' },
      null,
      ['read', 'admin'],
    ],
    ['the claim scp, a list', { scp: ['jobs:operate', 7] }, null, ['operate']],
    ['no scope', {}, null, []],
    ['scopes of something else', { scope: 'submit read Jobs:read jobs:reads xjobs:read jobs:' }, ['x'], []],
    ['a scope claim of another kind', { scope: { 'jobs:read': true } }, null, []],
  ])('takes rights from %s', (_what, claims, scopes, rights) => {
    const actor = 'subject:a tenant';
    expect(callerOf({ sub: 'a tenant', ...Object(claims) }, scopes)).toEqual({
      tenant: 'a tenant',
      actor,
      rights,
    });
  });

  test('takes the tenant from the claim that the stage names, and from no other', () => {
    expect(callerOf({ sub: 'a person', org: 'a company' }, null, 'org').tenant).toBe('a company');
    expect(() => callerOf({ sub: 'a person' }, null, 'org')).toThrow(UnauthenticatedError);
  });

  test.each([
    ['missing', {}],
    ['empty', { sub: '' }],
    ['null', { sub: null }],
    ['a number', { sub: 7 }],
    ['a list', { sub: ['a tenant'] }],
    ['an object', { sub: { sub: 'a tenant' } }],
    ['inherited', Object.create({ sub: 'a tenant' })],
  ])('refuses a token whose tenant claim is %s', (_what, claims) => {
    expect(() => callerOf(claims, ['jobs:read'])).toThrow(UnauthenticatedError);
  });

  test.each([
    ['no authorizer', undefined],
    ['an authorizer that is null', null],
    ['no token', { jwt: null }],
    ['no claims', { jwt: { scopes: ['jobs:read'] } }],
    ['another authorizer', { lambda: { sub: 'a tenant' } }],
    ['a signature', { iam: { userArn: 'arn:aws:sts::000000000000:assumed-role/a-role/s' } }],
  ])('refuses a request with %s', (_what, authorizer) => {
    expect(() => jwtCaller(aRequest({ authorizer }), 'sub')).toThrow(UnauthenticatedError);
  });

  test('does not read the Authorization header: API Gateway has not checked it', () => {
    const request = aRequest({ headers: { authorization: 'Bearer e30.eyJzdWIiOiJhIn0.' } });
    expect(() => jwtCaller(request, 'sub')).toThrow(UnauthenticatedError);
  });
});

const tenant = 'a tenant';
const sessionArn = 'arn:aws:sts::000000000000:assumed-role/a-role/a-session';
const requestWith: Readonly<Record<'apiKey' | 'jwt' | 'iam', (given: readonly Right[]) => HttpRequest>> = {
  apiKey: () => aKeyedRequest(aKey()),
  jwt: (given) =>
    aRequest({ authorizer: { jwt: { claims: { sub: tenant }, scopes: given.map((one) => `jobs:${one}`) } } }),
  iam: () => aRequest({ authorizer: { iam: { userArn: sessionArn } } }),
};

/** The access of a stage in which the key, the role and the token of the tenant have these rights. */
function accessWith(mode: AuthMode, given: readonly Right[] = rights) {
  const { deps, store, clock } = anAccess(mode);
  store.put(aKeyEntry(aKey(), { rights: [...given] }), aRoleEntry('a-role', { rights: [...given] }));
  return { deps, store, clock };
}

const goodGrant = grantFor(aQueuedItem(), { root: aRootSecretEntry(), retentionDays: 15 });
const withGrant = (grant: string, over: Parameters<typeof aRequest>[0] = {}) =>
  aRequest({ pathParameters: { id: jobId }, queryStringParameters: { grant }, ...over });

const linkTerms = { createdAt: aQueuedItem().createdAt, expiresAt: Math.ceil(t0 / 1000 + 60) * 1000 };
const goodLink = signLink({ id: jobId, name: 'approve', key: 'approve' }, linkTerms, aLinksEntry());
const withLink = (link: string, over: Parameters<typeof aRequest>[0] = {}) =>
  aRequest({
    pathParameters: { id: jobId, signal: 'approve' },
    rawQueryString: new URLSearchParams({ link }).toString(),
    ...over,
  });

/** What API Gateway hands on of the answer of functions/authorize. */
const verified = (over: object) => ({ lambda: { tenant, subject: 'somebody', scopes: '', ...over } });
const scopesFor = (given: readonly Right[]) => given.map((right) => `jobs:${right}`).join(' ');

/** Each way to show a credential, with the mode in which it is one. */
const doors: readonly (readonly [string, AuthMode, (given: readonly Right[]) => HttpRequest])[] = [
  ...(['apiKey', 'jwt', 'iam'] as const).map((mode) => [mode, mode, requestWith[mode]] as const),
  ['apiKey,jwt, by a key', twoDoors, requestWith.apiKey],
  [
    'apiKey,jwt, by a token',
    twoDoors,
    (given) => aRequest({ authorizer: verified({ scopes: scopesFor(given) }) }),
  ],
];

describe('check access', () => {
  describe.each(doors)('in the mode %s', (_name, mode, show) => {
    test.each(rights)('the right %s is for the routes that ask for it, and for no other', async (right) => {
      const only = accessWith(mode, [right]);
      const request = show([right]);
      expect(await checkAccess(request, right, only.deps)).toMatchObject({ tenant, rights: [right] });
      expect(await checkAccess(request, 'caller', only.deps)).toMatchObject({ tenant, rights: [right] });
      for (const other of rights.filter((one) => one !== right))
        await expect(checkAccess(request, other, only.deps)).rejects.toThrow(ForbiddenError);
    });

    test('a request without a credential is refused', async () => {
      for (const access of ['read', 'caller'] as const)
        await expect(checkAccess(aRequest(), access, accessWith(mode).deps)).rejects.toThrow(
          UnauthenticatedError,
        );
    });
  });

  describe('in the mode apiKey,jwt', () => {
    test('the token counts if there is a key, too', async () => {
      const { deps, store } = accessWith(twoDoors);
      const authorizer = verified({ tenant: 'of the token', scopes: 'jobs:read' });
      const request = { ...requestWith.apiKey(rights), ...aRequest({ authorizer }) };
      expect(await checkAccess(request, 'read', deps)).toMatchObject({ tenant: 'of the token' });
      expect(store.reads).toEqual([]);
    });

    test.each([
      ['nothing', { lambda: {} }],
      ['null', { lambda: null }],
      ['no tenant', verified({ tenant: undefined, scopes: scopesFor(rights) })],
      ['no scopes', verified({ scopes: undefined })],
      [
        'claims that our function has not verified',
        { jwt: { claims: { sub: tenant, scope: scopesFor(rights) } } },
      ],
    ])('refuses who has no key, and of the authorizer %s', async (_what, authorizer) => {
      const { deps, store } = accessWith(twoDoors);
      await expect(checkAccess(aRequest({ authorizer }), 'caller', deps)).rejects.toThrow(
        UnauthenticatedError,
      );
      expect(store.reads).toEqual([]);
    });
  });

  test('in the mode none everybody is the tenant public, with all rights', async () => {
    const { deps, store } = accessWith('none');
    for (const right of rights)
      expect(await checkAccess(aRequest(), right, deps)).toEqual({
        tenant: 'public',
        actor: 'anybody',
        rights,
      });
    expect(store.reads).toEqual([]);
  });

  test('a function without pages lets no person in, not even one with a key', async () => {
    const { deps } = accessWith('apiKey');
    const request = aKeyedRequest(aKey());
    for (const access of ['page read', 'grant or read', 'link or signal'] as const) {
      await expect(checkAccess(request, access, { ...deps, people: undefined })).rejects.toThrow(
        UnauthenticatedError,
      );
      expect(await checkAccess(request, access, deps)).toMatchObject({ tenant });
    }
  });

  test('an open route asks for nothing', async () => {
    const { deps, store } = accessWith('apiKey');
    expect(await checkAccess(aRequest(), 'open', deps)).toBeUndefined();
    expect(store.reads).toEqual([]);
  });

  describe.each(['apiKey', 'jwt', twoDoors, 'iam', 'none'] as const)(
    'a route for a grant, in the mode %s',
    (mode) => {
      test('lets in the holder of the grant for the job', async () => {
        const { deps, store } = accessWith(mode);
        expect(await checkAccess(withGrant(goodGrant), 'grant or read', deps)).toEqual({
          kind: 'grant',
          createdAt: aQueuedItem().createdAt,
        });
        expect(store.reads).toEqual([rootSecretId]);
      });

      test('hides the job from the holder of another grant', async () => {
        const { deps } = accessWith(mode);
        const otherJob = withGrant(goodGrant, { pathParameters: { id: anId(1) } });
        for (const request of [withGrant(goodGrant.slice(0, -1)), withGrant(''), otherJob])
          await expect(checkAccess(request, 'grant or read', deps)).rejects.toThrow(
            new JobNotFoundError('There is no job of this id.'),
          );
      });
    },
  );

  describe.each(['apiKey', 'jwt', twoDoors, 'iam', 'none'] as const)(
    'a route for a link, in the mode %s',
    (mode) => {
      test('lets in the holder of the link, wherever the form comes from', async () => {
        const { deps, store } = accessWith(mode);
        const request = withLink(goodLink, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } });
        const answerer = { kind: 'link', ...linkTerms };
        expect(await checkAccess(request, 'link or signal', deps)).toEqual(answerer);
        expect(store.reads).toEqual([linksId]);
      });

      test('tells a holder who comes too late', async () => {
        const { deps, clock } = accessWith(mode);
        await clock.advance(dayMs);
        expect(await checkAccess(withLink(goodLink), 'link or signal', deps)).toEqual({
          kind: 'expired link',
        });
      });

      test('hides the job from the holder of another link, or of a grant', async () => {
        const { deps } = accessWith(mode);
        const others = [
          withLink(goodLink.slice(0, -1)),
          withLink(''),
          withLink(goodGrant),
          withLink(goodLink, { pathParameters: { id: anId(1), signal: 'approve' } }),
          withLink(goodLink, { pathParameters: { id: jobId, signal: 'refuse' } }),
          withLink(goodLink, { rawQueryString: `link=${goodLink}&key=turn-1` }),
          withLink(goodLink, { rawQueryString: `link=${goodLink}&about=another` }),
        ];
        for (const request of others)
          await expect(checkAccess(request, 'link or signal', deps)).rejects.toThrow(JobNotFoundError);
      });

      test('shows no job to the holder of a link to answer it', async () => {
        const { deps } = accessWith(mode);
        const asGrant = checkAccess(withGrant(goodLink), 'grant or read', deps);
        await expect(asGrant).rejects.toThrow(JobNotFoundError);
      });
    },
  );

  describe('a route for a link', () => {
    test('takes an API key instead, which must have the right to answer', async () => {
      const { deps } = accessWith('apiKey', ['signal']);
      const caller = { kind: 'caller', tenant, actor: `key:${aKey().id}` };
      expect(await checkAccess(aKeyedRequest(aKey()), 'link or signal', deps)).toMatchObject(caller);
      const { headers } = aKeyedRequest(aKey());
      expect(await checkAccess(withLink('no link', { headers }), 'link or signal', deps)).toMatchObject(
        caller,
      );
      const poor = accessWith(
        'apiKey',
        rights.filter((right) => right !== 'signal'),
      );
      const refused = checkAccess(aKeyedRequest(aKey()), 'link or signal', poor.deps);
      await expect(refused).rejects.toThrow(ForbiddenError);
      await expect(checkAccess(aRequest(), 'link or signal', deps)).rejects.toThrow(UnauthenticatedError);
    });

    test('says that the stage is not set up if it has no secret for links', async () => {
      const { deps, store } = accessWith('apiKey');
      store.entries.delete(linksId);
      const answering = checkAccess(withLink(goodLink), 'link or signal', deps);
      await expect(answering).rejects.toThrow(LinkSecretMissingError);
    });
  });

  describe('a route for a grant', () => {
    test('hides the job after the grant has expired', async () => {
      const { deps, clock } = anAccess();
      await clock.advance(31 * dayMs);
      await expect(checkAccess(withGrant(goodGrant), 'grant or read', deps)).rejects.toThrow(
        JobNotFoundError,
      );
    });

    test.each(['apiKey', 'jwt', 'iam'] as const)('takes an API key instead, in the mode %s', async (mode) => {
      const { deps } = accessWith(mode, ['read']);
      const viewer = {
        kind: 'caller',
        tenant,
        actor: `key:${aKey().id}`,
        rights: ['read'],
        key: { id: aKey().id },
      };
      expect(await checkAccess(aKeyedRequest(aKey()), 'grant or read', deps)).toEqual(viewer);
      const { headers } = aKeyedRequest(aKey());
      expect(await checkAccess(withGrant('no grant', { headers }), 'grant or read', deps)).toEqual(viewer);
    });

    test.each(['jwt', 'iam'] as const)('takes no other credential in the mode %s', async (mode) => {
      const access = checkAccess(requestWith[mode](rights), 'grant or read', accessWith(mode).deps);
      await expect(access).rejects.toThrow(UnauthenticatedError);
    });

    test('refuses an API key without the right to read, and a request with neither', async () => {
      const { deps } = accessWith('apiKey', ['submit', 'control', 'admin', 'operate']);
      await expect(checkAccess(aKeyedRequest(aKey()), 'grant or read', deps)).rejects.toThrow(ForbiddenError);
      await expect(checkAccess(aRequest(), 'grant or read', deps)).rejects.toThrow(UnauthenticatedError);
    });

    test('is for everybody in the mode none, as the tenant public', async () => {
      const viewer = await checkAccess(aRequest(), 'grant or read', accessWith('none').deps);
      expect(viewer).toEqual({ kind: 'caller', tenant: 'public', actor: 'anybody', rights });
    });
  });
});
