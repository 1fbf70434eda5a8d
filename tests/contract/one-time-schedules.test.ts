import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { credentials, region } from '../../local/local-aws.ts';
import {
  eventBridgeSchedules,
  type ScheduleSettings,
  schedulerClient,
} from '../../shared/aws/one-time-schedules.ts';
import { SchedulesUnavailableError } from '../../shared/job/schedule-errors.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryOneTimeSchedules } from '../../testkit/fakes/in-memory-schedules.ts';
import { type Moto, motoIsInstalled, startMoto } from '../infra/moto.ts';
import { startWireProxy } from '../integration/wire-proxy.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { startJsonServer } from '../stand-ins/json-server.ts';
import {
  describeOneTimeSchedules,
  describeRefusals,
  type Sample,
  type SchedulesUnderTest,
} from './one-time-schedules.contract.ts';

const minuteMs = 60_000;
const clock = new FixedClock();
const ahead = (Math.floor(clock.now() / minuteMs) + 20) * minuteMs;
const past = Math.floor(clock.now() / minuteMs) * minuteMs;

const fake = new InMemoryOneTimeSchedules<Sample>(clock);
const fakeUnderTest = () => ({
  schedules: fake,
  find: async (name: string) => {
    const found = fake.schedules.get(name);
    return found && { at: found.at, message: found.message };
  },
  ahead,
  past,
});
describeOneTimeSchedules('InMemoryOneTimeSchedules', fakeUnderTest);
describeRefusals('InMemoryOneTimeSchedules', fakeUnderTest);

test('InMemoryOneTimeSchedules fails when a test says so', async () => {
  const failing = new InMemoryOneTimeSchedules<Sample>();
  failing.isFailing = true;
  const created = failing.create({ name: 'n', at: ahead, message: { text: '' } });
  await expect(created).rejects.toThrow(SchedulesUnavailableError);
  await expect(failing.delete('n')).rejects.toThrow(SchedulesUnavailableError);
  expect(failing.schedules.size).toBe(0);
});

const settings: ScheduleSettings = {
  groupName: 'schedules',
  roleArn: 'arn:aws:iam::000000000000:role/scheduler',
  targetArn: `arn:aws:sqs:${region}:000000000000:waiting`,
  deadLetterArn: `arn:aws:sqs:${region}:000000000000:dead-letter`,
};

const over = (client: SchedulerClient): Pick<SchedulesUnderTest, 'schedules' | 'find'> => ({
  schedules: eventBridgeSchedules<Sample>(client, settings),
  async find(Name) {
    try {
      const found = await client.send(new GetScheduleCommand({ Name, GroupName: settings.groupName }));
      const time = /^at\((.+)\)$/.exec(found.ScheduleExpression ?? '')?.[1];
      return { at: Date.parse(`${time}Z`), message: JSON.parse(found.Target?.Input ?? '') };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  },
});

const clientOf = (endpoint: string, maxAttempts = 1) =>
  new SchedulerClient({ endpoint, region, credentials, maxAttempts });

let aws: LocalAws;
let client: SchedulerClient;
beforeAll(async () => {
  aws = await startLocalAws({ schedules: { clock } });
  client = clientOf(aws.schedulerEndpoint);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const local = () => ({ ...over(client), ahead, past });
describeOneTimeSchedules('the EventBridge Scheduler of this machine', local);
describeRefusals('the EventBridge Scheduler of this machine', local);

test('a schedule is created with what Scheduler needs to deliver it', async () => {
  await over(client).schedules.create({ name: 'whole', at: ahead, message: { text: 'some' } });
  const created = await client.send(new GetScheduleCommand({ Name: 'whole', GroupName: 'schedules' }));
  expect(created).toMatchObject({
    ScheduleExpression: 'at(2026-01-02T03:24:00)',
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: settings.targetArn,
      RoleArn: settings.roleArn,
      Input: '{"text":"some"}',
      DeadLetterConfig: { Arn: settings.deadLetterArn },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    },
  });
});

test('a group that does not exist, and an endpoint that does not answer, make every call throw', async () => {
  const nowhere = clientOf('http://127.0.0.1:1');
  const schedule = { name: 'n', at: ahead, message: { text: '' } };
  const none = eventBridgeSchedules<Sample>(client, { ...settings, groupName: 'unknown' });
  await expect(none.create(schedule)).rejects.toThrow(SchedulesUnavailableError);
  const { schedules } = over(nowhere);
  await expect(schedules.create(schedule)).rejects.toThrow(SchedulesUnavailableError);
  await expect(schedules.delete('n')).rejects.toThrow(SchedulesUnavailableError);
  nowhere.destroy();
});

test('a schedule whose answer was lost is there: its repetition is no conflict', async () => {
  const wire = await startWireProxy(aws.schedulerEndpoint);
  const treatments = ['lose-answer', 'pass'] as const;
  wire.treat = () => treatments[wire.operations.length - 1] ?? 'refuse';
  const twice = clientOf(wire.endpoint, 2);
  const schedule = { at: ahead, message: { text: 'some' } };
  await over(twice).schedules.create({ name: 'lost-answer', ...schedule });
  expect(wire.operations).toHaveLength(2);
  expect(await over(client).find('lost-answer')).toEqual(schedule);
  twice.destroy();
  await wire.stop();
});

test.each([
  [429, 'ThrottlingException'],
  [402, 'ServiceQuotaExceededException'],
  [500, 'InternalServerException'],
])('an answer of %i, %s, throws after two tries at most: the caller waits longer', async (status, code) => {
  let calls = 0;
  const server = await startJsonServer(() => {
    calls += 1;
    return { status, headers: { 'x-amzn-errortype': code }, body: { Message: 'no' } };
  });
  Object.assign(process.env, environmentOf(server.endpoint));
  const refusing = schedulerClient();
  const { schedules } = over(refusing);
  const created = schedules.create({ name: 'n', at: ahead, message: { text: '' } });
  await expect(created).rejects.toThrow(SchedulesUnavailableError);
  expect(calls).toBe(code === 'ServiceQuotaExceededException' ? 1 : 2);
  refusing.destroy();
  await server.stop();
});

const environmentOf = (endpoint: string) => ({
  AWS_ENDPOINT_URL_SCHEDULER: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

const describeIfInstalled = motoIsInstalled() ? describe : describe.skip;

/** Another one's idea of the protocol. It checks neither times nor names. */
describeIfInstalled('moto (needs python3-moto)', () => {
  let moto: Moto;
  let motoClient: SchedulerClient;
  beforeAll(async () => {
    moto = await startMoto();
    motoClient = clientOf(moto.endpoint);
    await motoClient.send(new CreateScheduleGroupCommand({ Name: settings.groupName }));
  });
  afterAll(async () => {
    motoClient?.destroy();
    await moto?.stop();
  });
  describeOneTimeSchedules('the scheduler of moto', () => ({
    ...over(motoClient),
    ahead,
    checksNames: false,
  }));
});
