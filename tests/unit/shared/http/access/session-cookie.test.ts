import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { KeyEntry, RootSecretEntry } from '../../../../../shared/domain/access/access-entry.ts';
import { sha256Of } from '../../../../../shared/domain/access/api-key.ts';
import {
  type EndedCredentials,
  endedCredentialsIn,
} from '../../../../../shared/domain/access/ended-credentials.ts';
import {
  ForbiddenError,
  StoreUnavailableError,
  UnauthenticatedError,
} from '../../../../../shared/domain/base/errors.ts';
import { derivedKey } from '../../../../../shared/http/access/derived-key.ts';
import { requireSameOrigin } from '../../../../../shared/http/access/same-origin.ts';
import {
  endSession,
  hasSession,
  sessionCaller,
  signInCookie,
  signOutCookie,
} from '../../../../../shared/http/access/session-cookie.ts';
import type { HttpRequest } from '../../../../../shared/http/wire/http-types.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { InMemoryRecords } from '../../../../../testkit/fakes/in-memory-records.ts';
import { aKey, aKeyEntry, aRootSecretEntry } from '../../../../set-ups/access.ts';
import { aRequest } from '../../../../set-ups/samples.ts';

const root = aRootSecretEntry();
const hourMs = 3_600_000;
const nonce = '00000000-0000-4000-8000-00000000000a';
const http = { headers: { host: '127.0.0.1:3000' } };

/** What a browser sends after it got this `Set-Cookie`. */
const cookieOf = (setCookie: string): string => setCookie.split(';')[0] ?? '';
const signedIn = (over = {}): string =>
  cookieOf(signInCookie(aRequest(over), aKey(), { root, now: t0, nonce }));

function endedOnes() {
  const records = new InMemoryRecords();
  return { ended: endedCredentialsIn(records), items: records.items };
}

interface Situation {
  readonly cookie?: string;
  readonly entry?: Partial<KeyEntry>;
  readonly root?: RootSecretEntry;
  readonly now?: number;
  readonly request?: Partial<HttpRequest>;
  readonly ended?: EndedCredentials;
}

function callerOf({ cookie = signedIn(), entry = {}, request = {}, ...over }: Situation) {
  const store = new InMemoryAccessStore();
  store.put(aKeyEntry(aKey(), entry));
  const sent = aRequest({ cookies: ['theme=dark', cookie], ...request });
  const caller = sessionCaller(sent, {
    entries: store,
    ended: endedCredentialsIn(new InMemoryRecords()),
    root,
    now: t0,
    ...over,
  });
  return { caller, store };
}

