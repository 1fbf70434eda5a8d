import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, test } from '@jest/globals';
import { problemsOfListening } from '../../../local/doors/allowed-hosts.ts';
import { startEmulators } from '../../../local/emulators/emulators.ts';
import { corsHeadersFor, gatewayCorsOf, whyStrangeOrigin } from '../../../local/gateway/gateway-cors.ts';
import { credentials, region } from '../../../local/local-aws.ts';
import { freePort } from '../../../local/machine/free-port.ts';
import { removeLeftBundles, removeOwnBundles } from '../../../local/machine/running-system.ts';
import { makeTemporaryFolder } from '../../../local/machine/temporary-folder.ts';
import { lineFor } from '../../../local/output/function-output.ts';
import { readyMessage } from '../../../local/system/ready-message.ts';
import { readLongConcurrency } from '../../../local/system/require-stage.ts';

const project = await mkdtemp(join(tmpdir(), 'bundles-'));

describe('bundle folder', () => {
  afterAll(() => rm(project, { recursive: true }));

  test('the bundles of a killed system are removed, and those of one that runs stay', async () => {
    await removeLeftBundles(project);
    const killed = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(killed, 'exit');
    for (const pid of [killed.pid, process.pid])
      await mkdir(join(project, '.local', `${pid}`, '.build'), { recursive: true });

    await removeLeftBundles(project);
    expect(await readdir(join(project, '.local'))).toEqual([`${process.pid}`]);

    await removeOwnBundles(project);
    expect(await readdir(join(project, '.local'))).toEqual([]);
  });
});

const temporaryFolders = new URL('../../../local/machine/temporary-folder.ts', import.meta.url).href;
const makeFolder = `
const { makeTemporaryFolder } = await import('${temporaryFolders}');
console.log(makeTemporaryFolder('sockets').folder);
process.stdin.resume();
`;

describe('temporary folder', () => {
  test('goes with its process, and the next start removes that of a process that was killed', async () => {
    const folders: string[] = [];
    for (const signal of ['SIGKILL', undefined] as const) {
      const other = spawn(process.execPath, ['--input-type=module', '--eval', makeFolder]);
      const [line] = await once(other.stdout, 'data');
      folders.push(String(line).trim());
      const ended = once(other, 'exit');
      if (signal) other.kill(signal);
      else other.stdin.end();
      await ended;
    }
    const own = makeTemporaryFolder('objects');
    const running = makeTemporaryFolder('sockets');
    const there = [...folders, own.folder, running.folder].map((folder) => existsSync(folder));
    expect(there).toEqual([false, false, true, true]);
    for (const { remove } of [own, running]) remove();
    expect(existsSync(own.folder)).toBe(false);
  });
});

describe('how many long jobs run at a time', () => {
  test.each([
    [{}, 4],
    [{ LONG_CONCURRENCY: '' }, 4],
    [{ LONG_CONCURRENCY: '1' }, 1],
    [{ LONG_CONCURRENCY: '64' }, 64],
  ])('is what the environment says: %p', (environment, expected) => {
    expect(readLongConcurrency(environment)).toBe(expected);
  });

  test.each(['0', '-1', '1.5', 'many', '1000'])('cannot be %s', (LONG_CONCURRENCY) => {
    expect(() => readLongConcurrency({ LONG_CONCURRENCY })).toThrow(
      `LONG_CONCURRENCY is "${LONG_CONCURRENCY}". Use a whole number from 1 to 100.`,
    );
  });

  test('is said at the start', () => {
    const example = { type: 'countdown', payload: {} };
    const ready = { host: '127.0.0.1', dataDir: undefined, apiKey: undefined, example, longConcurrency: 7 };
    expect(readyMessage('http://127.0.0.1:3000', ready)).toMatch(
      /7 jobs of the queue "long" run at a time.*LONG_CONCURRENCY=/s,
    );
  });
});

/** Of 22,000 ports, 2 × 300 chosen at random have one in common in all but one of 3,000 runs. */
const count = 300;
const freePorts = new URL('../../../local/machine/free-port.ts', import.meta.url).href;
const choose = `
const { freePort } = await import('${freePorts}');
for (let chosen = 0; chosen < ${count}; chosen += 1) console.log(await freePort());
console.error('done');
process.stdin.resume();
`;

describe('free port', () => {
  test('two processes that choose ports at the same time, and listen on them later, choose different ones', async () => {
    const other = spawn(process.execPath, ['--input-type=module', '--eval', choose]);
    const printed = text(other.stdout);
    await once(other.stderr, 'data');
    const own: number[] = [];
    for (let chosen = 0; chosen < count; chosen += 1) own.push(await freePort());
    other.stdin.end();

    const all = [...own, ...(await printed).trim().split('\n').map(Number)];
    expect(all).toHaveLength(2 * count);
    expect(new Set(all).size).toBe(2 * count);
  });
});

