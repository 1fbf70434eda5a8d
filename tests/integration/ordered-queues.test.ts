import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { pausesId } from '../../shared/domain/state/limits/pause.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import type { LocalQueue } from '../local-aws.ts';
import { aKey, aKeyEntry } from '../set-ups/access.ts';
import { eventually } from './eventually.ts';
import { type System, startSystem } from './system.ts';
import { expectOneAfterTheOther } from './times.ts';

/** A stage with two ordered queues. By their names, the first tenant has the first, and the second one the second. */
const tenants = ['local', 'acme'] as const;
const queueNames: readonly LocalQueue[] = ['ordered.fifo', 'ordered-2.fifo'];
let system: System;
/** The calls to the table of jobs, but for reads of what is paused: they follow the time. */
let calls: string[];
beforeAll(async () => {
  const environment = { ORDERED_QUEUES: '2' };
  system = await startSystem({ auth: 'apiKey', environment });
  for (const [index, tenant] of tenants.entries())
    await system.aws.putAccess(aKeyEntry(keyOf(index), { tenant }));
  system.table.treat = (operation, body) => {
    const { TableName, Key } = JSON.parse(body);
    if (TableName !== system.aws.accessTableName && Key?.id.S !== pausesId) calls.push(operation);
    return 'pass';
  };
});
afterAll(() => system.stop());
beforeEach(() => {
  calls = [];
});

const keyOf = (index: number) => aKey(String.fromCharCode('a'.charCodeAt(0) + index));
const callAs = (index: number, target: string, sent?: object) => {
  const [method = '', path = ''] = target.split(' ');
  const headers = {
    authorization: `Bearer ${writeApiKey(keyOf(index))}`,
    'content-type': 'application/json',
  };
  return system.call(method, path, {
    headers,
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
};

async function submitAs(index: number, payload: object, group?: string): Promise<string> {
  const { status, body } = await callAs(index, 'POST /jobs', { type: 'counting', payload, group });
  expect(status).toBe(202);
  return jobResponse.parse(JSON.parse(body)).id;
}

const jobAs = async (index: number, id: string) =>
  jobResponse.parse(JSON.parse((await callAs(index, `GET /jobs/${id}`)).body));

const endAs = (index: number, id: string) =>
  eventually(async () => {
    const job = await jobAs(index, id);
    return job.finishedAt ? job : undefined;
  }, 'the job to end');

const messages = () =>
  Promise.all(
    queueNames.map(async (name) => {
      const { Attributes = {} } = await system.aws.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: system.aws.queueUrl(name), AttributeNames: ['All'] }),
      );
      return Number(Attributes.ApproximateNumberOfMessages);
    }),
  );

test('each tenant has one of the queues, which costs no call; jobs run in the order of their group', async () => {
  await submitAs(1, { seconds: 0 });
  const plain = calls.length;
  calls = [];
  const first = await submitAs(1, { seconds: 0 }, 'g');
  expect(calls.length).toBe(plain);
  calls = [];
  const others = [
    await submitAs(1, { seconds: 0, failFirst: 1 }, 'g'),
    await submitAs(1, { seconds: 0 }, 'g'),
  ];
  expect(calls.length).toBe(2 * plain);
  const ofOther = await submitAs(0, { seconds: 0 }, 'g');
  expect(await messages()).toEqual([1, 3]);
  system.start();
  const jobs = await Promise.all([first, ...others].map((id) => endAs(1, id)));
  expect(jobs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expectOneAfterTheOther(jobs);
  expect(await endAs(0, ofOther)).toMatchObject({ status: 'succeeded' });
});

test('a cancel makes the message of a job in backoff visible in the queue of its tenant', async () => {
  system.start();
  const first = await submitAs(1, { seconds: 0, failFirst: 4 }, 'backing off');
  const next = await submitAs(1, { seconds: 0 }, 'backing off');
  await eventually(
    async () => (await jobAs(1, first)).history.some(({ event }) => event === 'retrying') || undefined,
    'an attempt to fail',
  );
  expect((await callAs(1, `POST /jobs/${first}/cancel`)).status).toBe(200);
  expect(await endAs(1, next)).toMatchObject({ status: 'succeeded' });
});
