import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { createResources } from '../../local/emulators/resources.ts';
import { accountId, credentials, region } from '../../local/local-aws.ts';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { eventually } from './eventually.ts';
import { create, oneTime, schedulerAt, takeFrom } from './local-schedules.ts';

const minuteMs = 60_000;
const endpoints = z.object({
  sqsEndpoint: z.url(),
  dynamoDbEndpoint: z.url(),
  s3Endpoint: z.url(),
  schedulerEndpoint: z.url(),
});
const program = `
  const { startEmulators } = await import(${JSON.stringify(new URL('../../local/emulators/emulators.ts', import.meta.url).href)});
  console.log(JSON.stringify(await startEmulators({ dataDir: process.argv[1] })));`;

const resources = {
  Resources: {
    Waiting: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'waiting' } },
    Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'schedules' } },
  },
};

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'schedules-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Starts the emulators as `npm start` does, in a process of their own. */
async function startProcess() {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return {
    ...endpoints.parse(JSON.parse(String(line))),
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** As if the machine had been off for so long. */
const later = (milliseconds: number) => ({ ...systemClock, now: () => systemClock.now() + milliseconds });

/** Starts the emulators again, and receives until there is nothing more for a while. */
async function firedAfter(milliseconds: number, atLeast: number): Promise<readonly string[]> {
  const emulators = await startEmulators({ dataDir, schedules: { clock: later(milliseconds) } });
  const sqs = new SQSClient({ endpoint: emulators.sqsEndpoint, region, credentials });
  const bodies: string[] = [];
  try {
    await createResources(resources, emulators);
    await eventually(async () => {
      const url = `${emulators.sqsEndpoint}/${accountId}/waiting`;
      const messages = await takeFrom(sqs, url);
      bodies.push(...messages.map(({ body }) => body));
      return (messages.length === 0 && bodies.length >= atLeast) || undefined;
    }, 'what fires');
  } finally {
    sqs.destroy();
    await emulators.stop();
  }
  return bodies.sort();
}

test('every schedule that was answered outlives a SIGKILL, and fires once its time has come', async () => {
  const first = await startProcess();
  await createResources(resources, first);
  const client = schedulerAt(first.schedulerEndpoint);
  const soon = (Math.floor(Date.now() / minuteMs) + 20) * minuteMs;
  const expressions = { soon: oneTime(soon), late: oneTime(soon + 40 * minuteMs) };
  const answered: string[] = [];
  // The kill comes in the middle of them.
  const creating = (async () => {
    for (let count = 0; ; count += 1) {
      const kind = count % 2 === 0 ? 'soon' : 'late';
      await create(client, { Name: `${kind}-${count}`, ScheduleExpression: expressions[kind] });
      answered.push(`${kind}-${count}`);
    }
  })().catch(() => undefined);
  await eventually(async () => answered.length >= 40 || undefined, 'schedules to be created');
  await first.kill();
  await creating;
  client.destroy();

  const known = new Set(answered);
  const onlyKnown = (bodies: readonly string[]) => [...new Set(bodies)].filter((body) => known.has(body));
  const ofKind = (kind: string) => answered.filter((name) => name.startsWith(kind)).sort();
  expect(onlyKnown(await firedAfter(25 * minuteMs, ofKind('soon').length))).toEqual(ofKind('soon'));
  expect(onlyKnown(await firedAfter(70 * minuteMs, ofKind('late').length))).toEqual(ofKind('late'));
});

test('a recurring schedule of an earlier process is gone, and what it missed is not made up for', async () => {
  const first = await startProcess();
  await createResources(resources, first);
  const client = schedulerAt(first.schedulerEndpoint);
  await create(client, { Name: 'every-minute', ScheduleExpression: 'cron(* * * * ? *)' });
  const at = (Math.floor(Date.now() / minuteMs) + 5) * minuteMs;
  await create(client, { Name: 'once', ScheduleExpression: oneTime(at) });
  await first.kill();
  client.destroy();
  expect(await firedAfter(20 * minuteMs, 1)).toEqual(['once']);
});