describe('a session', () => {
  test('has the tenant and the rights of its key, as they are now', async () => {
    const { caller } = callerOf({ entry: { tenant: 'acme', rights: ['read'] } });
    expect(await caller).toEqual({ tenant: 'acme', actor: `key:${aKey().id}`, rights: ['read'] });
  });

  test('lasts twelve hours', async () => {
    await expect(callerOf({ now: t0 + 12 * hourMs - 1_000 }).caller).resolves.toMatchObject({
      tenant: 'a tenant',
    });
    await expect(callerOf({ now: t0 + 12 * hourMs }).caller).rejects.toThrow(UnauthenticatedError);
  });

  test('ends for who has a copy of its cookie, too, when somebody signs out; another one of the same key goes on', async () => {
    const { ended, items } = endedOnes();
    const request = aRequest({ cookies: [signedIn()] });
    await endSession(request, { ended, root, now: t0 });
    await expect(callerOf({ ended }).caller).rejects.toThrow(UnauthenticatedError);
    const again = signInCookie(aRequest(), aKey(), { root, now: t0, nonce: nonce.replace('a', 'b') });
    await expect(callerOf({ ended, cookie: cookieOf(again) }).caller).resolves.toBeDefined();
    expect([...items.values()]).toMatchObject([{ expiresAt: Math.floor(t0 / 1000) + 13 * 3600 }]);
  });

  test('is not ended by a cookie that is none, or has ended by itself', async () => {
    const { ended, items } = endedOnes();
    for (const [cookie, now] of [
      ['__Host-session=x', t0],
      [`${signedIn()}x`, t0],
      [signedIn(), t0 + 12 * hourMs],
    ] as const)
      await endSession(aRequest({ cookies: [cookie] }), { ended, root, now });
    expect(items.size).toBe(0);
  });

  test('of before, which has no nonce, is good until it ends', async () => {
    const said = signedIn().split('=')[1]?.split('.').slice(0, 3).join('.') ?? '';
    const signature = createHmac('sha256', derivedKey(root, 'cookie')).update(said).digest('base64url');
    const cookie = `__Host-session=${said}.${signature}`;
    await expect(callerOf({ cookie }).caller).resolves.toBeDefined();
  });

  test('over https has a name that only this host may set, and is sent back over https alone', () => {
    const cookie = signInCookie(aRequest(), aKey(), { root, now: t0, nonce });
    expect(cookie).toMatch(
      /^__Host-session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(signOutCookie(aRequest())).toMatch(/^__Host-session=; Max-Age=0; .*Secure$/);
  });

  test('of a stage whose public URL has a path is sent back to that path alone', async () => {
    const at = { publicUrl: 'https://api.example.com/jobs' };
    const cookie = signInCookie(aRequest(at), aKey(), { root, now: t0, nonce });
    expect(cookie).toMatch(
      /^__Secure-session=[\w.-]+; Max-Age=43200; Path=\/jobs; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(signOutCookie(aRequest(at))).toMatch(/^__Secure-session=; Max-Age=0; Path=\/jobs; /);
    await expect(callerOf({ cookie: cookieOf(cookie), request: at }).caller).resolves.toBeDefined();
    await expect(callerOf({ request: at }).caller).rejects.toThrow(UnauthenticatedError);
    expect(
      signInCookie(aRequest({ publicUrl: 'https://a.example' }), aKey(), { root, now: t0, nonce }),
    ).toMatch(/^__Host-session=.* Path=\/; /);
  });

  test('over http, on one machine, has another name', async () => {
    const cookie = signInCookie(aRequest(http), aKey(), { root, now: t0, nonce });
    expect(cookie).toMatch(/^session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/);
    await expect(callerOf({ cookie: cookieOf(cookie), request: http }).caller).resolves.toBeDefined();
  });

  test.each([
    ['over https under the name for http', { cookie: signedIn(http) }],
    ['over http under the name for https', { cookie: signedIn(), request: http }],
  ])('is none %s', async (_what, situation) => {
    await expect(callerOf(situation).caller).rejects.toThrow(UnauthenticatedError);
  });

  test('is found in a header too, where nothing has taken the cookies out', () => {
    const headers = { ...aRequest().headers, cookie: `a=b;${signedIn()}` };
    expect(hasSession(aRequest({ headers }))).toBe(true);
    expect(hasSession(aRequest())).toBe(false);
    expect(hasSession(aRequest({ cookies: ['x__Host-session=1'] }))).toBe(false);
  });

  test('tells nothing of the key’s secret', () => {
    expect(signedIn()).not.toContain(aKey().secret);
    expect(signedIn()).not.toContain(sha256Of(aKey().secret).slice(0, 16));
  });

  test.each<[string, Situation]>([
    ['its key is revoked', { entry: { revokedAt: t0 } }],
    ['its key expires', { entry: { expiresAt: t0 } }],
    ['its key has another secret', { entry: { secrets: [{ sha256: sha256Of('another') }] } }],
    [
      'its secret is not valid any more',
      { entry: { secrets: [{ sha256: sha256Of(aKey().secret), validUntil: t0 }] } },
    ],
    [
      'the version of its signature is raised',
      { root: aRootSecretEntry({ versions: { ...root.versions, cookie: 2 } }) },
    ],
    ['the root secret is another one', { root: aRootSecretEntry({ secret: 'x'.repeat(43) }) }],
  ])('ends when %s', async (_what, situation) => {
    await expect(callerOf(situation).caller).rejects.toThrow(UnauthenticatedError);
  });

  test('goes on while a secret that was rotated is still valid, and when another key’s version is raised', async () => {
    const secrets = [{ sha256: sha256Of('new') }, { sha256: sha256Of(aKey().secret), validUntil: t0 + 1 }];
    await expect(callerOf({ entry: { secrets } }).caller).resolves.toBeDefined();
    const versions = { ...root.versions, grant: 2, cursor: 2, webhook: 2 };
    await expect(callerOf({ root: aRootSecretEntry({ versions }) }).caller).resolves.toBeDefined();
  });

  const [name = '', value = ''] = signedIn().split('=');
  const [id, mark, end, , signature] = value.split('.');
  test.each([
    ['empty', ''],
    ['of another key', `bbbbbbbbbbbb.${mark}.${end}.${nonce}.${signature}`],
    ['with another mark', `${id}.${'A'.repeat(16)}.${end}.${nonce}.${signature}`],
    ['with a later end', `${id}.${mark}.${Number(end) + 1}.${nonce}.${signature}`],
    ['with the same end in other digits', `${id}.${mark}.0${end}.${nonce}.${signature}`],
    ['without its nonce', `${id}.${mark}.${end}.${signature}`],
    ['with another nonce', value.replace(nonce, nonce.replace('a', 'b'))],
    ['without a signature', `${id}.${mark}.${end}.${nonce}.`],
    ['with a signature cut short', value.slice(0, -1)],
    ['with more at its end', `${value}x`],
    ['with a line end', `${value}\n`],
    ['that is long', '1.'.repeat(100_000)],
  ])('%s is refused, and costs no read', async (_what, tampered) => {
    const { caller, store } = callerOf({ cookie: `${name}=${tampered}` });
    await expect(caller).rejects.toThrow(UnauthenticatedError);
    expect(store.reads).toEqual([]);
  });

  test('that cannot be checked now is not refused', async () => {
    const entries = { read: () => Promise.reject(new StoreUnavailableError('down')) };
    const ended = endedCredentialsIn(new InMemoryRecords());
    const request = aRequest({ cookies: [signedIn()] });
    await expect(sessionCaller(request, { entries, ended, root, now: t0 })).rejects.toThrow(
      StoreUnavailableError,
    );
  });
});

const https = { host: 'api.example.com', 'x-forwarded-proto': 'https' };
const check =
  (headers: Record<string, string>, method = 'POST') =>
  () =>
    requireSameOrigin(aRequest({ method, headers }));

/** A domain with a path that is mapped to the API. `Host` is that of the domain, or, behind CloudFront, that of the API. */
const mapped = { publicUrl: 'https://jobs.example.com:8443/v1' };
const ofApi = { host: 'a1b2.execute-api.eu-central-1.amazonaws.com', 'x-forwarded-proto': 'https' };
const checkMapped = (headers: Record<string, string>) => () =>
  requireSameOrigin(aRequest({ method: 'POST', headers, ...mapped }));

describe('same origin', () => {
  describe('what changes something behind a path of a domain of its own', () => {
    test.each<[string, Record<string, string>]>([
      ['a page of ours, says the browser', { ...ofApi, 'sec-fetch-site': 'same-origin' }],
      ['a page of ours, by the origin of the domain', { ...ofApi, origin: 'https://jobs.example.com:8443' }],
      [
        'a page of ours, by the origin of the domain, which is the host too',
        { host: 'jobs.example.com:8443', origin: 'https://jobs.example.com:8443' },
      ],
    ])('may come from %s', (_from, headers) => {
      expect(checkMapped(headers)).not.toThrow();
    });

    test.each<[string, Record<string, string>]>([
      [
        'another site, says the browser',
        { ...ofApi, 'sec-fetch-site': 'cross-site', origin: 'https://jobs.example.com:8443' },
      ],
      ["the API's own address, where no page of ours is", { ...ofApi, origin: `https://${ofApi.host}` }],
      ['an origin with the path, which no browser sends', { ...ofApi, origin: mapped.publicUrl }],
      ['another port', { ...ofApi, origin: 'https://jobs.example.com' }],
      ['another protocol', { ...ofApi, origin: 'http://jobs.example.com:8443' }],
      ['a host below the domain', { ...ofApi, origin: 'https://a.jobs.example.com:8443' }],
      ['an origin that is hidden', { ...ofApi, origin: 'null' }],
      ['nowhere, as far as is known', ofApi],
    ])('may not come from %s', (_from, headers) => {
      expect(checkMapped(headers)).toThrow(ForbiddenError);
    });
  });

  describe('what changes something', () => {
    test.each([
      ['a page of ours, says the browser', { ...https, 'sec-fetch-site': 'same-origin' }],
      ['a page of ours, by its origin', { ...https, origin: 'https://api.example.com' }],
      ['a page of ours on one machine', { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }],
      [
        'a page of ours, without a host',
        { 'x-forwarded-proto': 'https', origin: 'https://domain.example.com' },
      ],
    ])('may come from %s', (_from, headers) => {
      expect(check(headers)).not.toThrow();
    });

    test.each<[string, Record<string, string>]>([
      ['another site', { ...https, 'sec-fetch-site': 'cross-site' }],
      ['another host of the same site', { ...https, 'sec-fetch-site': 'same-site' }],
      ['the address bar', { ...https, 'sec-fetch-site': 'none' }],
      [
        'another site that has our origin in another header',
        { ...https, 'sec-fetch-site': 'cross-site', origin: 'https://api.example.com' },
      ],
      ['another origin', { ...https, origin: 'https://evil.example.com' }],
      ['another port', { ...https, origin: 'https://api.example.com:8443' }],
      ['another protocol', { ...https, origin: 'http://api.example.com' }],
      ['an origin that is hidden', { ...https, origin: 'null' }],
      ['nowhere, as far as is known', https],
    ])('may not come from %s', (_from, headers) => {
      for (const method of ['POST', 'PUT', 'DELETE']) expect(check(headers, method)).toThrow(ForbiddenError);
    });
  });

  test.each(['GET', 'HEAD'])('a %s changes nothing, and may come from everywhere', (method) => {
    expect(check({ ...https, 'sec-fetch-site': 'cross-site' }, method)).not.toThrow();
  });
});
