import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { type AttackedSystem, type HttpCall, limitedTenant } from './attacked-system.ts';
import { badCredentials } from './attacks.ts';
import { lateJob } from './probes.ts';
import { callWithoutEffect, newVictims, nobody, settled, type Victims, withKey } from './victims.ts';

export function attackTenants(running: () => AttackedSystem): void {
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

  async function attack(call: HttpCall) {
    const answer = await callWithoutEffect(system, call);
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

  describe('who asks again and again', () => {
    let key: string;
    beforeAll(async () => {
      key = (await system.newKey({ tenant: limitedTenant })).text;
    });
    const jobs: string[] = [];
    const called = async (path: string) => {
      const { status, body } = await system.call(withKey({ method: 'GET', path }, key));
      return status === 200 ? 200 : problem.parse(JSON.parse(body)).limit?.name;
    };

    test('for one job after another uses up the limit on jobs', async () => {
      const answers: unknown[] = [];
      for (let index = 1; index <= 7; index += 1) {
        const job = { ...lateJob, idempotencyKey: `key ${index}` };
        const path = { method: 'POST', path: '/jobs/batch', body: JSON.stringify({ jobs: [job] }) };
        const [item] = JSON.parse((await system.call(withKey(path, key))).body).items;
        answers.push(item.status);
        if (item.job) jobs.push(item.job.id);
      }
      expect(answers).toEqual([202, 202, 202, 202, 202, 429, 429]);
      before = await settled(system);
    });

    test('for all lines of a job, sixty times at once, uses up one search', async () => {
      const all = (index: number) => called(`/jobs/${jobs[index]}/logs?source=all`);
      const answers = await Promise.all(Array.from({ length: 60 }, () => all(0)));
      expect(new Set(answers)).toEqual(new Set([200]));
      expect([await all(1), await all(2), await all(0)]).toEqual([200, 'logSearchesPerHour', 200]);
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
}
