import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { AttackedSystem, HttpCall } from './attacked-system.ts';
import { allRightsBut, badCredentials } from './attacks.ts';
import { guardedPages, pageProbes } from './page-probes.ts';
import { isOfOneJob } from './probes.ts';
import { badSessions, sessionOf, withCookie } from './sessions.ts';
import {
  callWithoutEffect,
  grantOf,
  isAboutVictim,
  isOfEnded,
  newVictims,
  nobodys,
  readsOf,
  settled,
  type Victims,
  withGrant,
  withKey,
  withoutIds,
} from './victims.ts';

export function attackPages(running: () => AttackedSystem): void {
  let system: AttackedSystem;
  let victims: Victims;
  let owner: { readonly text: string; readonly cookie: string };
  let before: string;
  beforeAll(async () => {
    system = running();
    owner = await person({ tenant: 'the-owner' });
    victims = await newVictims(system, owner.text);
    before = await settled(system);
  });

  /** A new key, and a session with it, that no function has seen. */
  async function person(over: Parameters<AttackedSystem['newKey']>[0]) {
    const { key, text } = await system.newKey(over);
    return { text, cookie: await sessionOf(system, key) };
  }
  type Person = Awaited<ReturnType<typeof person>>;

  /** How a person shows who it is. */
  const ways: readonly (readonly [string, (call: HttpCall, by: Person) => HttpCall])[] = [
    ['key', (call, { text }) => withKey(call, text)],
    ['cookie', (call, { cookie }) => withCookie(call, cookie)],
  ];

  /** What a form may change: one about no victim changes none. */
  const victimsOf = async (call: (typeof pageProbes)[(typeof guardedPages)[number]]['call']) =>
    isAboutVictim(call, victims) ? newVictims(system, owner.text) : victims;

  afterEach(async () => expect(await system.snapshot()).toBe(before));

  const attack = (call: HttpCall) => callWithoutEffect(system, call);

  const isPage = (headers: Headers) => headers.get('content-type') === 'text/html; charset=utf-8';
  const signInFor = ({ method, path }: HttpCall) =>
    `/ui/sign-in?next=${encodeURIComponent(method === 'GET' ? path : '/ui')}`;
  const without = ({ headers = {}, ...call }: HttpCall, name: string): HttpCall => ({
    ...call,
    headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)),
  });

  /** Headers of a form that another site made a browser send. */
  const foreign: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://example.com' },
    { origin: 'null' },
    {},
  ];

  describe.each(guardedPages)('%s', (routeKey) => {
    const {
      right,
      call,
      status,
      isForScript = false,
      isRepeatable = false,
      isSearch = false,
    } = pageProbes[routeKey];
    const refused = isForScript ? 401 : 303;
    const signInOf = (sent: HttpCall) => (isForScript ? null : signInFor(sent));
    const isForm = routeKey.startsWith('POST ');

    test('leads every bad credential to the sign-in, reads nothing but its entry, and changes nothing', async () => {
      const sent = call(victims);
      const keys = badCredentials.map(({ name, reads, header }) => ({
        name,
        reads,
        credential: async (): Promise<HttpCall['headers']> => {
          const authorization = await header(system);
          return authorization === undefined ? {} : { authorization };
        },
      }));
      const sessions = badSessions.map(({ name, reads, cookie }) => ({
        name,
        reads,
        credential: async (): Promise<HttpCall['headers']> => ({ cookie: await cookie(system) }),
      }));
      const answers = [];
      for (const { name, reads, credential } of [...keys, ...sessions]) {
        const headers = { ...sent.headers, ...(await credential()) };
        const answer = await attack({ ...sent, headers });
        const found = [answer.status, answer.calls.length, readsOf(answer.calls, 'access')];
        expect([name, ...found]).toEqual([name, refused, reads, reads]);
        expect(answer.headers.get('location')).toBe(signInOf(sent));
        expect(answer.headers.get('set-cookie')).toBeNull();
        answers.push([answer.body, [...answer.headers.keys()]]);
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    });

    test('leads a session of another name to the sign-in', async () => {
      const sent = call(victims);
      const { cookie } = owner;
      for (const name of ['__Host-session', 'Session', 'x']) {
        const answer = await attack(withCookie(sent, cookie.replace('session', name)));
        expect([name, answer.status, answer.calls]).toEqual([name, refused, []]);
      }
    });

    test.each(ways)(`answers 403 to a %s without the right ${right}`, async (way, by) => {
      const poor = await person({ tenant: 'the-owner', rights: allRightsBut(right) });
      const { calls, ...answer } = await attack(by(call(victims), poor));
      expect([answer.status, isPage(answer.headers)]).toEqual([403, !isForScript]);
      expect(answer.body).toContain(`lacks the right \`${right}\``);
      const ofSession = way === 'cookie' ? 1 : 0;
      expect(calls.filter(isOfEnded)).toHaveLength(ofSession);
      expect([calls.length - ofSession, readsOf(calls, 'access')]).toEqual([1, 1]);
    });

    if (right !== 'read' || !isOfOneJob(routeKey))
      test('leads the grant for a job to the sign-in, and does not keep it in the address', async () => {
        const sent = call(victims);
        const grant = await grantOf(system, victims.waiting, owner.text);
        const answer = await attack(withGrant(sent, grant));
        expect([answer.status, answer.calls]).toEqual([refused, []]);
        expect(answer.headers.get('location')).toBe(signInOf(sent));
      });

    if (isOfOneJob(routeKey))
      test.each(ways)(
        "answers 404 to another tenant's %s, as if there were no such job",
        async (_way, by) => {
          const known = await attack(by(call(victims), await person({ tenant: 'another tenant' })));
          const unknown = await attack(by(call(nobodys), await person({ tenant: 'another tenant' })));
          expect([known.status, unknown.status, isPage(known.headers)]).toEqual([404, 404, true]);
          expect(withoutIds(known.body)).toBe(withoutIds(unknown.body));
          expect(known.calls.map(withoutIds)).toEqual(unknown.calls.map(withoutIds));
          expect(readsOf(known.calls, 'jobs')).toBe(1);
        },
      );

    if (isForm)
      test.each(foreign)('answers 403 to a session, if the form came with %j', async (headers) => {
        const sent = withCookie(without(call(victims), 'sec-fetch-site'), owner.cookie);
        const answer = await attack({ ...sent, headers: { ...sent.headers, ...headers } });
        expect([answer.status, isPage(answer.headers), answer.calls]).toEqual([403, !isForScript, []]);
      });
    else
      test('answers HEAD as it answers GET, without a body', async () => {
        const sent: HttpCall = { ...call(victims), method: 'HEAD' };
        expect(await attack(sent)).toMatchObject({ status: 303, body: '', calls: [] });
        const other = await person({ tenant: 'another tenant' });
        const answer = await attack(withCookie(sent, other.cookie));
        expect([answer.status, answer.body]).toEqual([isOfOneJob(routeKey) ? 404 : 200, '']);
      });

    // The last ones: they change what the others must not. They also show that they could have.
    test.each(ways)(`answers ${status} to its owner's %s`, async (_way, by) => {
      const own = isForm ? await victimsOf(call) : victims;
      const start = await settled(system);
      const answer = await system.call(by(call(own), owner));
      expect(answer.status).toBe(status);
      const changes = isForm && !isForScript && status === 303;
      const leadsTo = isRepeatable ? /^\/ui\/schedules$/ : /^\/ui\/jobs\/[\da-f-]{36}$/;
      if (changes) expect(answer.headers.get('location')).toMatch(leadsTo);
      before = await settled(system);
      if (!isRepeatable && !isSearch) expect(before === start).toBe(!changes);
    });

    if (isForm)
      test('takes a form whose browser says its origin only', async () => {
        const own = await victimsOf(call);
        const sent = withCookie(without(call(own), 'sec-fetch-site'), owner.cookie);
        const answer = await system.call({ ...sent, headers: { ...sent.headers, origin: system.address } });
        expect(answer.status).toBe(status);
        before = await settled(system);
      });
  });
}