const origin = 'https://app.example.com';
const parameters = (cors: string) => ({ auth: 'apiKey', jwtIssuer: '', jwtAudience: '', cors });
const cors = gatewayCorsOf(parameters(`http://localhost:5173, ${origin}`));
const methods = ['OPTIONS', 'GET', 'POST'];
const asked = { 'access-control-request-method': 'POST' };

describe('gateway cors', () => {
  test('a page of a named origin may read answers, and the headers that the client needs', () => {
    const headers = corsHeadersFor({ method: 'GET', headers: { origin } }, cors, methods);
    expect(headers).toEqual({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': expect.stringMatching(/\betag\b.*\blocation\b.*\bretry-after\b/),
    });
  });

  test('before a call it is told what it may send', () => {
    expect(corsHeadersFor({ method: 'OPTIONS', headers: { origin, ...asked } }, cors, methods)).toMatchObject(
      {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'OPTIONS,GET,POST',
        'access-control-allow-headers': expect.stringMatching(/\bauthorization\b.*\bidempotency-key\b/),
        'access-control-max-age': '3600',
      },
    );
  });

  test.each([
    ['a page of another origin', 'https://evil.example.com', cors],
    ['a page of the same host by http', 'http://app.example.com', cors],
    ['a page without an origin', 'null', cors],
    ['a stage without the parameter', origin, gatewayCorsOf(parameters(''))],
  ])('nothing is added for %s', (_what, from, given) => {
    for (const method of ['GET', 'OPTIONS'])
      expect(corsHeadersFor({ method, headers: { origin: from, ...asked } }, given, methods)).toEqual({});
  });

  test('nothing is added for what is no page', () => {
    expect(corsHeadersFor({ method: 'GET', headers: {} }, cors, methods)).toEqual({});
  });

  describe('a call of a page', () => {
    const host = '127.0.0.1:3000';
    const post = (headers: object, url = '/schedules/nightly/run') => ({
      method: 'POST',
      url,
      headers: { host, ...headers },
    });

    test.each([
      ['a page of another origin', post({ origin: 'https://evil.example.com' })],
      ['another port of this machine', post({ origin: 'http://127.0.0.1:3001' })],
      ['a page without an origin', post({ origin: 'null' })],
      [
        'a page of another origin, to what is like a page',
        post({ origin: 'https://evil.example.com' }, '/uix'),
      ],
      [
        'a page of another origin, by a way out of the pages',
        post({ origin: 'https://evil.example.com' }, '/ui/../schedules/nightly/run'),
      ],
      [
        'a page of another origin that shows a credential',
        post({ origin: 'https://evil.example.com', authorization: 'Bearer a' }),
      ],
      [
        'a page of another origin that shows a credential to a page',
        post({ origin: 'null', authorization: 'Bearer a' }, '/ui/schedules/nightly/resume'),
      ],
      ['a page without an origin that only reads', { ...post({ origin: 'null' }), method: 'GET' }],
      [
        'a page of another origin that only reads a page',
        { ...post({ origin: 'https://evil.example.com' }, '/ui'), method: 'GET' },
      ],
    ])('is refused from %s', (_from, request) => {
      expect(whyStrangeOrigin(request, cors)).toMatch(/^A page of .* may not call\./);
      expect(whyStrangeOrigin(request, undefined)).toMatch(/^A page of .* may not call\./);
    });

    test.each([
      ['a page of a named origin', post({ origin })],
      ['a page of the stage itself', post({ origin: `http://${host}` })],
      ['what is no browser', post({})],
      ['anybody, if the pages check it', post({ origin: 'null' }, '/ui/sign-out')],
    ])('is let through from %s', (_from, request) => {
      expect(whyStrangeOrigin(request, cors)).toBeUndefined();
    });
  });
});

