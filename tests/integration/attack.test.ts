import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { httpRoutesOf } from '../../local/serverless-service.ts';
import { jobResponse } from '../../shared/http/job-response.ts';
import { problem } from '../../shared/http/respond.ts';
import { aKeyEntry } from '../fakes/access.ts';
import { root as project, sls } from '../project-copy.ts';
import { type AttackedSystem, type HttpCall, startAttackedSystem } from './attacked-system.ts';
import {
  allRightsBut,
  badCredentials,
  badGrants,
  namingSubmissions,
  probes,
  routeKeys,
  type Victims,
  withKey,
} from './attacks.ts';
import { eventually } from './eventually.ts';

let system: AttackedSystem;
let victims: Victims;
let owner: string;
let revoked: { readonly text: string; readonly at: number };
let before: string;
beforeAll(async () => {
  system = await startAttackedSystem();
  owner = (await system.newKey({ tenant: 'the owner' })).text;
  const [waiting, canceled] = [await submitted(), await submitted()];
  victims = { waiting: waiting.id, canceled: canceled.id };
  const cancel = { method: 'POST', path: `/jobs/${canceled.id}/cancel` };
  expect((await system.call(withKey(cancel, owner))).status).toBe(200);
  revoked = await revokedKey();
  before = await system.snapshot();
});
afterAll(() => system?.stop());

/** A key of another tenant that no function has seen. */
const other = async () => (await system.newKey({ tenant: 'another tenant' })).text;

/** A key that was used, and revoked after that. */
async function revokedKey() {
  const { key, text } = await system.newKey({ tenant: 'the owner' });
  expect((await system.call(withKey(probes['GET /jobs/{id}'].call(victims), text))).status).toBe(200);
  await system.putAccess(aKeyEntry(key, { tenant: 'the owner', revokedAt: Date.now() }));
  return { text, at: Date.now() };
}

async function submitted(call = probes['POST /jobs'].call(victims)) {
  const { status, body } = await system.call(withKey(call, owner));
  expect({ status, body }).toMatchObject({ status: 202 });
  return jobResponse.parse(JSON.parse(body));
}

/** Makes a call that must have no effect. */
async function attack(call: HttpCall) {
  const answer = await system.call(call);
  expect(await system.snapshot()).toBe(before);
  return { ...answer, problem: problem.parse(JSON.parse(answer.body)) };
}

const readsOf = (calls: readonly string[], table: 'access' | 'jobs') =>
  calls.filter((call) => call.startsWith(`GetItem ${table} `)).length;
/** A text without the ids of jobs and keys. */
const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|(?<=key\/)\w{12}/g, 'id');
const nobody = '00000000-0000-4000-8000-000000000000';

test('every route of serverless.yml is attacked', async () => {
  const { functions } = JSON.parse(await sls(project, ['print', '--stage', 'local', '--format', 'json']));
  const declared = Object.entries<object>(functions).map(([name, fn]) => [name, { ...fn, name }]);
  const inServerless = httpRoutesOf(Object.fromEntries(declared)).map(({ route }) => route);
  expect(Object.keys(probes).sort()).toEqual([...inServerless].sort());
});

describe.each(routeKeys)('%s', (routeKey) => {
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
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      answers.push([answer.body, [...answer.headers.keys()]]);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test(`answers 403 to a key without the right ${right}, and changes nothing`, async () => {
    const { text } = await system.newKey({ tenant: 'the owner', rights: allRightsBut(right) });
    const { calls, ...answer } = await attack(withKey(call(victims), text));
    expect(answer).toMatchObject({ status: 403, problem: { status: 403 } });
    expect([calls.length, readsOf(calls, 'access')]).toEqual([1, 1]);
  });

  if (routeKey !== 'GET /ui/jobs/{id}')
    test('answers the same 401 to the grant for a job as to no credential', async () => {
      const { pageUrl } = await shown();
      const sent = call(victims);
      const answer = await attack({ ...sent, path: `${sent.path}${new URL(pageUrl).search}` });
      expect([answer.status, answer.calls, answer.body]).toEqual([401, [], (await attack(sent)).body]);
    });

  if (routeKey !== 'POST /jobs')
    test("answers 404 to another tenant's key, as if there were no such job, and changes nothing", async () => {
      const known = await attack(withKey(call(victims), await other()));
      const unknown = await attack(withKey(call({ waiting: nobody, canceled: nobody }), await other()));
      expect([known.status, unknown.status]).toEqual([404, 404]);
      expect(withoutIds(known.body)).toBe(withoutIds(unknown.body));
      expect(known.calls.map(withoutIds)).toEqual(unknown.calls.map(withoutIds));
      expect(readsOf(known.calls, 'jobs')).toBe(1);
    });

  // The last one: it changes what the others must not. It also shows that they could have.
  test(`answers ${status} to its owner`, async () => {
    if (routeKey === 'POST /jobs/{id}/cancel') victims = { ...victims, waiting: (await submitted()).id };
    expect((await system.call(withKey(call(victims), owner))).status).toBe(status);
    before = await system.snapshot();
  });
});

