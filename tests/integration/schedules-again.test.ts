import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startScheduleServer } from '../../local/schedules/schedule-server.ts';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { eventBridgeSchedules } from '../../shared/aws/queues/one-time-schedules.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { eventually } from './eventually.ts';
import { arnOf, create, roleArn, schedulerAt, takeFrom } from './local-schedules.ts';
import { startWireProxy } from './wire-proxy.ts';

const minuteMs = 60_000;
let aws: LocalAws;
let folder: string;
beforeAll(async () => {
  aws = await startLocalAws();
  folder = await mkdtemp(`${tmpdir()}/schedules-`);
});
afterAll(async () => {
  await aws.stop();
  await rm(folder, { recursive: true });
});

const schedulesOf = (port: number) => {
  const client = schedulerAt(`http://127.0.0.1:${port}`);
  const settings = {
    groupName: 'default',
    roleArn,
    targetArn: arnOf('waiting'),
    deadLetterArn: arnOf('dead-letter'),
  };
  return { schedules: eventBridgeSchedules<string>(client, settings), client };
};

const take = () => takeFrom(aws.sqs, aws.queueUrl('waiting'));

// As after a crash between the send and the record of it.
test('what SQS took without an answer is sent again, also by the next process, just as it was', async () => {
  const clock = new FixedClock();
  const at = (Math.floor(clock.now() / minuteMs) + 20) * minuteMs;
  const message = 'ü 🎈 <aws.scheduler.execution-id>';
  const wire = await startWireProxy(aws.sqsEndpoint);
  wire.treat = () => 'lose-answer';
  const first = await startScheduleServer({ sqsEndpoint: wire.endpoint, folder, clock });
  const { schedules, client } = schedulesOf(first.port);
  await schedules.create({ name: 'again', at, message });
  await clock.advance(at + minuteMs - clock.now());
  const body = JSON.parse((await eventually(async () => (await take())[0], 'the message')).body);
  client.destroy();
  await first.stop();
  await wire.stop();
  while ((await take()).length > 0);

  await clock.advance(minuteMs);
  const second = await startScheduleServer({ sqsEndpoint: aws.sqsEndpoint, folder, clock });
  const again = JSON.parse((await eventually(async () => (await take())[0], 'the message again')).body);
  expect([body, again]).toEqual([message, message]);
  await second.stop();
});

test('a machine that slept for hours makes up for one occurrence, not for all', async () => {
  let sleptMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + sleptMs };
  const server = await startScheduleServer({
    sqsEndpoint: aws.sqsEndpoint,
    clock,
    random: { fraction: () => 0 },
  });
  const client = schedulerAt(`http://127.0.0.1:${server.port}`);
  await create(client, { Name: 'hourly', GroupName: 'default', ScheduleExpression: 'cron(0 * * * ? *)' });
  sleptMs = 5 * 60 * minuteMs;
  // Each call makes it look at the time.
  await client.send(new ListSchedulesCommand({}));
  const found: string[] = [];
  await eventually(async () => {
    found.push(...(await take()).map(({ body }) => body));
    return found[0];
  }, 'the occurrence');
  await client.send(new ListSchedulesCommand({}));
  await setTimeout(300);
  found.push(...(await take()).map(({ body }) => body));
  client.destroy();
  await server.stop();
  expect(found).toEqual(['hourly']);
});
