import { createHttpPoller, type OperationResponse } from '@azure/core-lro';
import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { eventually } from './eventually.ts';
import { sendRaw } from './raw-http.ts';

const csvJob = {
  type: 'csv-sums',
  payload: { csv: 'a,b\nx,1\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] },
};

const post = (url: string, body: unknown) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** As Azure's clients call it: what they know of us is the address, and the conventions of HTTP. */
async function answerTo(url: string, body?: unknown): Promise<OperationResponse> {
  const response = await (body === undefined ? fetch(url) : post(url, body));
  const answer = z.record(z.string(), z.unknown()).parse(await response.json());
  const rawResponse = {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: answer,
    request: { method: body === undefined ? 'GET' : 'POST', url },
  };
  return { flatResponse: answer, rawResponse };
}

/** Submits a job, and polls it to its end. */
const pollToEnd = (address: string, submission: unknown) =>
  createHttpPoller(
    {
      sendInitialRequest: () => answerTo(`${address}/jobs`, submission),
      sendPollRequest: (url) => answerTo(url),
    },
    { intervalInMs: 100 },
  ).pollUntilDone();

/** What stands before the functions, as API Gateway does. */
export function describeGateway(system: () => ChildSystem): void {
  let id: string;
  beforeAll(async () => {
    const answer = await fetch(`${system().address}/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'counting', payload: { seconds: 0 }, delaySeconds: 1_500 }),
    });
    ({ id } = jobResponse.parse(await answer.json()));
  });

  test("Azure's poller follows a job by `Operation-Location` until the job has ended", async () => {
    const { address } = system();
    const counting = { type: 'counting', payload: { seconds: 1 } };
    expect(await pollToEnd(address, counting)).toMatchObject({
      status: 'succeeded',
      result: { seconds: 1 },
    });
    const failing = { ...csvJob, payload: { ...csvJob.payload, groupBy: 'none' } };
    await expect(pollToEnd(address, failing)).rejects.toThrow('failed');
  });

  test('a mail is sent to the window of npm start, and its job succeeds', async () => {
    const { address, output } = system();
    const lines = Array.from({ length: 7 }, (_, at) => `line ${at}`).join('\n');
    const payload = { to: 'jane@example.org', subject: 'Your order', text: `\u001b[2J${lines}` };
    expect(await pollToEnd(address, { type: 'send-email', payload })).toMatchObject({
      status: 'succeeded',
      result: { outcome: 'accepted', messageId: expect.stringMatching(/^local-/) },
    });
    expect(output()).toContain(
      [
        'A mail, which npm start does not send: from jobs@example.com to jane@example.org',
        'Subject: Your order',
        ...['[2Jline 0', 'line 1', 'line 2', 'line 3', 'line 4', '... and 2 lines more'],
      ].join('\n    '),
    );
  });

  const raw = (line: string, ...headers: readonly string[]) =>
    sendRaw(system().address, [line, 'Connection: close', ...headers, '', ''].join('\r\n'));
  const local = 'Host: 127.0.0.1';
  const somePath = 'GET /jobs/none HTTP/1.1';

  test.each<[string, number, string, ...string[]]>([
    ['without a host', 400, somePath],
    ['with an empty host', 400, somePath, 'Host:'],
    ['with a space in its host', 400, somePath, 'Host: a b'],
    ['with a path in its host', 400, somePath, 'Host: a/b'],
    ['with a user in its host', 400, somePath, 'Host: a@b'],
    ['with a port that is none', 400, somePath, 'Host: a:99999'],
    ['with an unknown expectation', 417, somePath, local, 'Expect: a miracle'],
    ['with an unknown method', 400, 'FETCH /jobs/none HTTP/1.1', local],
    ['to a proxy', 400, 'CONNECT a.example:443 HTTP/1.1', local],
    ['for a path that is badly escaped', 400, 'GET /jobs/%zz HTTP/1.1', local],
    ['for a path that is badly escaped once it is decoded', 400, 'GET /jobs/a%25b HTTP/1.1', local],
    ['for no path', 400, 'OPTIONS * HTTP/1.1', local],
    [
      'with a content type that is none',
      400,
      'POST /jobs HTTP/1.1',
      local,
      'Content-Type: ;',
      'Content-Length: 0',
    ],
    ...['gzip', 'br', 'x'].map((encoding): [string, number, string, ...string[]] => [
      `with a body in the encoding ${encoding}`,
      415,
      'POST /jobs HTTP/1.1',
      local,
      'Content-Type: application/json',
      `Content-Encoding: ${encoding}`,
      'Content-Length: 0',
    ]),
    ['with a header that is none', 400, somePath, local, 'a b: c'],
    ['with headers of 20 KB', 431, somePath, local, `X-Large: ${'x'.repeat(20_000)}`],
  ])('a request %s is answered with a problem document: %i', async (_what, status, line, ...headers) => {
    const answer = await raw(line, ...headers);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(Buffer.byteLength(answer.body)).toBe(Number(answer.headers.get('content-length')));
    expect(problem.parse(JSON.parse(answer.body)).status).toBe(status);
    expect(answer.status).toBe(status);
  });

  // The last two are in ALLOWED_HOSTS.
  test.each(['[::1]:3000', 'localhost:80', '127.0.0.1', 'LOCALHOST', 'a_b.example', 'jobs.example:8443'])(
    'a request to the host %s is let through',
    async (host) => {
      expect((await raw(somePath, `Host: ${host}`)).status).toBe(404);
    },
  );

  test.each([
    ['evil.example', 'evil.example'],
    ['evil.example:3000', 'evil.example'],
    ['localhost.evil.example', 'localhost.evil.example'],
    ['127.0.0.1.evil.example', '127.0.0.1.evil.example'],
    ['0.0.0.0:3000', '0.0.0.0'],
    ['b.jobs.example', 'b.jobs.example'],
  ])('a request to the host %s is refused, and told what to set', async (host, name) => {
    const { status, body } = await raw(somePath, `Host: ${host}`);
    expect(status).toBe(403);
    expect(problem.parse(JSON.parse(body)).detail).toBe(
      `This machine is not called ${name}. If the name is yours, set ALLOWED_HOSTS=${name} and start again.`,
    );
  });

  test('a page that came by an allowed name may call', async () => {
    const posted = await raw(
      'POST /schedules/none/run HTTP/1.1',
      'Host: jobs.example',
      'Origin: https://jobs.example',
    );
    expect(posted.status).toBe(404);
  });

  test.each([
    ['/no%20where%0D%0A', '/no%20where%0D%0A'],
    ['/no%252Fwhere%2Fb', '/no/where/b'],
    ['/nowhere%3Fa?b=c', '/nowhere'],
    ['/jobs/a%2Fcancel', '/jobs/a/cancel'],
    ['/jobs/a%252Fcancel', '/jobs/a/cancel'],
  ])('the path %s is handed over as API Gateway does: %s', async (path, instance) => {
    const { body } = await raw(`GET ${path} HTTP/1.1`, local);
    expect(problem.parse(JSON.parse(body))).toMatchObject({ instance });
  });

  test('the route is that of the path that was decoded once', async () => {
    const statuses = ['/jobs%2Fa', '/jobs/a%2Fcancel', '/jobs/a%252Fcancel'].map(async (path) => {
      const { status } = await raw(`GET ${path} HTTP/1.1`, local);
      return status;
    });
    expect(await Promise.all(statuses)).toEqual([404, 405, 404]);
  });

  test('a request that expects 100 Continue is continued', async () => {
    const { status } = await raw('POST /jobs HTTP/1.1', local, 'Expect: 100-continue', 'Content-Length: 0');
    expect(status).toBe(100);
  });

  const compared = ['content-type', 'etag', 'cache-control', 'vary', 'retry-after', 'location', 'allow'];

  test.each(['', '/wait?seconds=0', '/result', '?wait=1'])(
    'HEAD /jobs/{id}%s has the headers of GET, and no body',
    async (rest) => {
      const answers = [];
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await raw(`${method} /jobs/${id}${rest} HTTP/1.1`, local);
        answers.push([status, compared.map((name) => headers.get(name))]);
      }
      const head = await raw(`HEAD /jobs/${id}${rest} HTTP/1.1`, local);
      expect(answers[1]).toEqual(answers[0]);
      expect([head.body, head.headers.get('content-length')]).toEqual(['', undefined]);
    },
  );

  test.each([
    ['GET', 200],
    ['POST', 400],
  ])('a large body that nobody reads does no harm: %s', async (method, status) => {
    const body = 'x'.repeat(300_000);
    const path = method === 'GET' ? '/openapi.json' : '/jobs';
    const head = [`${method} ${path} HTTP/1.1`, local, 'Connection: close', 'Content-Type: \xff/\xfe'];
    const request = [...head, `Content-Length: ${body.length}`, '', body].join('\r\n');
    const answers = Array.from({ length: 16 }, () => sendRaw(system().address, request));
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual(Array(16).fill(status));
    expect((await fetch(`${system().address}/health`)).status).toBe(200);
  });

  /** A batch of one job that has so many bytes, `text` again and again. */
  const postBatch = (bytes: number, text: string) => {
    const [start, end] = ['{"jobs":["', '"]}'];
    const count = Math.floor((bytes - start.length - end.length) / text.length);
    return fetch(`${system().address}/jobs/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `${start}${text.repeat(count)}${end}`,
    });
  };
  const maxRequestBytes = 4.5 * 1024 * 1024;

  test('a batch of 4.5 MiB is read, and a larger one is not', async () => {
    expect((await postBatch(maxRequestBytes, 'x')).status).toBe(200);
    const answer = await postBatch(maxRequestBytes + 1, 'x');
    expect(answer.status).toBe(413);
    expect(problem.parse(await answer.json()).type).toBe('/problems/too-large');
  });

  // Lambda takes an event of 6 MiB, in which the body is a JSON text.
  test('a batch that escaping makes too large for Lambda is refused by the gateway, with 413', async () => {
    expect((await postBatch(3 * 1024 * 1024 - 10_000, '\\"')).status).toBe(200);
    const answer = await postBatch(maxRequestBytes, '\\"');
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ message: 'Request Too Long' });
  });

  test('a part of a document is answered as the whole, as by API Gateway', async () => {
    const answer = await raw('GET /problems/conflict HTTP/1.1', local, 'Range: bytes=0-3');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('accept-ranges')).toBeUndefined();
    expect(answer.body).toMatch(/^<!doctype html>.*<\/p>\n$/s);
  });

  test('no page of another origin may read an answer, or call at all', async () => {
    for (const line of [somePath, 'OPTIONS /jobs HTTP/1.1']) {
      const asked = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: content-type'];
      const { status, headers } = await raw(line, local, 'Origin: http://evil.example', ...asked);
      expect(status).toBe(403);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    const posted = await raw('POST /schedules/none/run HTTP/1.1', local, 'Origin: http://evil.example');
    expect(posted.status).toBe(403);
  });

  test('the local system accepts 100 concurrent submissions, and runs all jobs', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => post(`${system().address}/jobs`, csvJob)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    for (const answer of answers) {
      const { id } = jobResponse.parse(await answer.json());
      const job = await eventually(async () => {
        const { status } = jobResponse.parse(await (await fetch(`${system().address}/jobs/${id}`)).json());
        return status === 'queued' || status === 'running' ? undefined : status;
      }, `job ${id} to finish`);
      expect(job).toBe('succeeded');
    }
  });
}