const shown = async () => {
  const answer = await system.call(withKey(probes['GET /jobs/{id}'].call(victims), owner));
  return jobResponse.parse(JSON.parse(answer.body));
};

describe('a submission', () => {
  test("that depends on another tenant's job is answered as if there were no such job", async () => {
    const known = await attack(withKey(namingSubmissions.byDependency(victims.waiting), await other()));
    const unknown = await attack(withKey(namingSubmissions.byDependency(nobody), await other()));
    expect(known.status).toBe(400);
    expect([known.body, known.calls.length]).toEqual([unknown.body, unknown.calls.length]);
  });

  test.each(badCredentials)(
    'with the key of an earlier one, and $name, does not show it',
    async ({ header }) => {
      const first = await submitted(namingSubmissions.byKey('order-4711'));
      before = await system.snapshot();
      const authorization = (await header(system)) ?? '';
      const replay = namingSubmissions.byKey('order-4711');
      const answer = await attack({ ...replay, headers: { ...replay.headers, authorization } });
      expect(answer.status).toBe(401);
      expect(answer.body).not.toContain(first.id);
    },
  );

  test("with the key of another tenant's submission is a job of its own", async () => {
    const replay = namingSubmissions.byKey('order-4711');
    const first = await submitted(replay);
    const answer = await system.call(withKey(replay, await other()));
    expect(answer.status).toBe(202);
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect(jobResponse.parse(JSON.parse(answer.body)).id).not.toBe(first.id);
    before = await system.snapshot();
  });
});

describe('a grant', () => {
  const page = (id: string, grant: string) => ({ method: 'GET', path: `/ui/jobs/${id}?grant=${grant}` });

  test('shows its job without a credential, as its status does, and keeps its address private', async () => {
    const job = await shown();
    const { pathname, search } = new URL(job.pageUrl);
    expect(job.pageUrl.startsWith(system.address)).toBe(true);
    const answer = await system.call({ method: 'GET', path: pathname + search });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual(job);
    expect(answer.headers.get('referrer-policy')).toBe('same-origin');
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    expect(answer.calls).toEqual([`GetItem jobs ${job.id}`]);
    expect(job.pageUrl).not.toContain('owner');
  });

  test('that is not good is answered as if there were no such job, without a read', async () => {
    const unknown = await system.call(
      withKey({ method: 'GET', path: `/ui/jobs/${victims.waiting}` }, await other()),
    );
    for (const [name, grant] of badGrants(victims.waiting, await system.root())) {
      const answer = await attack(page(victims.waiting, grant));
      expect([name, answer.status, answer.calls, answer.body]).toEqual([name, 404, [], unknown.body]);
      const keyed = await attack(withKey(page(victims.waiting, grant), await other()));
      expect([name, keyed.status, keyed.body]).toEqual([name, 404, unknown.body]);
    }
  });
});

test('a key that was used is refused within a minute after it was revoked', async () => {
  const call = withKey(probes['GET /jobs/{id}'].call(victims), revoked.text);
  await eventually(async () => ((await system.call(call)).status === 401 ? true : undefined), 'the refusal');
  expect(Date.now() - revoked.at).toBeLessThan(60_000);
});
