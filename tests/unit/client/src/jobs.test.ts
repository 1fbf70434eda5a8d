import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  InvalidRequestError,
  JobCanceledError,
  JobFailedError,
  NetworkError,
  NotFoundError,
  ThrottledError,
  UnavailableError,
  WaitTimeoutError,
} from '../../../../client/src/errors.ts';
import type { UploadBody } from '../../../../client/src/upload.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { aJob, byGateway, id, json, problem, scriptedApi, stage } from './scripted-api.ts';

const sentSchema = z.object({
  jobs: z.array(z.object({ idempotencyKey: z.string(), payload: z.object({ n: z.number().default(0) }) })),
});

const jobsIn = (body: string | undefined) => sentSchema.parse(JSON.parse(body ?? '')).jobs;

describe('submit', () => {
  const accepted = () => json(202, aJob());

  describe('a submission', () => {
    test('says what its options say', async () => {
      const { client, sent } = scriptedApi([accepted()]);
      await client.submit(
        'counting',
        { seconds: 1 },
        {
          dependsOn: [id, { id: 'job-2' }, `${stage}/jobs/job-3`],
          runAt: new Date('2026-12-24T17:00:00Z'),
          startBefore: '2026-12-24T18:00:00+01:00',
          tags: ['import 7'],
          notify: [{ event: true }],
          idempotencyKey: 'say "7\\8"',
          waitSeconds: 5.7,
        },
      );
      expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
        type: 'counting',
        payload: { seconds: 1 },
        dependsOn: [id, 'job-2', 'job-3'],
        runAt: '2026-12-24T17:00:00.000Z',
        startBefore: '2026-12-24T18:00:00+01:00',
        tags: ['import 7'],
        notify: [{ event: true }],
      });
      expect(sent[0]?.request.headers.get('prefer')).toBe('wait=5');
      expect(sent[0]?.request.headers.get('idempotency-key')).toBe('"say \\"7\\\\8\\""');
    });

    test.each(['', 'grün', 'a\nb', 'x'.repeat(256)])(
      'with the key %j is a mistake',
      async (idempotencyKey) => {
        const { client, sent } = scriptedApi([]);
        await expect(client.submit('counting', {}, { idempotencyKey })).rejects.toThrow(TypeError);
        expect(sent).toEqual([]);
      },
    );

    test('after what is no job is a mistake', async () => {
      const { client, sent } = scriptedApi([]);
      const dependsOn = ['https://elsewhere.example.com/jobs/1'];
      await expect(client.submit('counting', {}, { dependsOn })).rejects.toThrow(TypeError);
      expect(sent).toEqual([]);
    });
  });

  describe('with contracts', () => {
    test('a payload that does not fit is not sent, and everything that is wrong is named', async () => {
      const { client, sent } = scriptedApi([], { contracts });
      const payload = { csv: 'a\n1', groupBy: '', metrics: [{ column: 'a', op: 'median' as 'mean' }] };
      const error = await client.submit('csv-sums', payload).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidRequestError);
      const { errors } = error as InvalidRequestError;
      expect(errors.map(({ pointer }) => pointer)).toEqual(['/payload/groupBy', '/payload/metrics/0/op']);
      expect(sent).toEqual([]);
    });

    test('a payload is sent as it is given: defaults are for the API to fill in', async () => {
      const { client, sent } = scriptedApi([accepted()], { contracts });
      const payload = { to: 'jane@example.com', subject: 'Hello', text: 'Hello' };
      await client.submit('send-email', payload);
      expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ type: 'send-email', payload });
    });

    test('a type that the stage has got meanwhile is left to the API', async () => {
      const { client, sent } = scriptedApi([accepted()], { contracts });
      await client.submit('greet' as 'counting', { seconds: 1 });
      expect(sent).toHaveLength(1);
    });

    test('a pointer has its special characters escaped', async () => {
      const validate = () => ({ issues: [{ message: 'no', path: ['a/b', { key: 'c~d' }, 0] }] });
      const schema = { '~standard': { validate } };
      const { client } = scriptedApi([], { contracts: { greet: { payload: schema, result: schema } } });
      await expect(client.submit('greet', {})).rejects.toMatchObject({
        errors: [{ pointer: '/payload/a~1b/c~0d/0', detail: 'no' }],
      });
    });
  });

  describe('many submissions', () => {
    const submissions = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ type: 'counting', payload: { n } }));
    /** Accepts all, but for the jobs that `refused` names. */
    const batch =
      (refused: (n: number) => Response | undefined = () => undefined) =>
      async (request: Request) => {
        const items = jobsIn(await request.text()).map(async ({ payload: { n } }) => {
          const refusal = refused(n);
          if (refusal) return { status: refusal.status, problem: await refusal.json() };
          return { status: 202, job: aJob({ id: `job-${n}` }) };
        });
        return json(200, { items: await Promise.all(items) });
      };

    test('are sent by the hundred, and answered in their order', async () => {
      const { client, sent, targets } = scriptedApi([batch(), batch(), batch()]);
      const results = await client.submitAll(submissions(250));
      expect(results.map(({ job }) => job?.id)).toEqual(Array.from({ length: 250 }, (_, n) => `job-${n}`));
      expect(targets()).toEqual(Array(3).fill('POST /jobs/batch'));
      expect(sent.map(({ body }) => jobsIn(body).length)).toEqual([100, 100, 50]);
      const keys = sent.flatMap(({ body }) => jobsIn(body).map(({ idempotencyKey }) => idempotencyKey));
      expect(new Set(keys).size).toBe(250);
    });

    test('are sent in parts of 4.5 MB', async () => {
      const { client, sent } = scriptedApi([batch(), batch()]);
      const text = 'ü'.repeat(1024 * 1024);
      const large = [0, 1, 2].map((n) => ({ type: 'counting', payload: { n, text } }));
      await client.submitAll(large);
      expect(sent.map(({ body }) => jobsIn(body).length)).toEqual([2, 1]);
      expect(Math.max(...sent.map(({ body }) => Buffer.byteLength(body)))).toBeLessThanOrEqual(
        4.5 * 1024 * 1024,
      );
    });

    // Lambda takes an event of 6 MiB, in which the body is a JSON text: each quote and backslash is escaped again.
    test('are sent in parts that Lambda takes, whatever is escaped in them', async () => {
      const { client, sent } = scriptedApi([batch(), batch()]);
      const text = '"\n'.repeat(250_000);
      const payloads = Array.from({ length: 6 }, (_, n) => ({ type: 'counting', payload: { n, text } }));
      await client.submitAll(payloads);
      expect(sent.map(({ body }) => jobsIn(body).length)).toEqual([3, 3]);
      for (const { body } of sent)
        expect(Buffer.byteLength(JSON.stringify({ body }))).toBeLessThan(6 * 1024 * 1024 - 32 * 1024);
    });

    test('go in two parts if they are a few bytes too many for one', async () => {
      const maxBytes = 4.5 * 1024 * 1024;
      const sizesOf = async (text: string) => {
        const { client, sent } = scriptedApi([batch(), batch()]);
        await client.submitAll(
          [text, ''].map((each, n) => ({ type: 'counting', payload: { n, text: each } })),
        );
        return sent.map(({ body }) => Buffer.byteLength(body));
      };
      const [around = 0] = await sizesOf('');
      expect(await sizesOf('x'.repeat(maxBytes - around - 1))).toEqual([maxBytes - 1]);
      expect(await sizesOf('x'.repeat(maxBytes - around + 1))).toHaveLength(2);
    });

    test('are each refused for themselves; only what may pass is sent again, under its key', async () => {
      const first = batch((n) => (n === 1 ? problem(400, 'invalid-request') : problem(503, 'unavailable')));
      const { client, sent } = scriptedApi([first, batch()]);
      const [zero, one, two] = await client.submitAll(submissions(3));
      expect([zero?.job?.id, two?.job?.id]).toEqual(['job-0', 'job-2']);
      expect(one?.error).toBeInstanceOf(InvalidRequestError);
      const [before = [], after = []] = sent.map(({ body }) => jobsIn(body));
      expect(after).toEqual([before[0], before[2]]);
    });

    test('are sent again when the limit of the tenant says, and each refusal names the limit', async () => {
      const limit = { name: 'jobsPerMinute', max: 1, windowSeconds: 60, retryAfterSeconds: 60 };
      const exceeded = { type: '/problems/limit-exceeded', title: 'x', status: 429, detail: 'x', limit };
      const refusing = batch((n) => (n === 1 ? json(429, exceeded) : undefined));
      const { client, sent } = scriptedApi([refusing], { retries: { tries: 3, seconds: 30 } });
      const [zero, one] = await client.submitAll(submissions(2));
      expect([zero?.job?.id, sent.length]).toEqual(['job-0', 1]);
      expect(one?.error).toBeInstanceOf(ThrottledError);
      expect(one?.error).toMatchObject({ limit, retryAfterSeconds: 60 });
    });

    test('are each without an answer if their batch is, while others are accepted', async () => {
      const refused = new TypeError('fetch failed');
      const steps = [batch(), refused, refused, refused];
      const { client, sent } = scriptedApi(steps, { retries: { tries: 3 } });
      const results = await client.submitAll(submissions(101));
      expect(results.slice(0, 100).every(({ job }) => job !== undefined)).toBe(true);
      expect(results[100]?.error).toBeInstanceOf(NetworkError);
      expect(sent).toHaveLength(4);
    });

    test('end with the reason of an abort', async () => {
      const reason = new Error('the user has left');
      const { client } = scriptedApi([problem(503, 'unavailable')]);
      const submitting = client.submitAll(submissions(1), { signal: AbortSignal.timeout(50) });
      await expect(submitting).rejects.toThrow(DOMException);
      const aborted = client.submitAll(submissions(1), { signal: AbortSignal.abort(reason) });
      await expect(aborted).rejects.toBe(reason);
    });

    test('that do not fit their contract are not sent', async () => {
      const { client, sent } = scriptedApi([batch()], { contracts });
      const [bad, good] = await client.submitAll([
        { type: 'counting', payload: { seconds: -1 } },
        { type: 'counting', payload: { seconds: 1 } },
      ]);
      expect(bad?.error).toBeInstanceOf(InvalidRequestError);
      expect(good?.job).toBeDefined();
      expect(jobsIn(sent[0]?.body)).toHaveLength(1);
    });

    test('of which there are none are no call', async () => {
      const { client, sent } = scriptedApi([]);
      expect(await client.submitAll([])).toEqual([]);
      expect(sent).toEqual([]);
    });
  });
});

