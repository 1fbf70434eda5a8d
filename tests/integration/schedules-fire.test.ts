import { DeleteScheduleCommand, GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { eventually } from './eventually.ts';
import {
  arnOf,
  create,
  oneTime,
  roleArn,
  schedulerAt,
  type TakenMessage,
  takeFrom,
} from './local-schedules.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const clock = new FixedClock();
/** When within its minute a schedule fires. */
let fraction = 0.5;
const minuteAhead = (minutes: number) => (Math.floor(clock.now() / minuteMs) + minutes) * minuteMs;

let aws: LocalAws;
let client: SchedulerClient;
beforeAll(async () => {
  aws = await startLocalAws({ schedules: { clock, random: { fraction: () => fraction } } });
  client = schedulerAt(aws.schedulerEndpoint);
});
afterEach(() => {
  fraction = 0.5;
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const take = (name: 'waiting' | 'dead-letter' = 'waiting') => takeFrom(aws.sqs, aws.queueUrl(name));
const bodies = (messages: readonly TakenMessage[]) => messages.map(({ body }) => body);
const taken = (name: 'waiting' | 'dead-letter' = 'waiting') =>
  eventually(async () => {
    const messages = await take(name);
    return messages.length > 0 ? messages : undefined;
  }, `a message in ${name}`);

const settleMs = 2_000;
/** Afterwards, what was on its way has arrived. The clock goes on by `settleMs`. */
async function settled(): Promise<void> {
  fraction = 0;
  await create(client, {
    Name: 'settled',
    ScheduleExpression: oneTime(clock.now() - (clock.now() % 1000) + 1000),
  });
  await clock.advance(settleMs);
  const found: string[] = [];
  while (!found.includes('settled')) found.push(...bodies(await taken()));
  expect(found).toEqual(['settled']);
}

const isThere = async (Name: string): Promise<boolean> => {
  try {
    await client.send(new GetScheduleCommand({ Name, GroupName: 'schedules' }));
    return true;
  } catch {
    return false;
  }
};

test('a one-time schedule fires within its minute, not before, and is gone afterwards', async () => {
  fraction = 0.75;
  const at = minuteAhead(20);
  await create(client, { Name: 'once', ScheduleExpression: oneTime(at) });
  await clock.advance(at + 44_999 - settleMs - clock.now());
  await settled();
  expect(await isThere('once')).toBe(true);
  await clock.advance(1);
  expect(bodies(await taken())).toEqual(['once']);
  await eventually(async () => !(await isThere('once')) || undefined, 'the schedule to be deleted');
});

test('the soonest fires first, whatever was created before', async () => {
  const at = minuteAhead(2);
  await create(client, { Name: 'later', ScheduleExpression: oneTime(at + 10 * minuteMs) });
  await create(client, { Name: 'sooner', ScheduleExpression: oneTime(at) });
  await clock.advance(at + minuteMs - clock.now());
  expect(bodies(await taken())).toEqual(['sooner']);
  await clock.advance(11 * minuteMs);
  expect(bodies(await taken())).toEqual(['later']);
});

test('what was deleted or is disabled does not fire', async () => {
  const at = minuteAhead(2);
  await create(client, { Name: 'deleted', ScheduleExpression: oneTime(at) });
  await create(client, { Name: 'disabled', ScheduleExpression: oneTime(at), State: 'DISABLED' });
  await client.send(new DeleteScheduleCommand({ Name: 'deleted', GroupName: 'schedules' }));
  await clock.advance(5 * minuteMs);
  await settled();
  expect(await isThere('disabled')).toBe(true);
});

test('words of Scheduler in the input are replaced, with the time for which it is meant', async () => {
  fraction = 0.99;
  const at = minuteAhead(2);
  const Input =
    '<aws.scheduler.scheduled-time> <aws.scheduler.schedule-arn> <aws.scheduler.attempt-number> <aws.unknown>';
  await create(client, {
    Name: 'worded',
    ScheduleExpression: oneTime(at),
    Target: { Arn: arnOf('waiting'), RoleArn: roleArn, Input },
  });
  await clock.advance(5 * minuteMs);
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const arn = 'arn:aws:scheduler:eu-central-1:000000000000:schedule/schedules/worded';
  expect(bodies(await taken())).toEqual([`${time} ${arn} 1 <aws.unknown>`]);
});

test('what cannot be sent is tried again, and goes to the dead-letter queue as the request that failed', async () => {
  const at = minuteAhead(2);
  await create(client, {
    Name: 'undeliverable',
    ScheduleExpression: oneTime(at),
    Target: {
      Arn: arnOf('nowhere'),
      RoleArn: roleArn,
      Input: '{"some":"input"}',
      DeadLetterConfig: { Arn: arnOf('dead-letter') },
      RetryPolicy: { MaximumRetryAttempts: 2 },
    },
  });
  const [message] = await eventually(async () => {
    await clock.advance(minuteMs);
    const messages = await take('dead-letter');
    return messages.length > 0 ? messages : undefined;
  }, 'the dead letter');
  expect(JSON.parse(message?.body ?? '')).toEqual({
    MessageBody: '{"some":"input"}',
    QueueUrl: expect.stringMatching(/\/nowhere$/),
  });
  expect(message?.attributes).toEqual({
    ERROR_CODE: 'QueueDoesNotExist',
    ERROR_MESSAGE: expect.any(String),
    EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: '2',
    SCHEDULED_TIME: `${new Date(at).toISOString().slice(0, 19)}Z`,
    SCHEDULE_ARN: 'arn:aws:scheduler:eu-central-1:000000000000:schedule/schedules/undeliverable',
    TARGET_ARN: arnOf('nowhere'),
  });
  await eventually(async () => !(await isThere('undeliverable')) || undefined, 'it to be deleted');
});

test('a recurring schedule fires at each time, and stays', async () => {
  const hour = (hours: number) => (Math.floor(clock.now() / hourMs) + hours) * hourMs;
  const expected = [1, 2].map(hour);
  await create(client, {
    Name: 'hourly',
    ScheduleExpression: 'cron(0 * * * ? *)',
    Target: { Arn: arnOf('waiting'), RoleArn: roleArn, Input: '<aws.scheduler.scheduled-time>' },
  });
  const found: string[] = [];
  for (const time of expected) {
    await clock.advance(time + minuteMs - clock.now());
    found.push(...bodies(await taken()));
  }
  expect(found.map(Date.parse)).toEqual(expected);
  expect(await isThere('hourly')).toBe(true);
});