describe('a line that a function prints', () => {
  const timestamp = '2026-03-01T10:00:00.000Z';
  const time = new Date(timestamp).toTimeString().slice(0, 8);
  const later = new Date(Date.parse(timestamp) + 60_000).toTimeString().slice(0, 8);
  const page = 'http://127.0.0.1:3000';
  const job = { tenant: 'public', jobId: '8f3a1c2e-0000-4000-8000-000000000000', type: 'greet', attempt: 1 };
  const file = `${process.cwd()}/job-types/greet/handler.ts`;
  const stack = [
    'Error: no words',
    `    at greet (file://${file}:7:9)`,
    `    at b (${process.cwd()}/shared/worker/hold/run-handler.ts:1:1)`,
    '    at node:internal/process:1:1',
  ].join('\n');
  const error = { name: 'Error', message: 'no words', stack };
  const ended = { ...job, message: 'attempt ended' };

  test.each([
    [
      'the start, with the page of the job',
      { ...job, message: 'attempt started' },
      `greet 8f3a1c2e started   ${page}/ui/jobs/${job.jobId}`,
    ],
    [
      'a later start',
      { ...job, attempt: 2, message: 'attempt started' },
      'greet 8f3a1c2e started, attempt 2',
    ],
    [
      'a hand-over',
      { ...ended, outcome: 'handedOver', notBefore: Date.parse(timestamp) - 1 },
      'greet 8f3a1c2e goes on in another invocation',
    ],
    ['a success', { ...ended, outcome: 'succeeded' }, 'greet 8f3a1c2e succeeded'],
    [
      'another attempt',
      { ...ended, outcome: 'retrying', notBefore: Date.parse(timestamp) + 60_000 },
      `greet 8f3a1c2e will be tried again at ${later}`,
    ],
    [
      'a sleep',
      { ...ended, outcome: 'asleep', notBefore: Date.parse(timestamp) + 60_000 },
      `greet 8f3a1c2e sleeps until ${later}`,
    ],
    [
      'the last failure',
      { ...ended, outcome: 'failed' },
      `greet 8f3a1c2e has failed for good   ${page}/ui/jobs/${job.jobId}`,
    ],
    [
      'a failure',
      { ...job, level: 'WARN', message: 'attempt failed', error },
      'greet 8f3a1c2e failed: Error: no words\n    at greet (job-types/greet/handler.ts:7:9)',
    ],
    [
      'what a handler logs',
      { ...job, message: 'counted', words: 3, traceparent: '00' },
      'greet 8f3a1c2e counted {"words":3}',
    ],
    ['a warning', { level: 'WARN', message: 'heartbeat failed', jobId: 'x' }, 'worker: heartbeat failed'],
    [
      'an error of a job that no attempt was made of, with its page',
      { level: 'ERROR', message: 'job failed unclaimed', jobId: job.jobId, type: 'greet', error },
      `greet 8f3a1c2e job failed unclaimed: Error: no words\n    at greet (job-types/greet/handler.ts:7:9)\n    ${page}/ui/jobs/${job.jobId}`,
    ],
    ['what only runs', { message: 'message deleted', messageId: 'x' }, undefined],
  ])('shows %s', (_, fields, expected) => {
    const line = JSON.stringify({ level: 'INFO', timestamp, service: 'worker', sampling_rate: 0, ...fields });
    expect(lineFor(line, page)).toBe(expected && `${time} ${expected}`);
  });

  // The words of a payload or of an error: they could move the cursor, clear the screen, or set the title of the window.
  test.each([
    ['a printed line', '\u001b]0;title\u0007\u001b[2Jgone\u009b1Aup', undefined],
    ['a colour', '\u001b[31mred\u001b[0m', undefined],
    ['the direction of writing', 'a\u202ecba', undefined],
    [
      'an error of a handler',
      'x',
      { error: { name: 'Error', message: 'no\u001b[2J\u009b2Jwords', stack: 'Error' } },
    ],
    ['a field of a handler', 'x', { message: 'counted', word: '\u009b2J\u0085next' }],
    ['the type', 'x', { type: 'greet\u001b[2J' }],
  ])('has no control characters for the terminal: %s', (_what, printed, fields) => {
    const line = fields
      ? JSON.stringify({
          ...{ level: 'WARN', timestamp, service: 'worker' },
          ...job,
          message: 'attempt failed',
          ...fields,
        })
      : printed;
    expect(lineFor(line, page)).not.toMatch(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u);
  });

  test.each(['found it', '{"half', '{"level":"INFO"}'])('shows %s as it is', (line) =>
    expect(lineFor(line, page)).toBe(line),
  );
});

describe('the emulators', () => {
  // dynalite would throw where nobody catches: this process would end.
  test('answer the calls of callers that are gone before they close the table', async () => {
    for (const waitedMs of [10, 12, 14, 16, 18, 20, 22, 24, 28, 32]) {
      const emulators = await startEmulators();
      const endpoint = emulators.dynamoDbEndpoint;
      const client = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
      const gone = new AbortController();
      const id = { AttributeName: 'id' };
      await client.send(
        new CreateTableCommand({
          TableName: 'some',
          KeySchema: [{ ...id, KeyType: 'HASH' }],
          AttributeDefinitions: [{ ...id, AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      await setTimeout(50);
      const write = (_: unknown, at: number) => {
        const Item = { id: { S: String(at) }, text: { S: 'x'.repeat(10_000) } };
        return client.send(new PutItemCommand({ TableName: 'some', Item }), { abortSignal: gone.signal });
      };
      const calls = Promise.allSettled(Array.from({ length: 50 }, write));
      await setTimeout(waitedMs);
      gone.abort();
      await emulators.stop();
      await calls;
      client.destroy();
    }
  });
});

describe('where npm start listens', () => {
  test.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LOCALHOST', '::1'])('needs no key at %s', (host) => {
    expect(problemsOfListening({ host, auth: 'none', mayAnybodyCall: undefined })).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'my-machine', '127.0.0.1.example.com', ''])(
    'has keys, or is open to anybody, who has to say so: %s',
    (host) => {
      const problems = (auth: string, mayAnybodyCall?: boolean) =>
        problemsOfListening({ host, auth, mayAnybodyCall }).length;
      expect([problems('none'), problems('none', false)]).toEqual([1, 1]);
      expect([problems('none', true), problems('apiKey'), problems('apiKey,jwt')]).toEqual([0, 0, 0]);
    },
  );
});
