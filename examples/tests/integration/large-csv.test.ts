import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators.ts';
import { credentials, region } from '../../../local/local-aws.ts';
import type { ChildSystem } from '../../../local/system/child-system.ts';
import { fromAttributes } from '../../../shared/aws/records/attribute-value.ts';
import { readItem } from '../../../shared/domain/state/job/item.ts';
import { uploadResponse } from '../../../shared/http/requests/upload-request.ts';
import { jobResponse } from '../../../shared/http/responses/job-response.ts';
import { eventually } from '../../../tests/integration/eventually.ts';
import { finished } from '../../../tests/integration/killed-system.ts';
import { type SlowObjects, startSlowObjects } from '../../../tests/integration/slow-objects.ts';
import { presigned } from '../../../tests/object-signing.ts';
import { startLocalSystem } from '../../../tests/system/start-system.ts';
import { useSamples } from '../use-samples.ts';
import { aggregation, makeCsv } from './made-csv.ts';

useSamples();

/** `npm run test:long` has more. */
const megabytes = Number(process.env.CSV_MEGABYTES ?? 14);
/**
 * A slice may have 4.8 seconds, and saves its state each second. A slower machine makes it end earlier; only one that
 * takes 4.8 seconds for the first of them costs the job an attempt.
 */
const longWorkerTimeout = 6;
/** So that there are at least five slices. */
const bytesPerSecond = (megabytes * 1e6) / 20;

let folder: string;
let emulators: Emulators;
let objects: SlowObjects;
let dynamoDb: DynamoDBClient;
const running: ChildSystem[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csv-'));
  emulators = await startEmulators();
  objects = await startSlowObjects(emulators.s3Endpoint, bytesPerSecond);
  dynamoDb = new DynamoDBClient({ endpoint: emulators.dynamoDbEndpoint, region, credentials });
});
afterAll(async () => {
  await Promise.all(running.map((system) => system.stop()));
  dynamoDb?.destroy();
  await objects?.stop();
  await emulators?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<ChildSystem> {
  const endpoints = { ...emulators, s3Endpoint: objects.endpoint };
  const options = { endpoints, longWorkerTimeout, leaseSeconds: 4 };
  const system = await startLocalSystem(options);
  running.push(system);
  return system;
}

async function post({ address }: ChildSystem, path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  expect([200, 201, 202]).toContain(response.status);
  return answer;
}

async function upload(system: ChildSystem, path: string, bytes: number): Promise<string> {
  const answer = await post(system, '/uploads', { bytes, contentType: 'text/csv' });
  const { object, upload: order } = uploadResponse.parse(answer);
  const { 'content-length': _, ...headers } = order.headers;
  const { status } = await fetch(order.url, { method: 'PUT', headers, body: await openAsBlob(path) });
  expect(status).toBe(200);
  return object;
}

/**
 * Half a second into a slice that begins beyond `from`, when nothing of the slice is saved. Each kill takes another
 * slice: two of one slice would leave its job one attempt, and a slow machine may need that.
 * @returns where the slice begins
 */
const untilSliceBeyond = (from: number) =>
  eventually(async () => {
    const slice = objects.readings.at(-1);
    return slice && slice.from > from && slice.bytes > bytesPerSecond / 2 ? slice.from : undefined;
  }, `a slice beyond ${from}`);

async function resultOf(id: string): Promise<unknown> {
  const input = { TableName: 'job-worker-local-jobs', Key: { id: { S: id } } };
  const { Item = {} } = await dynamoDb.send(new GetItemCommand(input));
  const { resultObject } = readItem(fromAttributes(Item));
  const place = { path: `/bucket/${resultObject?.name}`, host: new URL(emulators.s3Endpoint).host };
  const { url } = await presigned({ method: 'GET', ...place });
  return (await fetch(emulators.s3Endpoint + url)).json();
}

test(`a file of ${megabytes} MB is aggregated in slices, with two SIGKILLs, as in one pass`, async () => {
  const path = join(folder, 'orders.csv');
  const { bytes, expected } = await makeCsv(path, megabytes * 1e6);
  let system = await start();
  const object = await upload(system, path, bytes);
  // A job of a group runs on the long worker, whose slices are short here.
  const order = { type: 'csv-aggregate', payload: { object, ...aggregation }, group: 'files' };
  const beganAt = Date.now();
  const { id } = jobResponse.parse(await post(system, '/jobs', order));
  let killedAt = 0;
  for (let kills = 0; kills < 2; kills += 1) {
    killedAt = await untilSliceBeyond(killedAt);
    await system.kill();
    system = await start();
  }
  const job = await finished(system, id);
  console.log(`${megabytes} MB, two kills: ${(Date.now() - beganAt) / 1000} s, ${job.slices} hand-overs`);

  expect(job.error).toBeNull();
  expect(job).toMatchObject({ status: 'succeeded', progress: { percent: 100 } });
  // Between five slices.
  expect(job.slices).toBeGreaterThanOrEqual(4);
  expect(job.history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
  expect(await resultOf(id)).toEqual(expected);
  expect(objects.written.filter((name) => name.startsWith('states/')).length).toBeGreaterThanOrEqual(4);
  // Only what a kill took was read again.
  const starts = objects.readings.map(({ from }) => from);
  expect(starts).toEqual(starts.toSorted((one, other) => one - other));
  expect(new Set(starts).size).toBeGreaterThanOrEqual(5);
});
