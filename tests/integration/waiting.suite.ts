import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import type { SubmitRequest } from '../../shared/http/requests/submit-request.ts';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { eventually } from './eventually.ts';
import type { System } from './system.ts';
import { expectOneAfterTheOther, expectOneEnd, startOf } from './times.ts';

let system: System;

const counting = (seconds: number, options: Partial<SubmitRequest> = {}) =>
  system.request({ ...options, type: 'counting', payload: { seconds } });
const after = (...dependencies: readonly JobResponse[]) => ({ dependsOn: dependencies.map(({ id }) => id) });
const finished = ({ id }: JobResponse) => system.finished(id);
const post = ({ id }: JobResponse, action: 'cancel' | 'retry') =>
  system.call('POST', `/jobs/${id}/${action}`);
const until = (job: JobResponse, status: JobResponse['status']) =>
  eventually(
    async () => (await system.get(job.id)).status === status || undefined,
    `job ${job.id} to be ${status}`,
  );
const dueAt = ({ runAt }: JobResponse) => Date.parse(runAt ?? '');

export function describeWaiting(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('a delayed job shows its runAt, and does not start before it', async () => {
    const accepted = await counting(0, { delaySeconds: 2 });
    expect(accepted.status).toBe('waiting');
    expect(dueAt(accepted) - Date.parse(accepted.createdAt)).toBe(2_000);
    const job = await finished(accepted);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(startOf(job)).toBeGreaterThanOrEqual(dueAt(job));
  });

  test('admission defers a job whose message is delivered before its runAt', async () => {
    const id = randomUUID();
    const now = Date.now();
    const message = submissionMessage(
      { tenant: 'public', type: 'counting', payload: { seconds: 0 }, maxAttempts: 5, runAt: now + 3_000 },
      { id, fingerprint: 'a fingerprint', now },
    );
    await system.send(writeMessage(message), 'waiting');
    await eventually(
      async () => (await system.call('GET', `/jobs/${id}`)).status === 200 || undefined,
      'admission to write the item',
    );
    const job = await system.finished(id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(startOf(job)).toBeGreaterThanOrEqual(now + 3_000);
    await system.drained('waiting');
  });

  test('a diamond of dependencies runs from top to bottom', async () => {
    const a = await counting(1);
    const b = await counting(1, after(a));
    const c = await counting(0, after(a));
    const d = await counting(0, after(b, c));
    const [top, left, right, bottom] = await Promise.all([
      finished(a),
      finished(b),
      finished(c),
      finished(d),
    ]);
    expectOneAfterTheOther([top, left, bottom]);
    expectOneAfterTheOther([top, right, bottom]);
    for (const job of [top, left, right, bottom]) expectOneEnd(job);
    expect(bottom).toMatchObject({ status: 'succeeded', ...after(b, c) });
  });

  test('a chain of ten dependent jobs runs one job after the other', async () => {
    const chain = [await counting(0)];
    for (let last = chain[0]; last && chain.length < 10; last = chain.at(-1))
      chain.push(await counting(0, after(last)));
    const jobs = await Promise.all(chain.map(finished));
    expectOneAfterTheOther(jobs);
    expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
    expect(jobs.map(({ attempt }) => attempt)).toEqual(jobs.map(() => 1));
  });

  test('a job that depends on 50 jobs runs once, after all of them, if they end at about the same time', async () => {
    await system.halt('long');
    const dependencies = await Promise.all(Array.from({ length: 50 }, () => counting(0)));
    const dependent = await counting(0, after(...dependencies));
    await until(dependent, 'waiting');
    system.start('long');
    const job = await finished(dependent);
    const jobs = await Promise.all(dependencies.map(finished));
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
    for (const each of jobs) expectOneAfterTheOther([each, job]);
    expectOneEnd(job);
  });

  test('a job with a dependency and a delay waits for both', async () => {
    const early = await counting(0);
    const late = await counting(3);
    const [timed, dependent] = await Promise.all([
      counting(0, { ...after(early), delaySeconds: 2 }).then(finished),
      counting(0, { ...after(early, late), delaySeconds: 1 }).then(finished),
    ]);
    expect(startOf(timed)).toBeGreaterThanOrEqual(dueAt(timed));
    expect(startOf(dependent)).toBeGreaterThanOrEqual(dueAt(dependent));
    expectOneAfterTheOther([await finished(late), dependent]);
  });

  test('the direct and indirect dependents of a failed job fail, and each error names the dependency', async () => {
    const failing = await system.request({
      type: 'csv-sums',
      payload: { csv: 'a\n1\n', groupBy: 'b', metrics: [{ column: 'a', op: 'sum' }] },
      delaySeconds: 1,
    });
    const succeeding = await counting(0);
    const child = await counting(0, after(succeeding, failing));
    const grandchild = await counting(0, after(child));
    for (const [job, cause] of [
      [child, failing],
      [grandchild, child],
    ] as const) {
      const { status, startedAt, error } = await finished(job);
      expect({ status, startedAt }).toEqual({ status: 'failed', startedAt: null });
      expect(error).toEqual({ name: 'DependencyError', message: expect.stringContaining(cause.id) });
    }
  });

  test('a job whose dependency is canceled fails, and both run if both are retried', async () => {
    await system.halt('long');
    const first = await counting(0);
    const second = await counting(0, after(first));
    await until(second, 'waiting');
    expect((await post(first, 'cancel')).status).toBe(200);
    expect(await finished(second)).toMatchObject({ status: 'failed', error: { name: 'DependencyError' } });

    expect((await post(first, 'retry')).status).toBe(202);
    expect((await post(second, 'retry')).status).toBe(202);
    await until(second, 'waiting');
    system.start('long');
    const jobs = await Promise.all([finished(first), finished(second)]);
    expect(jobs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expectOneAfterTheOther(jobs);
  });

  test('a waiting job that is canceled does not run when its dependency ends', async () => {
    const first = await counting(600);
    const second = await counting(0, after(first));
    await until(second, 'waiting');
    expect((await post(second, 'cancel')).status).toBe(200);
    expect((await post(second, 'retry')).status).toBe(202);
    await until(second, 'waiting');
    expect((await post(second, 'cancel')).status).toBe(200);
    await until(first, 'running');
    await post(first, 'cancel');
    await finished(first);
    // The worker deletes the message of the dependency after it has woken the dependents.
    await system.drained('long');
    expect(await system.get(second.id)).toMatchObject({ status: 'canceled', startedAt: null });
  });
}
