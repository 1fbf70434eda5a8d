import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { operations, responseAt } from '../api-document.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { runJobctl, runOnTerminal } from './jobctl-command.ts';
import { type Answer, answering, withServer } from './scripted-server.ts';

const hold = useHolds();
const id = '8727fcca-6715-88cd-be4f-02627a10fc09';
const now = new Date().toISOString();
const aJob = (more: object) => ({
  id,
  type: 'counting',
  status: 'running',
  progress: null,
  attempt: 1,
  maxAttempts: 5,
  slices: 0,
  result: null,
  error: null,
  history: [],
  createdAt: now,
  startedAt: now,
  updatedAt: now,
  finishedAt: null,
  statusUrl: `http://localhost/jobs/${id}`,
  pageUrl: `http://localhost/ui/jobs/${id}`,
  ...more,
});
const running = answering(200, aJob({}), { etag: '"1"' });
const succeeded = answering(200, aJob({ status: 'succeeded', result: { done: true } }), { etag: '"2"' });
const hangUp: Answer = ({ socket }) => socket?.destroy();

/** An API that answers each address by its list, and then by the last of it. */
function api(answers: Readonly<Record<string, readonly Answer[]>>) {
  const asked: string[] = [];
  const listener: Answer = (response, request) => {
    const target = `${request.method} ${request.url?.split('?')[0]}`;
    const list = answers[target] ?? [answering(404, {})];
    const count = asked.filter((each) => each === target).length;
    asked.push(target);
    list[Math.min(count, list.length - 1)]?.(response, request);
  };
  return { asked, listener };
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'jobctl-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('wait goes on while the API does not answer for a moment', async () => {
  const { listener, asked } = api({
    [`GET /jobs/${id}`]: [running],
    [`GET /jobs/${id}/wait`]: [hangUp, hangUp, answering(503, {}), hangUp, succeeded],
  });
  const ended = await withServer(listener, (url) => runJobctl(['wait', id, '--url', url]));
  expect(ended).toEqual({ code: 0, out: '{"done":true}\n', err: '' });
  expect(asked.filter((target) => target.endsWith('/wait'))).toHaveLength(5);
});

test('Ctrl-C while a job is submitted says how to find out whether it was', async () => {
  const asked = Promise.withResolvers<void>();
  const { listener } = api({ 'POST /jobs': [() => asked.resolve()] });
  const ended = await withServer(listener, (url) =>
    runJobctl(['submit', 'counting', '--url', url], { interruptWhen: asked.promise }),
  );
  expect(ended).toMatchObject({ code: 130, out: '' });
  expect(ended.err).toMatch(
    /may have been submitted\. The same command with --key [0-9a-f-]{36} submits it once/,
  );
});

test('a key keeps its submission one job, also when answers are lost', async () => {
  const keys: unknown[] = [];
  const noted =
    (answer: Answer): Answer =>
    (response, request) => {
      keys.push(request.headers['idempotency-key']);
      answer(response, request);
    };
  const { listener } = api({
    'POST /jobs': [noted(hangUp), noted(answering(202, aJob({ status: 'queued' })))],
  });
  const ended = await withServer(listener, (url) => runJobctl(['submit', 'counting', '--url', url]));
  expect(ended).toEqual({ code: 0, out: `${id}\n`, err: '' });
  expect(keys).toEqual([expect.stringMatching(/^".{36}"$/), keys[0]]);
});

const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
const streamed = (object: Answer) =>
  api({
    [`GET /jobs/${id}/result`]: [
      (response, request) =>
        answering(303, {}, { location: `http://${request.headers.host}/object` })(response, request),
    ],
    'GET /object': [object],
  }).listener;
const whole = answering(200, bytes, { 'content-type': 'video/mp4' });

test('a file that a job has streamed is written as it is, and does not go to a terminal', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'video.mp4');
    await withServer(streamed(whole), async (url) => {
      const args = ['result', id, '--url', url];
      expect(await runJobctl([...args, '-o', file])).toEqual({ code: 0, out: '', err: '' });
      expect(await runOnTerminal(args)).toEqual({
        code: 2,
        output: expect.stringContaining('Write it to a file: -o FILE'),
      });
    });
    expect(new Uint8Array(await readFile(file))).toEqual(bytes);
  });
});

test('a text that a job has streamed keeps its lines on a terminal, and cannot steer it', async () => {
  const text = answering(200, 'a\tb\n\u001b[31mred\u009b2Jä\n', { 'content-type': 'text/csv' });
  const { code, output } = await withServer(streamed(text), (url) =>
    runOnTerminal(['result', id, '--url', url]),
  );
  expect({ code, output }).toEqual({ code: 0, output: 'a\tb\r\n[31mred2Jä\r\n\r\n' });
});

/** Moves the cursor, sets the title, rings, and turns the direction of writing. */
const steering = '\u001b[2J\u001b]0;a\u0007\u009b31m\u202e';

/** Of job types the document has no examples. */
function withoutExample(path: string): object {
  const schema = { type: 'object', properties: { a: { type: 'string', description: 'a' } } };
  const type = { type: 'counting', description: 'a', queue: 'standard', payload: schema, result: schema };
  return path === '/job-types' ? { items: [type] } : type;
}

