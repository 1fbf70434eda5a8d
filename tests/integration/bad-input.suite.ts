import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { clientSettings } from '../../shared/aws/clients/clients.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { lambdaContext, sqsEvent } from './events.ts';
import { rejectedOptions, unknownId } from './rejected-options.ts';
import { rejectedRequests } from './rejected-requests.ts';
import type { System } from './system.ts';

let system: System;

const json = (value: unknown) => JSON.stringify(value);

export function describeBadInput(running: () => System): void {
  beforeAll(() => {
    system = running();
  });

  beforeEach(() => {
    system.queue.operations.length = 0;
    system.table.treat = () => 'pass';
    system.queue.treat = () => 'pass';
  });

  test.each([...rejectedRequests, ...rejectedOptions])(
    'submit rejects %s, and sends no message',
    async (_what, request, status, errors) => {
      const answer = await system.call('POST', '/jobs', request);
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      const body = problem.parse(JSON.parse(answer.body));
      expect(body).toMatchObject({ status, instance: '/jobs', ...(errors ? { errors } : {}) });
      expect(answer.body).not.toMatch(/node_modules|\.ts:|\\n +at /);
      expect(system.queue.operations).toEqual([]);
    },
  );

  test('submit answers the same to a dependency on a job of another tenant and on a job that does not exist', async () => {
    const id = '01234567-0123-4123-8123-0123456789ac';
    const another = submissionMessage(
      { tenant: 'another tenant', type: 'counting', payload: { seconds: 0 }, maxAttempts: 1 },
      { id, fingerprint: 'a fingerprint', now: Date.now() },
    );
    await system.worker(sqsEvent([writeMessage(another)]), lambdaContext(60_000));
    const own = await system.submit('counting', { seconds: 0 });
    system.queue.operations.length = 0;
    const answers = await Promise.all(
      [id, unknownId].map((dependency) =>
        system.call('POST', '/jobs', {
          body: json({ type: 'counting', payload: { seconds: 0 }, dependsOn: [own.id, dependency] }),
        }),
      ),
    );
    for (const { status, body } of answers)
      expect({ status, errors: problem.parse(JSON.parse(body)).errors }).toEqual({
        status: 400,
        errors: [{ pointer: '/dependsOn/1', detail: expect.any(String) }],
      });
    expect(answers[0]?.body).toBe(answers[1]?.body);
    expect(system.queue.operations).toEqual([]);
  });

  test.each([
    ['an unknown id', '01234567-0123-4123-8123-0123456789ab'],
    ['an id with special characters', encodeURIComponent('../\'"%00\u0000ü🎈')],
    ['an id in upper case', '01234567-0123-4123-8123-0123456789AB'],
  ])('status, cancel and retry answer 404 to %s', async (_what, id) => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const) {
      const answer = await system.call(method, `/jobs/${id}${path}`);
      expect(answer.status).toBe(404);
      expect(problem.parse(JSON.parse(answer.body)).status).toBe(404);
    }
  });

  test('submit replays the same request with an idempotency key, and rejects another request with it', async () => {
    const headers = { 'idempotency-key': '"a key"' };
    const first = await system.submit('counting', { seconds: 1 }, headers);
    const replayed = await system.call('POST', '/jobs', {
      body: json({ payload: { seconds: 1 }, type: 'counting' }),
      headers,
    });
    expect(replayed).toMatchObject({ status: 202, headers: { 'idempotent-replayed': 'true' } });
    expect(JSON.parse(replayed.body).id).toBe(first.id);
    const other = await system.call('POST', '/jobs', {
      body: json({ type: 'counting', payload: { seconds: 2 } }),
      headers,
    });
    expect(other.status).toBe(422);
    expect(system.queue.operations).toEqual(['SendMessage']);
  });

  test.each(['table', 'queue'] as const)(
    'submit answers 503 while the %s cannot be reached, and accepts a later retry',
    async (target) => {
      system[target].treat = () => 'refuse';
      const body = json({ type: 'counting', payload: { seconds: 0 } });
      const headers = { 'idempotency-key': `key for ${target}`.replaceAll(' ', '-') };
      const answer = await system.call('POST', '/jobs', { body, headers });
      expect(answer.status).toBe(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(answer.body).not.toMatch(/127\.0\.0\.1|ECONN|secret|local|node_modules/i);
      system[target].treat = () => 'pass';
      expect((await system.call('POST', '/jobs', { body, headers })).status).toBe(202);
    },
  );

  test('status answers 304 if the job has not changed', async () => {
    const { id } = await system.submit('counting', { seconds: 0 });
    const { headers } = await system.call('GET', `/jobs/${id}`);
    expect(headers['retry-after']).toBe('1');
    const unchanged = await system.call('GET', `/jobs/${id}`, {
      headers: { 'if-none-match': String(headers.etag) },
    });
    expect(unchanged).toMatchObject({ status: 304, body: '' });
  });

  test('submit repeats a call of the table that is not answered', async () => {
    let calls = 0;
    system.table.treat = (operation) => {
      if (operation === 'UpdateItem') calls += 1;
      return operation === 'UpdateItem' && calls === 1 ? 'hang' : 'pass';
    };
    const { status } = await system.submit('counting', { seconds: 0 });
    expect(status).toBe('queued');
    expect(calls).toBe(2);
    // Within the time that API Gateway waits for submit.
    expect(2 * clientSettings.requestHandler.requestTimeout).toBeLessThan(10_000);
  });
}
