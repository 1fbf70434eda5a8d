import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { createResources } from '../../local/emulators/resources.ts';
import { portsBeside } from '../listening-sockets.ts';
import { presigned } from '../object-signing.ts';
import { eventually } from './eventually.ts';
import { bucketResources } from './local-objects.ts';

const endpoints = z.object({
  sqsEndpoint: z.url(),
  dynamoDbEndpoint: z.url(),
  s3Endpoint: z.url(),
  schedulerEndpoint: z.url(),
});
const program = `
  const { startEmulators } = await import(${JSON.stringify(new URL('../../local/emulators/emulators.ts', import.meta.url).href)});
  console.log(JSON.stringify(await startEmulators({ dataDir: process.argv[1] })));`;

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'objects-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const signed = (method: string, endpoint: string, headers = {}) =>
  presigned({ method, path: '/bucket/uploads/a', host: new URL(endpoint).host, headers });

test('what is kept is for this user alone, and so are the ports', async () => {
  const fresh = join(dataDir, 'fresh');
  const { stop, ...started } = await startEmulators({ dataDir: fresh });
  try {
    expect((await stat(fresh)).mode & 0o777).toBe(0o700);
    for (const endpoint of Object.values(started)) {
      const port = Number(new URL(endpoint).port);
      const found = (await portsBeside(port)).find((each) => each.port === port);
      expect([endpoint, found?.address]).toEqual([endpoint, '127.0.0.1']);
    }
  } finally {
    await stop();
  }
});

test('an object that was answered outlives a SIGKILL, and half a body does not', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  const first = endpoints.parse(JSON.parse(String(line)));
  await createResources(bucketResources, first);
  const whole = await signed('PUT', first.s3Endpoint);
  const { status } = await fetch(first.s3Endpoint + whole.url, { method: 'PUT', body: 'some' });
  expect(status).toBe(200);
  const headers = { 'content-length': '1000000' };
  const half = await signed('PUT', first.s3Endpoint, headers);
  const outgoing = request(first.s3Endpoint + half.url, { method: 'PUT', headers });
  outgoing.on('error', () => {}).write('a'.repeat(500_000));
  await eventually(
    async () => (await readdir(join(dataDir, 'objects/bodies'))).length === 2 || undefined,
    'a file of the half',
  );
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;

  const second = await startEmulators({ dataDir });
  try {
    await createResources(bucketResources, second);
    const { url } = await signed('GET', second.s3Endpoint);
    expect(await (await fetch(second.s3Endpoint + url)).text()).toBe('some');
    expect(await readdir(join(dataDir, 'objects/bodies'))).toHaveLength(1);
  } finally {
    await second.stop();
  }
});

test('a folder of a version without a bucket still starts', async () => {
  const before = await startEmulators({ dataDir });
  await before.stop();
  await rm(join(dataDir, 'objects'), { recursive: true });
  const after = await startEmulators({ dataDir });
  await createResources(bucketResources, after);
  await after.stop();
});
