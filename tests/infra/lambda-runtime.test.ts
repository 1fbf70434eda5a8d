import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { exampleJobs } from '../job-types/example-jobs.ts';
import { projectDir } from '../project-copy.ts';
import { aKey, aKeyEntry, aRootSecretEntry } from '../set-ups/access.ts';
import { findRic } from './lambda/find-ric.ts';
import { type Request, requestOn } from './lambda/request.ts';
import { type StageOnLambda, startOnLambda } from './lambda/stage-on-lambda.ts';
import { packageAll } from './package-all.ts';

/*
 * Each zip as Lambda runs it: under AWS's own runtime interface client, with the environment that the template gives it, and
 * with events as AWS documents them. The emulators refuse what its role in the template does not allow.
 */

const ric = findRic();
if (ric === undefined)
  console.warn('There is no aws-lambda-ric: its tests are skipped. .ci/run says how to install it.');
const describeOnLambda = ric === undefined ? describe.skip : describe;

// Not in `beforeAll`, which would have to end in time: it packages, unless something has before.
const packaged = ric === undefined ? undefined : await packageAll();

let stage: StageOnLambda;
beforeAll(async () => {
  if (ric === undefined || packaged === undefined) return;
  stage = await startOnLambda(packaged, 'prod', ric);
  await stage.putAccess(aKeyEntry());
  await stage.putAccess(aRootSecretEntry());
});
afterAll(() => stage?.stop());

const key = writeApiKey(aKey());
/** A browser has a cookie in its place. */
const withKey = { authorization: `Bearer ${key}` };

const request = ({ headers = withKey, ...call }: Request) => requestOn(stage, { headers, ...call });

const aMail = (tenant: string): JobMessage =>
  submissionMessage(
    {
      tenant,
      type: 'send-email',
      payload: { to: 'jane@example.com', subject: 's', text: 't', onDoubt: 'leave' },
      maxAttempts: 1,
    },
    { id: '00000000-0000-4000-8000-000000000001', fingerprint: 'a mail', now: Date.now() },
  );

const submitted = z.looseObject({ id: z.string() });
async function submit(job: object): Promise<string> {
  const { statusCode, body } = await request({ method: 'POST', path: '/jobs', body: JSON.stringify(job) });
  expect([statusCode, body]).toEqual([202, body]);
  return submitted.parse(JSON.parse(body)).id;
}

const uploadSchema = z.looseObject({
  object: z.string(),
  upload: z.looseObject({ url: z.string(), method: z.string(), headers: z.record(z.string(), z.string()) }),
});
const stateSchema = z.looseObject({ status: z.string() });
async function statusOf(id: string): Promise<string> {
  const { body } = await request({ method: 'GET', path: `/jobs/${id}` });
  return stateSchema.parse(JSON.parse(body)).status;
}

const withStack = z.object({
  items: z.tuple([z.object({ fields: z.object({ error: z.object({ stack: z.string() }) }) })], z.unknown()),
});

/** With the id of the tenant's group, as queues that share fairly have it, or without. */
const withGroup = ({ Records }: SQSEvent, MessageGroupId: string): SQSEvent => ({
  Records: Records.map((record) => ({ ...record, attributes: { ...record.attributes, MessageGroupId } })),
});

async function deliver(name: string, event: SQSEvent): Promise<void> {
  const outcome = await stage.invoke(name, event);
  expect(outcome).toEqual({ kind: 'response', body: { batchItemFailures: [] } });
}