const url = 'https://bucket.example.com/uploads/1?X-Amz-Signature=abc';
const refused = new TypeError('fetch failed');
const text = 'city,orders\n';
const stored = () => new Response(null, { status: 200 });
const bytes = new TextEncoder().encode(text);

async function* chunks() {
  yield bytes.slice(0, 4);
  yield bytes.slice(4);
}

describe('an upload', () => {
  const accepted = () =>
    json(201, { object: 'o.1', upload: { method: 'PUT', url, headers: { 'if-none-match': '*' } } });

  test.each<[string, UploadBody]>([
    ['a text', text],
    ['bytes', bytes],
    ['a part of a buffer', Buffer.from(`--${text}`).subarray(2)],
    ['an array buffer', bytes.buffer],
    ['a blob', new Blob([text])],
    ['a stream', new Blob([text]).stream()],
    ['a stream of Node.js', chunks()],
  ])('takes %s, and the bucket gets no credential', async (_case, body) => {
    const { client, sent, headersNamed } = scriptedApi([accepted(), stored()], { key: 'sjw_1' });
    expect(await client.upload(body, { contentType: 'text/csv' })).toBe('o.1');
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ bytes: 12, contentType: 'text/csv' });
    expect(sent[1]?.body).toBe(text);
    expect(sent[1]?.request).toMatchObject({ method: 'PUT', url });
    expect(headersNamed('authorization')).toEqual(['Bearer sjw_1', null]);
    expect(headersNamed('if-none-match')[1]).toBe('*');
  });

  test('is of the type that a blob has', async () => {
    const { client, sent } = scriptedApi([accepted(), stored()]);
    await client.upload(new Blob([text], { type: 'text/csv' }));
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ bytes: 12, contentType: 'text/csv' });
  });

  test('is sent again if the connection breaks, and is done if it has arrived before', async () => {
    const exists = new Response('<Error><Code>PreconditionFailed</Code></Error>', { status: 412 });
    const { client, sent } = scriptedApi([accepted(), refused, problem(503, 'SlowDown'), exists]);
    expect(await client.upload(text)).toBe('o.1');
    expect(sent.slice(1).map(({ body }) => body)).toEqual([text, text, text]);
  });

  test('of a stream is sent once: it is gone', async () => {
    const { client, sent } = scriptedApi([accepted(), refused, stored()]);
    await expect(client.upload(chunks(), { bytes: 12 })).rejects.toThrow(NetworkError);
    expect(sent).toHaveLength(2);
  });
});

