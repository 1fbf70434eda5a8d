import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { tables } from '../system/local-tables.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { seededJobs, seededType, seedFailedJobs } from './failed-jobs.ts';
import { startWireProxy, type Treatment, type WireProxy } from './wire-proxy.ts';

/** `npm run test:long` has more. */
const count = Number(process.env.BULK_JOBS ?? 300);
const maxMs = 90_000 + count * 250;

let emulators: Emulators;
let table: WireProxy;
let queue: WireProxy;
let dynamoDb: DynamoDBClient;
let pass: WireProxy['treat'];
const running: ChildSystem[] = [];
beforeAll(async () => {
  emulators = await startEmulators();
  [table, queue] = [
    await startWireProxy(emulators.dynamoDbEndpoint),
    await startWireProxy(emulators.sqsEndpoint),
  ];
  dynamoDb = new DynamoDBClient({ endpoint: emulators.dynamoDbEndpoint, region, credentials });
});
afterAll(async () => {
  await Promise.all(running.map((system) => system.stop()));
  await Promise.all([table?.stop(), queue?.stop()]);
  dynamoDb?.destroy();
  await emulators?.stop();
});

/**
 * Starts the system. While its processes are killed, no retried job is received: what the emulator hands to a process
 * that dies meanwhile is invisible for as long as its queue says. On AWS the receiver outlives the function.
 */
async function start({ receivesJobs }: { readonly receivesJobs: boolean }): Promise<ChildSystem> {
  pass = (operation, body) =>
    !receivesJobs && operation === 'ReceiveMessage' && body.includes('-standard"') ? 'hang' : 'pass';
  queue.treat = pass;
  table.treat = () => 'pass';
  const endpoints = { ...emulators, sqsEndpoint: queue.endpoint, dynamoDbEndpoint: table.endpoint };
  const system = await startLocalSystem({ endpoints });
  running.push(system);
  return system;
}

const tableOf = () => ({ dynamoDb, tableName: tables.jobs });
const isRetry = (operation: string, body: string) =>
  operation === 'SendMessage' && body.includes('\\"run\\":2');

/**
 * Lets a number of retries through, then holds up all writes, and the last message or not: so the process dies with
 * messages sent whose jobs are not written yet.
 */
const holdUpAfter = (retries: number, last: Treatment): Promise<void> => {
  let sent = 0;
  return new Promise((resolve) => {
    const treatRetry = (): Treatment => {
      sent += 1;
      if (sent < retries) return 'pass';
      table.treat = (operation) => (operation === 'UpdateItem' ? 'hang' : 'pass');
      resolve();
      return last;
    };
    queue.treat = (operation, body) => (isRetry(operation, body) ? treatRetry() : pass(operation, body));
  });
};

async function retryAll({ address }: ChildSystem): Promise<string> {
  const response = await fetch(`${address}/jobs/actions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'retry', filter: { type: seededType } }),
  });
  expect(response.status).toBe(202);
  return jobResponse.parse(await response.json()).id;
}

/** A call may fail while the system starts, and a client repeats it. */
const read = async ({ address }: ChildSystem, id: string) => {
  const response = await fetch(`${address}/jobs/${id}`).catch(() => undefined);
  return response?.ok ? jobResponse.parse(await response.json()) : undefined;
};

test(
  `each of ${count} failed jobs is retried once by one action whose worker is killed twice`,
  async () => {
    let system = await start({ receivesJobs: false });
    await seedFailedJobs(count, tableOf());
    const beganAt = Date.now();

    const held = holdUpAfter(Math.ceil(count * 0.35), 'hang');
    const id = await retryAll(system);
    await held;
    await system.kill();
    system = await start({ receivesJobs: false });
    await holdUpAfter(Math.ceil(count * 0.35), 'pass');
    await system.kill();
    system = await start({ receivesJobs: true });

    const ended = await eventually(
      async () => {
        const job = await read(system, id);
        return job?.finishedAt ? job : undefined;
      },
      'the action to end',
      maxMs,
    );
    expect(ended).toMatchObject({ status: 'succeeded', progress: { percent: 100 } });
    expect(ended.history.filter(({ event }) => event === 'started').length).toBeGreaterThanOrEqual(3);

    const jobs = await eventually(
      async () => {
        const found = await seededJobs(tableOf());
        return found.every(({ status }) => status === 'succeeded') ? found : undefined;
      },
      'all jobs to succeed',
      maxMs,
    );
    console.log(`${count} jobs were retried in ${((Date.now() - beganAt) / 1000).toFixed(1)} s`);
    expect(jobs).toHaveLength(count);
    for (const { run, history, failedKey } of jobs) {
      expect({ run, failedKey }).toEqual({ run: 2, failedKey: undefined });
      expect(history.map(({ event }) => event).filter((event) => event !== 'started')).toEqual([
        'failed',
        'resubmitted',
        'succeeded',
      ]);
    }
  },
  2 * maxMs,
);