describeOnLambda('under the runtime interface client of AWS', () => {
  const { other: short } = exampleJobs;
  const long = { type: exampleJobs.one.type, payload: { seconds: 0 } };

  test('a job of the standard queue is submitted in base64, run and read', async () => {
    const id = await submit(short);
    await deliver('worker', await stage.receive('standard'));
    expect(await statusOf(id)).toBe('succeeded');
  });

  test('a job whose message has the group of a fair queue runs, too', async () => {
    const id = await submit(short);
    await deliver('worker', withGroup(await stage.receive('standard'), 'a tenant'));
    expect(await statusOf(id)).toBe('succeeded');
  });

  test('jobs of the long and of the ordered queue run', async () => {
    const id = await submit(long);
    await deliver('longWorker', await stage.receive('long'));
    const inGroup = await submit({ ...short, group: 'customer 4711' });
    // By its name, the tenant has the third of four.
    const event = await stage.receive('ordered-3.fifo');
    expect(event.Records[0]?.attributes).toHaveProperty('MessageGroupId');
    await deliver('longWorker', event);
    expect([await statusOf(id), await statusOf(inGroup)]).toEqual(['succeeded', 'succeeded']);
  });

  test('a job of tomorrow that depends on another becomes a schedule', async () => {
    const first = await submit(short);
    await deliver('worker', await stage.receive('standard'));
    const id = await submit({ ...short, dependsOn: [first], delaySeconds: 86_400 });
    await deliver('admission', await stage.receive('waiting'));
    expect(await statusOf(id)).toBe('waiting');
  });

  test('a dead letter fails its job', async () => {
    const id = await submit(long);
    const [message] = (await stage.receive('long')).Records;
    await stage.send('dead-letter', message?.body ?? ''); // as SQS moves it
    await deliver('deadLetter', await stage.receive('dead-letter'));
    expect(await statusOf(id)).toBe('failed');
  });

  test('a job reads an upload, by an address that its function has signed', async () => {
    const csv = exampleJobs.other.payload.csv;
    const path = '/uploads';
    const { body } = await request({ method: 'POST', path, body: JSON.stringify({ bytes: csv.length }) });
    const { object, upload } = uploadSchema.parse(JSON.parse(body));
    const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: csv });
    expect(put.status).toBe(200);
    const { csv: _, ...others } = exampleJobs.other.payload;
    const id = await submit({ ...short, payload: { ...others, object } });
    await deliver('worker', await stage.receive('standard'));
    expect(await statusOf(id)).toBe('succeeded');
  });

  test('what waits with a large payload, and a bulk action, run', async () => {
    const csv = `city,orders\n${'Berlin,3\n'.repeat(20_000)}`;
    const first = await submit(short);
    const id = await submit({ ...short, payload: { ...short.payload, csv }, dependsOn: [first] });
    await deliver('admission', await stage.receive('waiting'));
    expect(await statusOf(id)).toBe('waiting');
    expect((await stage.invoke('overdue', {})).kind).toBe('response');
    await deliver('worker', await stage.receive('standard'));
    await deliver('admission', await stage.receive('waiting')); // what wakes it
    await deliver('worker', await stage.receive('standard'));
    expect(await statusOf(id)).toBe('succeeded');
    const action = { action: 'retry', filter: { status: 'failed' } };
    const body = JSON.stringify(action);
    expect((await request({ method: 'POST', path: '/jobs/actions', body })).statusCode).toBe(202);
    await deliver('bulk', await stage.receive('bulk'));
  });

  // Nobody knows whether the receiver is quick. It cannot be reached from here, so the notification waits for another attempt.
  test('the end of a job is told', async () => {
    const id = await submit({ ...short, notify: [{ url: 'https://hooks.example.com/jobs' }] });
    await deliver('worker', await stage.receive('standard'));
    for (const queue of ['notify', 'notify-slow'])
      expect((await stage.invoke('notify', await stage.receive(queue))).kind).toBe('response');
    expect(await statusOf(id)).toBe('succeeded');
  });

  test.each([
    ['worker', 'standard'],
    ['longWorker', 'long'],
    ['longWorker', 'ordered.fifo'],
    ['bulk', 'bulk'],
    ['admission', 'waiting'],
    ['deadLetter', 'dead-letter'],
    ['deadLetter', 'dead-letter.fifo'],
    ['notify', 'notify'],
    ['notify', 'notify-slow'],
  ])('%s puts into quarantine what is no message of %s', async (name, queue) => {
    await stage.send(queue, 'hello');
    await deliver(name, await stage.receive(queue));
    expect((await stage.receive('quarantine')).Records.map(({ body }) => body)).toEqual(['hello']);
  });

  test('the stack of a failed job names the line of the source that threw', async () => {
    await stage.putMaps();
    const id = await submit({ ...short, payload: { ...short.payload, groupBy: 'none' } });
    await deliver('worker', await stage.receive('standard'));
    const { body } = await request({ method: 'GET', path: `/jobs/${id}/logs` });
    const [line] = withStack.parse(JSON.parse(body)).items;
    const [, file = '', at = ''] =
      /^ +at \S+ \((\S*job-types\S+):(\d+):\d+\)$/m.exec(line.fields.error.stack) ?? [];
    expect(readFileSync(join(projectDir, file), 'utf8').split('\n')[Number(at) - 1]).toContain(
      'throw new ColumnError',
    );
    // What calls a handler is of no use to its author.
    expect(line.fields.error.stack).not.toContain('shared/worker/');
  });

  test('a check asks the queues and CloudWatch, tells once of a message in quarantine, and counts it', async () => {
    const check = async () => {
      expect(await stage.invoke('check', {})).toEqual({ kind: 'response', body: null });
      return (await stage.notices()).filter((subject) => subject.includes('quarantine'));
    };
    await stage.send('quarantine', 'hello');
    // CloudWatch is asked of a queue that has messages.
    const id = await submit(short);
    expect(await check()).toEqual([
      expect.stringMatching(/^TROUBLE .+: messages wait for a person \(quarantine\)$/),
    ]);
    expect(await check()).toEqual([]);
    // A line of its own: in what the console writes, CloudWatch would find no metric.
    expect((await stage.output('check')).split('\n')).toContainEqual(
      expect.stringMatching(/^\{"_aws":.*"OpenTroubles":\d+\}$/),
    );
    await deliver('worker', await stage.receive('standard'));
    expect(await statusOf(id)).toBe('succeeded');
    expect((await stage.receive('quarantine')).Records.map(({ body }) => body)).toEqual(['hello']);
  });

  test('HEAD has no body, OPTIONS says what there is, and what there is not is 404', async () => {
    const head = await request({ method: 'HEAD', path: '/jobs/00000000-0000-4000-8000-000000000000' });
    expect([head.statusCode, head.body]).toEqual([404, '']);
    const options = await request({ method: 'OPTIONS', path: '/jobs' });
    expect([options.statusCode, options.headers.allow]).toEqual([204, expect.stringContaining('POST')]);
    const none = await request({ method: 'GET', path: '/none' });
    expect(none.statusCode).toBe(404);
    const wrong = await request({ method: 'PATCH', path: '/jobs' });
    expect(wrong.statusCode).toBe(405);
  });

  test.each(['/jobs', '/queues', '/schedules', '/me', '/openapi.json', '/health'])(
    'GET %s is answered',
    async (path) => {
      expect((await request({ method: 'GET', path })).statusCode).toBe(200);
    },
  );

  test('a wait is answered when the job has ended', async () => {
    const id = await submit(short);
    await deliver('worker', await stage.receive('standard'));
    const { statusCode } = await request({ method: 'GET', path: `/jobs/${id}/wait?seconds=1` });
    expect(statusCode).toBe(200);
  });

  test('a person signs in by a form in base64, and the cookie shows the pages', async () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    };
    const signIn = await request({ method: 'POST', path: '/ui/sign-in', headers, body: `key=${key}` });
    const [cookie = ''] = signIn.cookies;
    expect([signIn.statusCode, cookie]).toEqual([303, expect.stringMatching(/^__Host-session=.*HttpOnly/)]);
    const cookies = ['theme=dark', cookie.replace(/;.*/s, '')];
    const page = await request({ method: 'GET', path: '/ui', headers: {}, cookies });
    expect([page.statusCode, page.body]).toEqual([200, expect.stringContaining('<h1')]);
  });

  test('a job is canceled, retried and erased, and an upload is signed', async () => {
    const id = await submit({ ...short, delaySeconds: 86_400 });
    const post = async (path: string, body = '') =>
      (await request({ method: 'POST', path, body })).statusCode;
    expect(await post(`/jobs/${id}/cancel`)).toBe(200);
    expect(await post(`/jobs/${id}/retry`)).toBe(202);
    expect(await post(`/jobs/${id}/cancel`)).toBe(200);
    expect((await request({ method: 'DELETE', path: `/jobs/${id}` })).statusCode).toBe(204);
    expect(await post('/uploads', '{"bytes": 10}')).toBe(201);
  });

  test('a mail is refused by what the access table says of the tenant', async () => {
    const job = aMail('a tenant');
    await stage.send('long', writeMessage(job));
    await deliver('longWorker', await stage.receive('long'));
    const { body } = await request({ method: 'GET', path: `/jobs/${job.id}` });
    expect(JSON.parse(body)).toMatchObject({ result: { outcome: 'refused', reason: 'not allowed' } });
  });

  test('each function was called', () => {
    expect(stage.invoked()).toHaveLength(13);
  });
});
