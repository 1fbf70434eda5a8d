import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { messagesIn } from './messages.ts';
import type { Package, PackagedFunction } from './packaged.ts';
import { root } from './project-copy.ts';

const run = promisify(execFile);

/** In thousands of bytes, minified but not compressed: what a cold start has to parse. */
const atMost: Readonly<Record<string, number>> = { worker: 600, status: 430 };
const otherwiseAtMost = 540;

const request = (id: string, body?: string) => ({
  body,
  headers: { 'content-type': 'application/json' },
  pathParameters: { id },
  rawPath: `/jobs/${id}`,
  requestContext: { domainName: 'example.test', http: { method: 'POST', path: `/jobs/${id}` } },
});
const someId = '00000000-0000-4000-8000-000000000000';
const message = { messageId: 'm1', receiptHandle: 'r1', body: '{', attributes: {} };

/** What each function answers without AWS; and when AWS cannot be reached, which takes the SDK to find out. */
const answers: Readonly<Record<string, readonly (readonly [event: unknown, answer: unknown])[]>> = {
  submit: [
    [request('', '{'), { statusCode: 400 }],
    [request('', '{"type":"countdown","payload":{"seconds":1}}'), { statusCode: 503 }],
  ],
  status: [
    [request('none'), { statusCode: 404 }],
    [request(someId), { statusCode: 503 }],
  ],
  cancel: [[request(someId), { statusCode: 503 }]],
  retry: [[request(someId), { statusCode: 503 }]],
  worker: [
    [{ Records: [] }, { batchItemFailures: [] }],
    [{ Records: [message] }, { batchItemFailures: [{ itemIdentifier: 'm1' }] }],
  ],
  deadletter: [[{ Records: [message] }, { batchItemFailures: [{ itemIdentifier: 'm1' }] }]],
};

export function describeBundles({ functions }: Package): void {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'job-worker-bundles-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  describe.each(functions)('$name', (fn) => {
    const limit = atMost[fn.name] ?? otherwiseAtMost;
    test(`is smaller than ${limit} KB`, () => {
      expect(Buffer.byteLength(fn.bundle) / 1000).toBeLessThan(limit);
    });

    test.each(answers[fn.name] ?? [])('runs on its own: %j', async (event, answer) => {
      expect(JSON.parse(await invoke(fn, dir, { event, env: fn.environment }))).toMatchObject(Object(answer));
    });

    test('does not start without its environment, and names all that is missing', async () => {
      const missing = Object.keys(fn.configSchema.shape).map((key) => `${key} is missing`);
      const started = invoke(fn, dir, { event: {}, env: {} });
      await expect(started).rejects.toThrow(`The environment is not usable: ${missing.join('; ')}\n`);
    });
  });

  describeContents(functions);
}

function describeContents(functions: readonly PackagedFunction[]): void {
  const worker = functions.filter(({ name }) => name === 'worker');
  const others = functions.filter(({ name }) => name !== 'worker');

  test('the work of the jobs is in the worker alone', async () => {
    const marks = ['CSV_QUOTE_NOT_CLOSED', ...(await messagesIn('functions/worker/jobs'))];
    expect(marks.length).toBeGreaterThan(3);
    for (const { bundle } of worker) expect(marks.filter((mark) => !bundle.includes(mark))).toEqual([]);
    for (const { bundle } of others) expect(marks.filter((mark) => bundle.includes(mark))).toEqual([]);
  });

  test('nothing of local/ is deployed', async () => {
    const marks = ['dynalite', 'fauxqs', ...(await messagesIn('local'))];
    expect(marks.length).toBeGreaterThan(5);
    for (const { bundle } of functions) expect(marks.filter((mark) => bundle.includes(mark))).toEqual([]);
  });
}

/** In a folder with nothing but the bundle, as in Lambda, and where AWS cannot be reached. */
async function invoke(
  { name, bundlePath, bundle, exportName }: PackagedFunction,
  dir: string,
  { event, env }: { event: unknown; env: Readonly<Record<string, string>> },
): Promise<string> {
  const path = join(dir, name, bundlePath);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bundle);
  const script = join(import.meta.dirname, 'invoke-bundle.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, path, exportName, JSON.stringify(event)];
  const aws = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  };
  const node = join(root, 'node_modules/.bin/node');
  const { stdout } = await run(node, args, { env: { ...aws, ...env }, timeout: 30_000 });
  return stdout.slice(stdout.lastIndexOf('\n') + 1);
}