const running = (etag: string) => json(200, aJob({ status: 'running' }), { etag, 'retry-after': '0' });
const unchanged = (headers: Record<string, string> = { 'retry-after': '0' }) =>
  new Response(null, { status: 304, headers });
const hang = ({ signal }: Request) =>
  new Promise<Response>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('follow', () => {
  const succeeded = () => json(200, aJob({ status: 'succeeded', result: { seconds: 1 } }), { etag: '"z"' });

  describe('to wait', () => {
    test('takes a job by its id, as the client gave it, or by its status URL', async () => {
      for (const job of [id, { id }, `${stage}/jobs/${id}`]) {
        const { client, targets } = scriptedApi([succeeded()]);
        expect((await client.wait(job)).result).toEqual({ seconds: 1 });
        expect(targets()).toEqual([`GET /jobs/${id}`]);
      }
    });

    test.each([`https://elsewhere.example.com/jobs/${id}`, `${stage}/jobs/${id}/result`, '../schedules', ''])(
      'does not ask for %j, which is no job of this stage',
      async (job) => {
        const { client, sent } = scriptedApi([]);
        await expect(client.wait(job)).rejects.toThrow(TypeError);
        expect(sent).toEqual([]);
      },
    );

    test('goes on from the state that it knows', async () => {
      const steps = [running('"a"'), unchanged(), running('"b"'), succeeded()];
      const { client, headersNamed, targets } = scriptedApi(steps);
      await client.wait(id);
      expect(targets()).toEqual([`GET /jobs/${id}`, ...Array(3).fill(`GET /jobs/${id}/wait?seconds=20`)]);
      expect(headersNamed('if-none-match')).toEqual([null, '"a"', '"a"', '"b"']);
    });

    test.each([
      ['the API', () => problem(404, 'not-found')],
      ['the gateway', () => byGateway(404)],
    ])('asks again and again where %s knows no such address', async (_case, unknown) => {
      const { client, targets } = scriptedApi([running('"a"'), unknown(), unchanged(), succeeded()]);
      await client.wait(id);
      const look = `GET /jobs/${id}`;
      expect(targets()).toEqual([look, `${look}/wait?seconds=20`, look, look]);
    });

    test.each([[{ 'retry-after': '1' }], [{}]])(
      'waits for a second before it asks again, where the answer has %j',
      async (headers) => {
        const steps = [running('"a"'), byGateway(404), unchanged(headers), succeeded()];
        const { client } = scriptedApi(steps);
        const before = performance.now();
        await client.wait(id);
        expect(performance.now() - before).toBeGreaterThanOrEqual(990);
      },
    );

    test('waits before it asks again, if it was let go before its time', async () => {
      const steps = [running('"a"'), unchanged({ 'retry-after': '1' }), succeeded()];
      const { client, targets } = scriptedApi(steps);
      const before = performance.now();
      await client.wait(id);
      expect(performance.now() - before).toBeGreaterThanOrEqual(990);
      expect(targets()).toEqual([`GET /jobs/${id}`, ...Array(2).fill(`GET /jobs/${id}/wait?seconds=20`)]);
    });

    test('asks for the job itself while the tenant has as many waits open as it may', async () => {
      const limit = { name: 'waitsAtOnce', max: 1, retryAfterSeconds: 0 };
      const full = () => problem(429, 'limit-exceeded', { limit });
      const look = `GET /jobs/${id}`;
      const wait = `${look}/wait?seconds=20`;
      const steps = [running('"a"'), ...Array(9).fill([full, unchanged]).flat(), full, succeeded];
      const { client, targets } = scriptedApi(
        steps.map((step) => (step instanceof Response ? step : step())),
      );
      await client.wait(id);
      expect(targets()).toEqual([look, ...Array(10).fill([wait, look]).flat()]);
    });

    test('asks for the job itself while waits have no invocation left', async () => {
      const retries = { tries: 2, seconds: 1 };
      const full = () => byGateway(503);
      const steps = [running('"a"'), full(), full(), unchanged(), full(), full(), succeeded()];
      const { client, targets } = scriptedApi(steps, { retries });
      await client.wait(id);
      const look = `GET /jobs/${id}`;
      const wait = `${look}/wait?seconds=20`;
      expect(targets()).toEqual([look, wait, wait, look, wait, wait, look]);
    });

    test('ends with an error if the job itself cannot be asked for either', async () => {
      const retries = { tries: 1, seconds: 1 };
      const { client } = scriptedApi([running('"a"'), byGateway(503), byGateway(503)], { retries });
      await expect(client.wait(id)).rejects.toThrow(UnavailableError);
    });

    test('for no job is an error', async () => {
      const { client } = scriptedApi([problem(404, 'job-not-found')]);
      await expect(client.wait(id)).rejects.toThrow(NotFoundError);
    });

    test('for a job that is erased meanwhile is an error', async () => {
      const { client, sent } = scriptedApi([running('"a"'), problem(404, 'job-not-found')]);
      await expect(client.wait(id)).rejects.toMatchObject({ type: '/problems/job-not-found' });
      expect(sent).toHaveLength(2);
    });

    test('ends with an error if the job does not succeed', async () => {
      const error = { name: 'ColumnError', message: 'there is no column' };
      const { client } = scriptedApi([
        json(200, aJob({ status: 'failed', error })),
        json(200, aJob({ status: 'canceled' })),
      ]);
      const failed = await client.wait(id).catch((thrown: unknown) => thrown);
      expect(failed).toBeInstanceOf(JobFailedError);
      expect(failed).toMatchObject({
        message: `Job ${id} failed: ColumnError: there is no column`,
        job: { error },
      });
      const canceled = await client.wait(id).catch((thrown: unknown) => thrown);
      expect(canceled).toBeInstanceOf(JobCanceledError);
      expect(canceled).toMatchObject({ name: 'JobCanceledError', job: { id } });
    });

    test('ends in time, with the job as it was seen last', async () => {
      const { client } = scriptedApi([running('"a"'), hang]);
      const error = await client.wait(id, { timeoutSeconds: 0.1 }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(WaitTimeoutError);
      expect(error).toMatchObject({ name: 'WaitTimeoutError', job: { id, status: 'running' } });
    });

    test.each([undefined, 60])(
      'ends with the reason of an abort, with %p seconds to go',
      async (timeoutSeconds) => {
        const reason = new Error('the user has left');
        const leaving = new AbortController();
        const leave = (request: Request) => {
          setTimeout(() => leaving.abort(reason));
          return hang(request);
        };
        const { client } = scriptedApi([running('"a"'), leave]);
        const waiting = client.wait(id, { signal: leaving.signal, timeoutSeconds });
        await expect(waiting).rejects.toBe(reason);
      },
    );
  });

  describe('to watch', () => {
    test('yields the job as it is, then each change, and its end', async () => {
      const { client, targets } = scriptedApi([running('"a"'), unchanged(), running('"b"'), succeeded()]);
      const seen: string[] = [];
      for await (const { status } of client.watch(id)) seen.push(status);
      expect(seen).toEqual(['running', 'running', 'succeeded']);
      expect(targets()).toEqual([`GET /jobs/${id}`, ...Array(3).fill(`GET /jobs/${id}/wait?seconds=20`)]);
    });

    test('asks no more when nobody reads on', async () => {
      const { client, sent } = scriptedApi([running('"a"'), running('"b"')]);
      for await (const { status } of client.watch(id)) {
        expect(status).toBe('running');
        break;
      }
      expect(sent).toHaveLength(1);
    });
  });
});

const key = 'sjw_1';
const signed = 'https://bucket.example.com/results/1?X-Amz-Signature=abc';
const redirect = () => new Response(null, { status: 303, headers: { location: signed } });
const large = { bytes: 40_000, contentType: 'application/json', url: `${stage}/jobs/${id}/result` };

describe('result', () => {
  const succeeded = (over: object) => json(200, aJob({ status: 'succeeded', ...over }));

  describe('the result', () => {
    test('is that of the job', async () => {
      const { client } = scriptedApi([succeeded({ result: { seconds: 1 } })]);
      expect(await client.result(id)).toEqual({ seconds: 1 });
    });

    test('is fetched if it is large, and the bucket gets no credential', async () => {
      const { client, headersNamed, targets } = scriptedApi(
        [succeeded({ resultObject: large }), redirect(), json(200, { rows: 7 })],
        { key },
      );
      expect(await client.result(id)).toEqual({ rows: 7 });
      expect(targets()).toEqual([`GET /jobs/${id}`, `GET /jobs/${id}/result`, `GET ${signed}`]);
      expect(headersNamed('authorization')).toEqual([`Bearer ${key}`, `Bearer ${key}`, null]);
    });

    test('of a job that was waited for is there, however large', async () => {
      const steps = [succeeded({ resultObject: large }), redirect(), json(200, { rows: 7 })];
      const { client } = scriptedApi(steps, { key });
      expect((await client.wait(id)).result).toEqual({ rows: 7 });
    });

    test('is fetched anew, from a new address, if the bucket breaks off', async () => {
      const broken = new Response(
        new ReadableStream({ start: (controller) => controller.error(new Error('reset')) }),
      );
      const steps = [
        succeeded({ resultObject: large }),
        redirect(),
        broken,
        redirect(),
        json(200, { rows: 7 }),
      ];
      const { client } = scriptedApi(steps);
      expect(await client.result(id)).toEqual({ rows: 7 });
    });

    test('of a job that has streamed is what it has returned beside that', async () => {
      const resultObject = { ...large, contentType: 'text/csv' };
      const { client } = scriptedApi([succeeded({ result: { rows: 9 }, resultObject })]);
      expect(await client.result(id)).toEqual({ rows: 9 });
    });

    test('of a job that has streamed JSON, and returned nothing, is null', async () => {
      const { client, sent } = scriptedApi([succeeded({ resultObject: { ...large, bytes: 100 } })]);
      expect(await client.result(id)).toBeNull();
      expect(sent).toHaveLength(1);
    });

    test('of a job that has none is an error', async () => {
      const { client } = scriptedApi([json(200, aJob()), problem(404, 'no-result')]);
      await expect(client.result(id)).rejects.toThrow(NotFoundError);
    });
  });

  describe('a download', () => {
    test('has a body that nobody has read yet', async () => {
      const csv = new Response('city,orders\n', { headers: { 'content-type': 'text/csv' } });
      const { client } = scriptedApi([redirect(), byGateway(503), csv]);
      const response = await client.download(id);
      expect(response.bodyUsed).toBe(false);
      expect(response.headers.get('content-type')).toBe('text/csv');
      expect(await response.text()).toBe('city,orders\n');
    });

    test('is a small result, too', async () => {
      const { client } = scriptedApi([json(200, { seconds: 1 })]);
      const response = await client.download(id);
      expect(await response.text()).toBe('{"seconds":1}');
      expect(response.headers.get('content-type')).toBe('application/json');
    });

    test('goes by the page of the job where a browser hides the redirect, without a credential', async () => {
      // As a browser shows it: status 0, no headers.
      const opaque = Response.error();
      const { client, headersNamed, targets } = scriptedApi(
        [opaque, succeeded({ resultObject: large }), json(200, { rows: 7 })],
        { key },
      );
      expect(await (await client.download(id)).json()).toEqual({ rows: 7 });
      expect(targets()[2]).toBe(`GET /ui/jobs/${id}/result?grant=g.1`);
      expect(headersNamed('authorization')[2]).toBeNull();
    });
  });
});
