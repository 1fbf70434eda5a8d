import {
  ConflictException,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createResources } from '../../local/emulators/resources.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { headerSigned } from '../object-signing.ts';
import { arnOf, aSchedule, create, oneTime, roleArn, schedulerAt } from './local-schedules.ts';

const hourMs = 3_600_000;
const clock = new FixedClock();
const ahead = oneTime(clock.now() + hourMs);

let aws: LocalAws;
let client: SchedulerClient;
beforeAll(async () => {
  aws = await startLocalAws({ schedules: { clock } });
  client = schedulerAt(aws.schedulerEndpoint);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const namesIn = async (GroupName: string, more = {}) => {
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName, ...more }));
  return Schedules.map(({ Name }) => Name);
};

describe('schedules', () => {
  test('are conflicts by their names, each group for itself', async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: 'other' }));
    await create(client, { Name: 'same', ScheduleExpression: ahead });
    const again = create(client, { Name: 'same', ScheduleExpression: ahead });
    await expect(again).rejects.toBeInstanceOf(ConflictException);
    await create(client, { Name: 'same', ScheduleExpression: ahead, GroupName: 'other' });
    expect([await namesIn('schedules'), await namesIn('other')]).toEqual([['same'], ['same']]);
  });

  test('are listed by the beginning of their names', async () => {
    await create(client, { Name: 'one-a', ScheduleExpression: ahead });
    await create(client, { Name: 'one-b', ScheduleExpression: ahead });
    expect(await namesIn('schedules', { NamePrefix: 'one-' })).toEqual(['one-a', 'one-b']);
  });

  test('are replaced by an update, which there is none of without a schedule', async () => {
    await create(client, { Name: 'changed', ScheduleExpression: ahead });
    const update = (Name: string) =>
      client.send(new UpdateScheduleCommand(aSchedule({ Name, ScheduleExpression: 'cron(0 9 ? * MON *)' })));
    await update('changed');
    const changed = await client.send(new GetScheduleCommand({ Name: 'changed', GroupName: 'schedules' }));
    expect(changed.ScheduleExpression).toBe('cron(0 9 ? * MON *)');
    await expect(update('unknown')).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test('are not found where there are none', async () => {
    const of = (GroupName: string) => ({ Name: 'unknown', GroupName });
    for (const group of ['schedules', 'no-group']) {
      await expect(client.send(new GetScheduleCommand(of(group)))).rejects.toBeInstanceOf(
        ResourceNotFoundException,
      );
      await expect(client.send(new DeleteScheduleCommand(of(group)))).rejects.toBeInstanceOf(
        ResourceNotFoundException,
      );
    }
    const created = create(client, { Name: 'n', ScheduleExpression: ahead, GroupName: 'no-group' });
    await expect(created).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test.each([
    ['a time that is past', { ScheduleExpression: oneTime(clock.now() - hourMs) }],
    ['a time that never comes', { ScheduleExpression: 'cron(0 0 30 2 ? *)' }],
    ['a name with a space', { Name: 'a name' }],
    ['a window', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: 5 } }],
    ['a FIFO queue', { Target: { Arn: arnOf('ordered.fifo'), RoleArn: roleArn } }],
    ['a role that is none', { Target: { Arn: arnOf('waiting'), RoleArn: 'scheduler' } }],
    ['too many retries', { Target: { ...aTarget(), RetryPolicy: { MaximumRetryAttempts: 186 } } }],
  ])('are refused with %s', async (_what, over) => {
    const created = create(client, { Name: 'refused', ScheduleExpression: ahead, ...over });
    await expect(created).rejects.toBeInstanceOf(ValidationException);
  });
});

function aTarget() {
  return { Arn: arnOf('waiting'), RoleArn: roleArn };
}

test.each([
  ['POST', '/schedules/n', '{"not": json'],
  ['GET', '/schedules/%E0%A4%A', undefined],
  ['PATCH', '/schedules/n', '{}'],
  ['GET', '/unknown', undefined],
])('%s %s is refused, not failed at', async (method, path, body) => {
  const { host } = new URL(aws.schedulerEndpoint);
  const unsignedBody = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const { headers } = await headerSigned({
    method,
    path,
    host,
    headers: unsignedBody,
    by: { service: 'scheduler' },
  });
  const response = await fetch(aws.schedulerEndpoint + path, { method, headers, ...(body ? { body } : {}) });
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException']);
});

describe('groups of schedules', () => {
  test('are there by default, and are created once', async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: 'once' }));
    const again = client.send(new CreateScheduleGroupCommand({ Name: 'once' }));
    await expect(again).rejects.toBeInstanceOf(ConflictException);
    const { ScheduleGroups = [] } = await client.send(new ListScheduleGroupsCommand({}));
    const names = ScheduleGroups.map(({ Name }) => Name);
    expect(names).toEqual(expect.arrayContaining(['default', 'once', 'schedules']));
    const { Arn } = await client.send(new GetScheduleGroupCommand({ Name: 'once' }));
    expect(Arn).toBe('arn:aws:scheduler:eu-central-1:000000000000:schedule-group/once');
  });

  test('go with their schedules', async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: 'gone' }));
    await create(client, { Name: 'with-it', ScheduleExpression: ahead, GroupName: 'gone' });
    await client.send(new DeleteScheduleGroupCommand({ Name: 'gone' }));
    await client.send(new CreateScheduleGroupCommand({ Name: 'gone' }));
    expect(await namesIn('gone')).toEqual([]);
  });
});

test('a template that is used again makes its schedules what they are in it', async () => {
  const template = (minute: number) => ({
    Resources: {
      Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'of-a-template' } },
      Role: { Type: 'AWS::IAM::Role', Properties: {} },
      TheQueue: { Type: 'AWS::SQS::Queue', Properties: {} },
      Nightly: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          Name: 'nightly',
          GroupName: { Ref: 'Group' },
          ScheduleExpression: `cron(${minute} 3 * * ? *)`,
          ScheduleExpressionTimezone: 'Europe/Berlin',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: { 'Fn::GetAtt': ['TheQueue', 'Arn'] },
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Input: '{}',
          },
        },
      },
    },
  });
  const endpoints = { ...aws };
  await createResources(template(1), endpoints);
  const resolve = await createResources(template(2), endpoints);
  const found = await client.send(new GetScheduleCommand({ Name: 'nightly', GroupName: 'of-a-template' }));
  expect(found).toMatchObject({
    ScheduleExpression: 'cron(2 3 * * ? *)',
    Target: { Arn: arnOf('TheQueue'), RoleArn: 'arn:aws:iam::000000000000:role/Role' },
  });
  expect(resolve([{ Ref: 'Group' }, { 'Fn::GetAtt': ['Group', 'Arn'] }])).toEqual([
    'of-a-template',
    'arn:aws:scheduler:eu-central-1:000000000000:schedule-group/of-a-template',
  ]);
});
