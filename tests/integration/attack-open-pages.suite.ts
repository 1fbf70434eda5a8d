import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { signLink } from '../../shared/domain/access/signal-link.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import { grantFor } from '../../shared/http/access/grant.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import type { AttackedSystem, HttpAnswer, HttpCall } from './attacked-system.ts';
import { askedOf, badCredentials, badGrants, badLinks } from './attacks.ts';
import { form, openPageCalls } from './page-probes.ts';
import { get, post } from './probes.ts';
import { badSessions, sessionOf, withCookie } from './sessions.ts';
import {
  callWithoutEffect,
  creationOf,
  grantOf,
  isOfEnded,
  linkTo,
  newVictims,
  nobody,
  nobodys,
  readsOf,
  settled,
  type Victims,
  withGrant,
  withKey,
  withLink,
  withoutIds,
} from './victims.ts';

export function attackOpenPages(running: () => AttackedSystem): void {
  let system: AttackedSystem;
  let victims: Victims;
  let owner: string;
  let other: string;
  let before: string;
  beforeAll(async () => {
    system = running();
    owner = (await system.newKey({ tenant: 'the-owner' })).text;
    other = (await system.newKey({ tenant: 'another tenant' })).text;
    victims = await newVictims(system, owner);
    before = await settled(system);
  });

  afterEach(async () => expect(await system.snapshot()).toBe(before));

  const attack = (call: HttpCall) => callWithoutEffect(system, call);
  /** A good link is looked up once among those that were ended: that is no read of a job. */
  const readsOfJobs = ({ calls }: HttpAnswer): readonly string[] => {
    expect(calls.filter(isOfEnded)).toHaveLength(1);
    return calls.filter((each) => !isOfEnded(each));
  };
  /** @param link of a page @returns the status of the answer */
  const end = async (link: string, key: string) =>
    (await system.call(withKey(post('/ended-links', { url: system.address + link }), key))).status;

  describe.each(Object.entries(openPageCalls))('%s, which asks for no credential,', (routeKey, calls) => {
    test('answers everybody the same, whatever they show, and looks at no job', async () => {
      const { key, text } = await system.newKey({ tenant: 'the-owner' });
      // It ends every session that we have signed: see below.
      const isSignOut = routeKey === 'POST /ui/sign-out';
      const shown = badSessions.filter(({ reads }) => !isSignOut || reads === 0);
      const headers: Record<string, string>[] = [
        { authorization: `Bearer ${text}` },
        { authorization: 'Bearer sjw_a_key' },
        ...(isSignOut ? [] : [{ cookie: await sessionOf(system, key) }]),
        ...(await Promise.all(shown.map(async ({ cookie }) => ({ cookie: await cookie(system) })))),
      ];
      const grant = await grantOf(system, victims.waiting, owner);
      for (const call of calls) {
        const sent = call(victims);
        const first = await attack(sent);
        expect(first.calls).toEqual([]);
        expect(withoutIds(first.body)).toBe(withoutIds((await attack(call(nobodys))).body));
        for (const secret of ['the-owner', victims.tag]) expect(first.body).not.toContain(secret);
        for (const more of headers) {
          const answer = await attack({ ...sent, headers: { ...sent.headers, ...more } });
          expect([answer.status, answer.body, answer.calls]).toEqual([first.status, first.body, []]);
        }
        const [granted, refused] = [
          await attack(withGrant(sent, grant)),
          await attack(withGrant(sent, '1.x')),
        ];
        expect([granted.status, granted.body, granted.calls]).toEqual([refused.status, refused.body, []]);
      }
    });
  });

  describe('a sign-in', () => {
    test.each(badCredentials)('with $name is refused with the same page, without a session', async (bad) => {
      const key = ((await bad.header(system)) ?? '').replace(/^Bearer /, '');
      const expected = await attack(form('/ui/sign-in', { key: 'x' }));
      const answer = await attack(form('/ui/sign-in', { key }));
      expect([answer.status, answer.body]).toEqual([401, expected.body]);
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect([answer.calls.length, readsOf(answer.calls, 'access')]).toEqual([bad.reads, bad.reads]);
    });

    test.each(['/ui/sign-in', '/ui/sign-out'])('%s takes no form of another site', async (path) => {
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
        const sent = form(path, { key: owner });
        const answer = await attack({ ...sent, headers: { ...sent.headers, ...headers } });
        expect([answer.status, answer.headers.get('set-cookie'), answer.calls]).toEqual([403, null, []]);
      }
    });

    test('gives a session that no script can read, leads to the page, and a sign-out ends it', async () => {
      const next = `/ui/jobs/${victims.waiting}`;
      const answer = await attack(form('/ui/sign-in', { key: owner, next }));
      expect([answer.status, answer.headers.get('location')]).toEqual([303, next]);
      const [cookie = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ');
      expect(attributes).toEqual(
        expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age=43200']),
      );
      expect(cookie).not.toContain(owner.slice(17, 60));
      const page = await attack(withCookie(get(next), cookie));
      expect([page.status, page.body.includes(victims.waiting)]).toEqual([200, true]);
      const out = await system.call(withCookie(form('/ui/sign-out'), cookie));
      expect([out.status, out.headers.get('location')]).toEqual([303, '/ui/sign-in']);
      expect(out.headers.get('set-cookie')).toMatch(/^session=; Max-Age=0;/);
      expect(out.calls).toEqual([expect.stringMatching(/^UpdateItem jobs ended-credential\/[\w-]{43}$/)]);
      const copy = await attack(withCookie(get(next), cookie));
      expect([copy.status, copy.body]).toEqual([303, '']);
      expect(copy.headers.get('location')).toBe(`/ui/sign-in?next=${encodeURIComponent(next)}`);
      before = await settled(system);
    });

    test.each(['https://example.com/ui', '//example.com', '/ui/..//example.com', '/jobs'])(
      'leads to the first page, not to %s',
      async (next) => {
        const answer = await attack(form('/ui/sign-in', { key: owner, next }));
        expect([answer.status, answer.headers.get('location')]).toEqual([303, '/ui']);
      },
    );
  });

  describe('a grant', () => {
    test('shows its job without a credential, and no button, and keeps its address private', async () => {
      const { body } = await system.call(withKey(get(`/jobs/${victims.waiting}`), owner));
      const { pageUrl = '' } = jobResponse.parse(JSON.parse(body));
      expect(pageUrl.startsWith(`${system.address}/ui/jobs/${victims.waiting}?grant=`)).toBe(true);
      expect(pageUrl).not.toContain('owner');
      const answer = await attack(get(pageUrl.slice(system.address.length)));
      expect([answer.status, readsOfJobs(answer)]).toEqual([200, [`GetItem jobs ${victims.waiting}`]]);
      expect(answer.body).toContain(victims.waiting);
      for (const more of ['<form', '<button', 'href="/ui"', 'href="/ui?', 'the-owner'])
        expect(answer.body).not.toContain(more);
      const jobs = [...answer.body.matchAll(/href="\/ui\/jobs\/([^"?]*)/g)].map(([, id]) => id);
      expect(new Set(jobs)).toEqual(new Set([victims.waiting]));
      expect(answer.headers.get('referrer-policy')).toBe('same-origin');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });

    test('opens the result of its job', async () => {
      const grant = await grantOf(system, victims.succeeded, owner);
      const answer = await attack(withGrant(get(`/ui/jobs/${victims.succeeded}/result`), grant));
      expect([answer.status, readsOfJobs(answer)]).toEqual([200, [`GetItem jobs ${victims.succeeded}`]]);
      expect(JSON.parse(answer.body)).toEqual({ seconds: 0 });
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; /);
    });

    test('that was ended opens nothing more, in no copy, and no other one ends', async () => {
      const createdAt = await creationOf(system, victims.succeeded, owner);
      const [root, job] = [await system.root(), { id: victims.succeeded, createdAt }];
      const [first, second] = [400, 800].map((days) =>
        grantFor({ ...job, updatedAt: createdAt + days * dayMs }, { root, retentionDays: 30 }),
      );
      const pageOf = (grant = '') => withGrant(get(`/ui/jobs/${victims.succeeded}`), grant);
      const viewed = async (grant = '') => (await attack(pageOf(grant))).status;
      expect([await viewed(first), await viewed(second)]).toEqual([200, 200]);
      // Nobody else ends it, and nobody learns whether it is good.
      const strange = await Promise.all([pageOf(first), pageOf('1.x')].map(({ path }) => end(path, other)));
      expect(strange).toEqual([404, 404]);
      expect(await viewed(first)).toBe(200);
      for (const _ of ['once', 'again']) expect(await end(pageOf(first).path, owner)).toBe(204);
      before = await settled(system);
      for (const path of ['', '/result']) {
        const ended = await attack(withGrant(get(`/ui/jobs/${victims.succeeded}${path}`), first ?? ''));
        expect([ended.status, readsOfJobs(ended)]).toEqual([404, []]);
      }
      expect(await viewed(second)).toBe(200);
      expect(await viewed(await grantOf(system, victims.succeeded, owner))).toBe(200);
      // Who has a key needs no link.
      expect((await attack(withKey(pageOf(first), owner))).status).toBe(200);
    });

    test.each(['', '/result'])('that is not good opens no /ui/jobs/{id}%s, without a read', async (path) => {
      const call = get(`/ui/jobs/${victims.succeeded}${path}`);
      const unknown = await attack(withKey(get(`/ui/jobs/${nobody}${path}`), other));
      expect(unknown.status).toBe(404);
      for (const [name, grant] of badGrants(victims.succeeded, await system.root())) {
        const answer = await attack(withGrant(call, grant));
        const shown = [name, answer.status, answer.calls, withoutIds(answer.body)];
        expect(shown).toEqual([name, 404, [], withoutIds(unknown.body)]);
        const asOther = await attack(withKey(withGrant(call, grant), other));
        expect([name, asOther.status, withoutIds(asOther.body)]).toEqual([
          name,
          404,
          withoutIds(unknown.body),
        ]);
      }
    });
  });

  describe('a link for an answer', () => {
    const path = () => `/ui/jobs/${victims.asking}/signals/approve`;
    const forms = () => [get(path()), form(path(), { 'field.isOk': 'true' })];

    test('shows the form for it without a credential, and nothing else, and opening it changes nothing', async () => {
      const link = await linkTo(system, victims.asking, owner);
      const answer = await attack(withLink(get(path()), link));
      expect([answer.status, readsOfJobs(answer)]).toEqual([200, [`GetItem jobs ${victims.asking}`]]);
      expect(answer.body).toContain('field.isOk');
      for (const more of ['the-owner', 'href="/ui"', 'href="/ui/jobs', victims.waiting])
        expect(answer.body).not.toContain(more);
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      const head = await attack(withLink({ method: 'HEAD', path: path() }, link));
      expect([head.status, head.body]).toEqual([200, '']);
    });

    test('opens no other page and no route of programs, also not as a grant', async () => {
      const link = await linkTo(system, victims.asking, owner);
      const page = get(`/ui/jobs/${victims.asking}`);
      const asGrant = await attack(withGrant(page, link));
      expect([asGrant.status, asGrant.calls]).toEqual([404, []]);
      const signIn = await attack(withLink(page, link));
      expect([signIn.status, signIn.headers.get('location'), signIn.calls]).toEqual([
        303,
        `/ui/sign-in?next=${encodeURIComponent(page.path)}`,
        [],
      ]);
      for (const call of [
        get(`/jobs/${victims.asking}`),
        get(`/ui/jobs/${victims.waiting}/signals/approve`),
      ]) {
        const answer = await attack(withLink(call, link));
        expect([answer.status === 401 || answer.status === 404, answer.calls]).toEqual([true, []]);
      }
    });

    test('that is not good shows nothing and takes nothing, without a read', async () => {
      const createdAt = await creationOf(system, victims.asking, owner);
      const bad = badLinks(victims.asking, {
        links: await system.links(),
        root: await system.root(),
        createdAt,
      });
      for (const [name, link] of bad) {
        const unknown = await attack(withLink(get(`/ui/jobs/${nobody}/signals/approve`), link));
        for (const call of forms()) {
          const answer = await attack(withLink(call, link));
          expect([name, answer.status, answer.calls]).toEqual([name, 404, []]);
          if (call.method === 'GET') expect(withoutIds(answer.body)).toBe(withoutIds(unknown.body));
          const asOther = await attack(withKey(withLink(call, link), other));
          expect([name, asOther.status]).toEqual([name, 404]);
        }
      }
    });

    test('that has expired says so, without a read, and takes nothing', async () => {
      const terms = {
        createdAt: await creationOf(system, victims.asking, owner),
        expiresAt: Date.now() - 2_000,
      };
      const link = signLink(askedOf(victims.asking), terms, await system.links());
      for (const call of forms()) {
        const answer = await attack(withLink(call, link));
        expect([answer.status, answer.calls]).toEqual([410, []]);
        expect(answer.body).toContain('This link is not valid any more');
      }
    });

    test('that was ended takes nothing more, in no copy, and no other one ends', async () => {
      const createdAt = await creationOf(system, victims.asking, owner);
      const [first = '', second = ''] = await Promise.all(
        [60_000, 120_000].map(async (ms) =>
          signLink(askedOf(victims.asking), { createdAt, expiresAt: Date.now() + ms }, await system.links()),
        ),
      );
      const page = withLink(get(path()), first);
      expect(await end(page.path, other)).toBe(404);
      expect((await attack(page)).status).toBe(200);
      expect(await end(page.path, owner)).toBe(204);
      before = await settled(system);
      for (const call of forms()) {
        const ended = await attack(withLink(call, first));
        expect([ended.status, readsOfJobs(ended)]).toEqual([410, []]);
      }
      expect((await attack(withLink(get(path()), second))).status).toBe(200);
    });

    test('is good for this job alone, and not for a later one of the same id', async () => {
      const createdAt = (await creationOf(system, victims.asking, owner)) - 1;
      const terms = { createdAt, expiresAt: Date.now() + 60_000 };
      const link = signLink(askedOf(victims.asking), terms, await system.links());
      for (const call of forms()) expect((await attack(withLink(call, link))).status).toBe(404);
    });

    // The last one: it changes the victim.
    test('takes one answer, from wherever the form comes, and no second one', async () => {
      const link = await linkTo(system, victims.asking, owner);
      const [page, sent] = forms().map((call) => withLink(call, link));
      if (!page || !sent) throw new Error('there are two forms');
      const answer = await system.call({
        ...sent,
        headers: { ...sent.headers, 'sec-fetch-site': 'none', origin: 'null' },
      });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, page.path]);
      before = await settled(system);
      const second = await attack(withLink(form(path(), { 'field.isOk': 'false' }), link));
      expect([second.status, second.body.includes('Answered: ')]).toEqual([409, true]);
      expect((await attack(page)).body).toContain('Answered: ');
    });
  });
}
