import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { httpRoutesOf } from '../../local/lambda/serverless-service.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { projectDir as project } from '../project-copy.ts';
import { readService } from '../system/kept-service.ts';
import type { AttackedSystem, HttpCall } from './attacked-system.ts';
import { allRightsBut, badCredentials } from './attacks.ts';
import { guardedPages, openPageCalls } from './page-probes.ts';
import { get, guardedRoutes, isOfOneJob, openCalls, probes } from './probes.ts';
import {
  callWithoutEffect,
  grantOf,
  isAboutVictim,
  newVictims,
  nobodys,
  readsOf,
  settled,
  type Victims,
  withGrant,
  withKey,
  withoutIds,
} from './victims.ts';

export function attackRoutes(running: () => AttackedSystem): void {
  let system: AttackedSystem;
  let victims: Victims;
  let owner: string;
  let before: string;
  beforeAll(async () => {
    system = running();
    owner = (await system.newKey({ tenant: 'the-owner' })).text;
    victims = await newVictims(system, owner);
    before = await settled(system);
  });

  /** A key of another tenant that no function has seen. */
  const other = async () => (await system.newKey({ tenant: 'another tenant' })).text;

  afterEach(async () => expect(await system.snapshot()).toBe(before));

  const attack = (call: HttpCall) => callWithoutEffect(system, call);

  const grantForVictim = () => grantOf(system, victims.waiting, owner);

  test('every route of serverless.yml is attacked', async () => {
    const { functions } = await readService(project, new Map());
    const declared = Object.entries<object>(functions).map(([name, fn]) => [name, { ...fn, name }]);
    const inServerless = httpRoutesOf(Object.fromEntries(declared)).map(({ route }) => route);
    const pages = [...guardedPages, ...Object.keys(openPageCalls)];
    const attacked = [...guardedRoutes, ...Object.keys(openCalls), ...pages];
    expect(attacked.sort()).toEqual([...inServerless].sort());
  });

  describe.each(guardedRoutes)('%s', (routeKey) => {
    const { right, call, status } = probes[routeKey];

    test('answers the same 401 to every bad credential, reads nothing but its entry, and changes nothing', async () => {
      const answers = [];
      for (const { name, header, reads } of badCredentials) {
        const authorization = await header(system);
        const sent = call(victims);
        const answer = await attack(
          authorization === undefined ? sent : { ...sent, headers: { authorization } },
        );
        expect([name, answer.status, answer.calls.length, readsOf(answer.calls, 'access')]).toEqual([
          name,
          401,
          reads,
          reads,
        ]);
        // Where a function verifies tokens, it is not asked if there is none: API Gateway answers by itself.
        if (system.issuer && authorization === undefined) continue;
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        answers.push([answer.body, [...answer.headers.keys()]]);
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    });

    if (right !== undefined)
      test(`answers 403 to a key without the right ${right}, and changes nothing`, async () => {
        const { text } = await system.newKey({ tenant: 'the-owner', rights: allRightsBut(right) });
        const { calls, ...answer } = await attack(withKey(call(victims), text));
        expect([answer.status, problem.parse(JSON.parse(answer.body)).status]).toEqual([403, 403]);
        expect([calls.length, readsOf(calls, 'access')]).toEqual([1, 1]);
      });

    test('answers the same 401 to the grant for a job as to no credential', async () => {
      const answer = await attack(withGrant(call(victims), await grantForVictim()));
      const { body } = await attack(call(victims));
      expect([answer.status, answer.calls, answer.body]).toEqual([401, [], body]);
    });

    if (isOfOneJob(routeKey))
      test("answers 404 to another tenant's key, as if there were no such job, and changes nothing", async () => {
        const known = await attack(withKey(call(victims), await other()));
        const unknown = await attack(withKey(call(nobodys), await other()));
        expect([known.status, unknown.status]).toEqual([404, 404]);
        expect(withoutIds(known.body)).toBe(withoutIds(unknown.body));
        expect(known.calls.map(withoutIds)).toEqual(unknown.calls.map(withoutIds));
        expect(readsOf(known.calls, 'jobs')).toBe(1);
      });

    if (routeKey.startsWith('GET '))
      test('answers HEAD as it answers GET, without a body', async () => {
        const sent: HttpCall = { ...call(victims), method: 'HEAD' };
        expect(await attack(withKey(sent, 'no key'))).toMatchObject({ status: 401, body: '', calls: [] });
        const foreign = await attack(withKey(sent, await other()));
        expect([foreign.status, foreign.body]).toEqual([isOfOneJob(routeKey) ? 404 : 200, '']);
      });

    // The last one: it changes what the others must not. It also shows that they could have. A read changes nothing.
    test(`answers ${status} to its owner`, async () => {
      const isRead = routeKey.startsWith('GET ');
      // A call about no victim changes none.
      const isChange = !isRead && isAboutVictim(call, victims);
      const own = isChange ? await newVictims(system, owner) : victims;
      expect((await system.call(withKey(call(own), owner))).status).toBe(status);
      if (!isRead) before = await settled(system);
    });
  });

  test('no answer has a link or what a job has made for a key without the right read', async () => {
    const own = await newVictims(system, owner);
    const { text } = await system.newKey({ tenant: 'the-owner', rights: allRightsBut('read') });
    const answered = [];
    for (const routeKey of guardedRoutes.filter((each) => probes[each].right !== 'read')) {
      const { status, body } = await system.call(withKey(probes[routeKey].call(own), text));
      const found = ['grant=', '"pageUrl"', '"result"'].filter((each) => body.includes(each));
      answered.push([routeKey, status, found]);
    }
    const expected = guardedRoutes.filter((each) => probes[each].right !== 'read');
    expect(answered).toEqual(expected.map((each) => [each, probes[each].status, []]));
    before = await settled(system);
  });

  test('the document tells of the job types only who has a key', async () => {
    const { newKey } = system;
    const poor = await newKey({ tenant: 'the-owner', rights: [] });
    const revoked = await newKey({ revokedAt: 1 });
    const call = get('/openapi.json');
    const answers = [call, withKey(call, revoked.text), withKey(call, poor.text)].map(attack);
    const [stranger, former, caller] = await Promise.all(answers.map(async (each) => (await each).body));
    expect(stranger).toBe(former);
    const found = (body = '') =>
      ['CountingPayload', '"counting"', 'csv-sums'].filter((text) => body.includes(text));
    expect([found(stranger), found(caller)]).toEqual([[], ['CountingPayload', '"counting"', 'csv-sums']]);
    const paths = (body = '') => Object.keys(JSON.parse(body).paths);
    expect(paths(stranger)).toEqual(paths(caller));
  });

  describe.each(Object.entries(openCalls))('%s, which asks for no credential,', (routeKey, calls) => {
    test('answers everybody the same, whatever they show, and looks at no job', async () => {
      const grant = await grantForVictim();
      // To callers it tells more: see below.
      const isDocument = routeKey === 'GET /openapi.json';
      const keys = isDocument ? [] : [owner, await other()].map((text) => `Bearer ${text}`);
      const shown = badCredentials.filter(({ reads }) => !isDocument || reads === 0);
      const bad = await Promise.all(shown.map(({ header }) => header(system)));
      for (const call of calls) {
        const sent = call(victims);
        const first = await attack(sent);
        expect(first.calls).toEqual([]);
        expect(withoutIds(first.body)).toBe(withoutIds((await attack(call(nobodys))).body));
        for (const secret of ['the-owner', victims.tag]) expect(first.body).not.toContain(secret);
        for (const authorization of [...keys, ...bad.filter((each) => each !== undefined)]) {
          const { status, body, calls: made } = await attack({ ...sent, headers: { authorization } });
          expect({ status, body, made }).toEqual({ status: first.status, body: first.body, made: [] });
        }
        const [granted, refused] = [
          await attack(withGrant(sent, grant)),
          await attack(withGrant(sent, '1.x')),
        ];
        expect([granted.status, granted.body]).toEqual([refused.status, refused.body]);
        expect(granted.calls).toEqual([]);
      }
    });
  });
}