/** The first good answer of an operation in the document, with something to obey in each text that may be anything. */
function steeringAnswer(method: string, path: string): Answer {
  for (const [address, { responses }] of operations) {
    const [, known = ''] = address.split(' ');
    const isThis = new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
    const [status, response] = Object.entries(responses)[0] ?? [];
    if (!address.startsWith(`${method} `) || !isThis || response === undefined) continue;
    const { content = {} } = responseAt(address, response).response;
    const [example] = Object.values(content['application/json']?.examples ?? {});
    const text = JSON.stringify(
      z.optional(z.object({ value: z.unknown() })).parse(example)?.value ?? withoutExample(path),
      (key, value: unknown) =>
        typeof value === 'string' && !plainFields.test(key) ? `${value}${steering}` : value,
    );
    return answering(Number(status), text.replaceAll(/"(queued|waiting)"/g, '"failed"'));
  }
  const refused = { type: steering, title: steering, status: 404, detail: steering, instance: steering };
  return answering(404, refused, { 'content-type': 'application/problem+json' });
}
const plainFields = /^(id|status|.*At|.*Url|nextCursor|at|event|nextRuns?|lastRun|kind|\d+)$/;

test.each([
  ['status', id],
  ['status', 'no-such-job'],
  ['wait', id],
  ['watch', id],
  ['list'],
  ['errors'],
  ['queues'],
  ['schedules'],
  ['types'],
  ['types', 'counting'],
  ['cancel', id],
  ['cancel', '--tenant', `acme${steering}`, '--yes'],
  ['cancel', '--tag', 'a', '--yes'],
  ['retry', id],
  ['result', id],
  ['submit', 'counting', '--payload', '{}'],
  ['doctor'],
])('an API cannot steer the terminal: jobctl %s %s', async (...args) => {
  const answer: Answer = (response, request) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    steeringAnswer(request.method ?? '', pathname)(response, request);
  };
  const { out, err } = await withServer(answer, (url) => runJobctl([...args, '--url', url]));
  expect(`${out}${err}`).toMatch(/^(?!.*This should not happen)./);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(`${out}${err}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});

test('an upload shows its progress on a terminal, and leaves nothing of it', async () => {
  const object = 'uploads/a/b/c';
  const { heldBy } = hold();
  const { listener } = api({
    'POST /uploads': [
      (response, request) => {
        const upload = { url: `http://${request.headers.host}/bucket`, headers: {} };
        answering(201, { object, upload })(response, request);
      },
    ],
    // It is read only when the bar has been drawn with what the buffers in between take.
    'PUT /bucket': [
      async (response, request) => {
        await eventually(async () => !existsSync(heldBy) || undefined, 'the bar to be drawn');
        request.resume().on('end', () => response.end());
      },
    ],
  });
  await inFolder(async (folder) => {
    const file = join(folder, 'large.csv');
    await writeFile(file, Buffer.alloc(64 * 1024 * 1024, 'x'));
    const { code, output } = await withServer(listener, (url) =>
      runOnTerminal(['upload', file, '--url', url], { steps: [{ see: '█', type: '', remove: heldBy }] }),
    );
    expect(code).toBe(0);
    // A long path is cut.
    expect(output).toMatch(/█+░+ [1-9]\d? % +\S+, 67\.1 MB/);
    expect(output.endsWith(`${object}\r\n`)).toBe(true);
  });
});

test.each([
  ['ahead of', -90_000],
  ['behind', 90_000],
])('doctor tells that the clock is %s that of the API, and which limit is used up', async (where, off) => {
  const health: Answer = (response, request) => {
    const date = new Date(Date.now() + off).toUTCString();
    answering(200, { status: 'ok' }, { date })(response, request);
  };
  const limits = { jobsPerMinute: { max: 9, remaining: 0 }, waitingJobs: { max: 5, remaining: 2 } };
  const me = answering(200, { tenant: 'public', rights: [], limits });
  const { listener } = api({
    'GET /health': [health],
    'GET /openapi.json': [answering(200, {})],
    'GET /me': [me],
  });
  const startedAt = performance.now();
  const ended = await withServer(listener, (url) => runJobctl(['doctor', '--url', url]));
  const tookSeconds = (performance.now() - startedAt) / 1000;
  expect(ended).toMatchObject({ code: 0, err: '' });
  const line = new RegExp(`^notice {2}the clock here is (\\d+) s ${where} that of the API`, 'm');
  // The answer's time may be as old as the whole run, and is cut to a second.
  const [, shown] = line.exec(ended.out) ?? [];
  expect(Math.abs(Number(shown) - 90)).toBeLessThanOrEqual(1 + tookSeconds);
  expect(ended.out).toContain('notice  the limit jobsPerMinute is 9, and 0 are left now\n');
  expect(ended.out).toContain('ok      the limit waitingJobs is 5, and 2 are left now\n');
});

test.each<[string, Answer, number]>([
  [
    'is cut',
    (response) => response.writeHead(200, { 'content-length': '9' }).write('12345', () => response.destroy()),
    6,
  ],
  ['is interrupted', (response) => response.writeHead(200, { 'content-length': '9' }).write('12345'), 130],
])('a download that %s leaves no file behind', async (_what, object, code) => {
  await inFolder(async (folder) => {
    const ended = await withServer(streamed(object), (url) =>
      runJobctl(['result', id, '--url', url, '-o', join(folder, 'file')], {
        ...(code === 130
          ? { interruptWhen: eventually(async () => (await readdir(folder))[0], 'a file') }
          : {}),
      }),
    );
    expect(ended).toMatchObject({ code, out: '', err: expect.stringMatching(/^jobctl: .+\n$/) });
    expect(await readdir(folder)).toEqual([]);
  });
});
