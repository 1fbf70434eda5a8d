import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jobResponse } from '../../shared/http/job-response.ts';
import { problem } from '../../shared/http/respond.ts';
import { aKeyEntry } from '../fakes/access.ts';
import { type AttackedSystem, type HttpCall, startAttackedSystem } from './attacked-system.ts';
import { badCredentials, badGrants } from './attacks.ts';
import { eventually } from './eventually.ts';
import { lateJob, probes } from './probes.ts';
import { newVictims, settled, type Victims, withKey } from './victims.ts';

let system: AttackedSystem;
let victims: Victims;
let owner: string;
let other: string;
let revoked: { readonly text: string; readonly at: number };
let before: string;
beforeAll(async () => {
  system = await startAttackedSystem();
  owner = (await system.newKey({ tenant: 'the owner' })).text;
  other = (await system.newKey({ tenant: 'another tenant' })).text;
  victims = await newVictims(system, owner);
  revoked = await revokedKey();
  before = await settled(system);
});
afterAll(() => system?.stop());

/** A key that was used, and revoked after that. */
async function revokedKey() {
  const { key, text } = await system.newKey({ tenant: 'the owner' });
  expect((await system.call(withKey(probes['GET /jobs/{id}'].call(victims), text))).status).toBe(200);
  await system.putAccess(aKeyEntry(key, { tenant: 'the owner', revokedAt: Date.now() }));
  return { text, at: Date.now() };
}

/** Makes a call that must have no effect. */
async function attack(call: HttpCall) {
  const answer = await system.call(call);
  expect(await system.snapshot()).toBe(before);
  return { ...answer, problem: problem.parse(JSON.parse(answer.body)) };
}

async function submitted(call: HttpCall) {
  const { status, body } = await system.call(withKey(call, owner));
  expect({ status, body }).toMatchObject({ status: 202 });
  before = await settled(system);
  return jobResponse.parse(JSON.parse(body));
}

const readsOfJobs = ({ calls }: { readonly calls: readonly string[] }) =>
  calls.filter((call) => call.includes(' jobs ')).length;

const nobody = '00000000-0000-4000-8000-000000000000';
const submission = (job: object, headers: Record<string, string> = {}): HttpCall => ({
  method: 'POST',
  path: '/jobs',
  body: JSON.stringify(job),
  headers,
});
const dependent = (id: string) => ({ ...lateJob, delaySeconds: undefined, dependsOn: [id] });
const keyed = submission(lateJob, { 'idempotency-key': 'order-4711' });

describe('a submission', () => {
  test("that depends on another tenant's job is answered as if there were no such job", async () => {
    const known = await attack(withKey(submission(dependent(victims.waiting)), other));
    const unknown = await attack(withKey(submission(dependent(nobody)), other));
    expect(known.status).toBe(400);
    expect([known.body, readsOfJobs(known)]).toEqual([unknown.body, readsOfJobs(unknown)]);
  });

  test.each(badCredentials)(
    'with the key of an earlier one, and $name, does not show it',
    async ({ header }) => {
      const first = await submitted(keyed);
      const authorization = (await header(system)) ?? '';
      const answer = await attack({ ...keyed, headers: { ...keyed.headers, authorization } });
      expect(answer.status).toBe(401);
      expect(answer.body).not.toContain(first.id);
    },
  );

  test("with the key of another tenant's submission is a job of its own", async () => {
    const first = await submitted(keyed);
    const answer = await system.call(withKey(keyed, other));
    expect(answer.status).toBe(202);
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect(jobResponse.parse(JSON.parse(answer.body)).id).not.toBe(first.id);
    before = await settled(system);
  });
});

describe('a batch', () => {
  const batch = (...jobs: object[]) => ({
    method: 'POST',
    path: '/jobs/batch',
    body: JSON.stringify({ jobs }),
  });

  test("whose jobs depend on another tenant's is answered as if there were no such jobs", async () => {
    const known = await system.call(withKey(batch(dependent(victims.waiting)), other));
    const unknown = await system.call(withKey(batch(dependent(nobody)), other));
    expect(await system.snapshot()).toBe(before);
    expect(JSON.parse(known.body).items).toMatchObject([{ status: 400, problem: { status: 400 } }]);
    expect([known.body, readsOfJobs(known)]).toEqual([unknown.body, readsOfJobs(unknown)]);
  });

  test("with the keys of another tenant's submissions has jobs of its own", async () => {
    const first = await submitted(submission(lateJob, { 'idempotency-key': 'order-4712' }));
    const answer = await system.call(withKey(batch({ ...lateJob, idempotencyKey: 'order-4712' }), other));
    const [{ status, replayed, job }] = JSON.parse(answer.body).items;
    expect({ status, replayed }).toEqual({ status: 202, replayed: false });
    expect(job.id).not.toBe(first.id);
    before = await settled(system);
  });
});

describe('a grant', () => {
  const page = (id: string, grant: string) => ({ method: 'GET', path: `/ui/jobs/${id}?grant=${grant}` });

  test('shows its job without a credential, as its status does, and keeps its address private', async () => {
    const { body } = await system.call(withKey(probes['GET /jobs/{id}'].call(victims), owner));
    const job = jobResponse.parse(JSON.parse(body));
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
    const unknown = await attack(withKey({ method: 'GET', path: `/ui/jobs/${victims.waiting}` }, other));
    for (const [name, grant] of badGrants(victims.waiting, await system.root())) {
      const answer = await attack(page(victims.waiting, grant));
      expect([name, answer.status, answer.calls, answer.body]).toEqual([name, 404, [], unknown.body]);
      const asOther = await attack(withKey(page(victims.waiting, grant), other));
      expect([name, asOther.status, asOther.body]).toEqual([name, 404, unknown.body]);
    }
  });
});

test('a key that was used is refused within a minute after it was revoked', async () => {
  const call = withKey(probes['GET /jobs/{id}'].call(victims), revoked.text);
  await eventually(async () => ((await system.call(call)).status === 401 ? true : undefined), 'the refusal');
  expect(Date.now() - revoked.at).toBeLessThan(60_000);
});
