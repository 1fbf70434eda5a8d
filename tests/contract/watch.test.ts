import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { snsAlarmTopic } from '../../shared/aws/alarm-topic.ts';
import { alarmTopic, readJobs, watchedStage, watchState } from '../../shared/aws/capabilities.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { dynamoDbJobReader } from '../../shared/aws/job-store.ts';
import { dynamoDbPausedSchedules } from '../../shared/aws/paused-schedules.ts';
import { queueCounts } from '../../shared/aws/queue-figures.ts';
import { cloudWatchMetrics } from '../../shared/aws/stage-metrics.ts';
import { dynamoDbWatchState } from '../../shared/aws/watch-state.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { nothingSeen } from '../../shared/domain/watch/memory.ts';
import { type WatchState, WatchUnavailableError } from '../../shared/domain/watch/watch-ports.ts';
import { checkStage } from '../../shared/watch/check-stage.ts';
import { InMemoryWatchState, RecordedTopic } from '../../testkit/fakes/in-memory-watch.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { environmentOn, type LocalAws } from '../local-aws.ts';
import { startJsonServer } from '../stand-ins/json-server.ts';
import { describeWithMoto, motoEndpoint, newLocalAws } from './shared-services.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await newLocalAws();
});
afterAll(() => aws?.stop());

const recurring = {
  ...{ name: 'each-minute', cron: '* * * * *', timeZone: 'UTC', type: 'counting', tenant: 'acme' },
};
const memory = { ...nothingSeen, open: [{ name: 'late', where: 'long', what: 'it is', since: 7 }] };

/** What the fake and the adapter must have in common. @param make one that nobody has written */
function describeWatchState(name: string, make: () => WatchState): void {
  test(`${name} as a WatchState keeps what was written last, by who had read it`, async () => {
    const state = make();
    expect(await state.read()).toEqual({ memory: nothingSeen, version: 0 });
    expect(await state.write(memory, 0)).toBe(true);
    // Another check has read the same.
    expect(await state.write(nothingSeen, 0)).toBe(false);
    const { version, ...read } = await state.read();
    expect(read).toEqual({ memory });
    expect(await state.write(nothingSeen, version)).toBe(true);
    expect(await state.write(memory, version)).toBe(false);
    expect((await state.read()).memory).toEqual(nothingSeen);
  });
}

const watched = { TABLE_NAME: 'no-such-table' };
describeWatchState('InMemoryWatchState', () => new InMemoryWatchState());
describeWatchState('dynamoDbWatchState', () =>
  dynamoDbWatchState(aws.dynamoDb, readEnvironment({ watchState }, { TABLE_NAME: aws.env.TABLE_NAME })),
);

test('dynamoDbWatchState throws StoreUnavailableError', async () => {
  const state = dynamoDbWatchState(aws.dynamoDb, readEnvironment({ watchState }, watched));
  await expect(state.read()).rejects.toThrow(StoreUnavailableError);
  await expect(state.write(memory, 0)).rejects.toThrow(StoreUnavailableError);
});

const given = () => ({ endpoint: motoEndpoint, region, credentials, maxAttempts: 1 });
const nowhere = { endpoint: 'http://127.0.0.1:1', region, credentials, maxAttempts: 1 };

describeWithMoto('the topic of the alarms (needs python3-moto)', () => {
  test('takes a text, and knows who has confirmed', async () => {
    const client = new SNSClient(given());
    const { TopicArn: ALARM_TOPIC = '' } = await client.send(new CreateTopicCommand({ Name: 'alarms' }));
    const topic = snsAlarmTopic(client, readEnvironment({ alarmTopic }, { ALARM_TOPIC }));
    expect(await topic.subscribers()).toBe(0);
    await client.send(
      new SubscribeCommand({ TopicArn: ALARM_TOPIC, Protocol: 'email', Endpoint: 'on-call@example.com' }),
    );
    // moto confirms a mail itself.
    expect(await topic.subscribers()).toBe(1);
    await topic.publish({ subject: 'TROUBLE', body: 'a text' });
    const away = snsAlarmTopic(new SNSClient(nowhere), readEnvironment({ alarmTopic }, { ALARM_TOPIC }));
    await expect(away.subscribers()).rejects.toThrow(WatchUnavailableError);
    await expect(away.publish({ subject: 's', body: 'b' })).rejects.toThrow(WatchUnavailableError);
    client.destroy();
  });
});

/** Four of the troubles, walked on the emulators: their counts of messages, and their table. Nothing has metrics there. */
test('a check sees in queues and table what nobody takes, what has grown, what was purged, and which job is missing', async () => {
  const walked = await newLocalAws();
  const { LIST_SHARDS: _, ...variables } = walked.env;
  const env = readEnvironment(
    { watchedStage, watchState, readJobs },
    {
      ...variables,
      ...{
        METRICS: 'queue',
        METRICS_NAMESPACE: 'job-worker-walked',
        SCHEDULE_GROUP: 'group',
        HTTP_API_ID: 'api',
      },
    },
  );
  const topic = new RecordedTopic();
  const counted: number[] = [];
  let now = Date.UTC(2026, 0, 2, 3, 5);
  const check = async (minutes: number) => {
    for (let passed = 0; passed < minutes; passed += 5) {
      now += 5 * 60_000;
      await checkStage({
        queues: queueCounts(env, walked.sqs),
        metrics: { read: async (queries) => queries.map(() => 0) },
        topic,
        state: dynamoDbWatchState(walked.dynamoDb, env),
        jobs: dynamoDbJobReader(walked.dynamoDb, env),
        paused: dynamoDbPausedSchedules(walked.dynamoDb, env),
        recurring: [{ ...recurring, payload: {} }],
        hasMetrics: true,
        hasIssuer: false,
        countOpen: (count) => void counted.push(count),
        stackName: 'job-worker-walked',
        clock: { now: () => now },
        log: recordedLog(),
      });
    }
  };
  const send = (QueueUrl: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        walked.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' })),
      ),
    );
  await check(5);
  expect([counted, topic.texts]).toEqual([[], []]);
  await send(env.QUARANTINE_QUEUE_URL, 1);
  await send(env.LONG_QUEUE_URL, 3);
  await send(env.STANDARD_QUEUE_URL, 20);
  await check(5);
  await walked.sqs.send(new PurgeQueueCommand({ QueueUrl: env.STANDARD_QUEUE_URL }));
  await check(15);
  const told = topic.texts.map(({ subject }) => subject.replace('TROUBLE job-worker-walked: ', ''));
  expect(told).toEqual(
    [
      'messages wait for a person (quarantine)',
      'messages can be received, and none is taken (long)',
      'messages are gone that nobody has processed (standard)',
      'a recurring schedule has made no job (each-minute)',
    ].map((text) => expect.stringContaining(text)),
  );
  expect(counted.at(-1)).toBe(4);
  await walked.stop();
});

const asked = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  MetricDataQueries: z.array(
    z.object({
      Id: z.string(),
      MetricStat: z.object({
        Metric: z.object({
          Namespace: z.string(),
          MetricName: z.string(),
          Dimensions: z.optional(z.array(z.object({ Name: z.string(), Value: z.string() }))),
        }),
        Period: z.number(),
        Stat: z.string(),
      }),
    }),
  ),
});

/** Values by what is asked for, and for how many minutes. moto does not speak CloudWatch's protocol of today. */
const valuesOf: Readonly<Record<string, readonly number[]>> = {
  'job-worker-prod JobsFailed Queue=long Sum/60 60': [3, 4, 100],
  'job-worker-prod JobsFailed Queue=long Sum/60 10': [3, 4],
  'job-worker-prod StartDelay Queue=long p95/300 10': [300, 200],
  'AWS/SQS ApproximateAgeOfOldestMessage QueueName=job-worker-prod-long Maximum/300 10': [50, 70],
  'AWS/ApiGateway 4xx ApiId=api Sum/60 60': [9],
  'AWS/Scheduler TargetErrorCount ScheduleGroup=group Sum/60 60': [1],
  'job-worker-prod NotificationsFailed  Sum/60 60': [5],
};

describe('the metrics of a stage', () => {
  const now = Date.UTC(2026, 0, 2);
  const env = readEnvironment(
    { watchedStage },
    {
      ...environmentOn({ sqsEndpoint: 'http://127.0.0.1:1', s3Endpoint: 'http://127.0.0.1:1' }),
      LIST_SHARDS: undefined,
      ...{
        METRICS: 'queue',
        METRICS_NAMESPACE: 'job-worker-prod',
        SCHEDULE_GROUP: 'group',
        HTTP_API_ID: 'api',
      },
    },
  );

  test('are numbers in the order of what was asked, over as many minutes, and 0 where there are none', async () => {
    let calls = 0;
    const server = await startJsonServer(({ body }) => {
      calls += 1;
      const { StartTime, EndTime, MetricDataQueries } = asked.parse(body);
      const minutes = (EndTime - StartTime) / 60;
      const MetricDataResults = MetricDataQueries.map(({ Id, MetricStat: { Metric, Period, Stat } }) => {
        const by = (Metric.Dimensions ?? []).map(({ Name, Value }) => `${Name}=${Value}`).join();
        const key = `${Metric.Namespace} ${Metric.MetricName} ${by} ${Stat}/${Period} ${minutes}`;
        return { Id, Values: valuesOf[key] ?? [] };
      });
      return { status: 200, body: { MetricDataResults: MetricDataResults.reverse() } };
    });
    const client = new CloudWatchClient({ ...nowhere, endpoint: server.endpoint });
    const long = { source: 'stage', dimension: { name: 'Queue', value: 'long' } } as const;
    const failed = { ...long, metric: 'JobsFailed', stat: 'Sum' } as const;
    const oldest = { source: 'sqs', metric: 'ApproximateAgeOfOldestMessage', queue: 'long' } as const;
    expect(
      await cloudWatchMetrics(client, env, () => now).read([
        { ...failed, minutes: 60 },
        { ...failed, minutes: 10 },
        { ...failed, dimension: { name: 'Queue', value: 'standard' }, minutes: 10 },
        { ...long, metric: 'StartDelay', stat: 'p95', minutes: 10 },
        { ...oldest, stat: 'Maximum', minutes: 10 },
        { source: 'api', metric: '4xx', stat: 'Sum', minutes: 60 },
        { source: 'scheduler', metric: 'TargetErrorCount', stat: 'Sum', minutes: 60 },
        { source: 'stage', metric: 'NotificationsFailed', stat: 'Sum', minutes: 60 },
      ]),
    ).toEqual([107, 7, 0, 300, 70, 9, 1, 5]);
    expect(calls).toBe(2);
    client.destroy();
    await server.stop();
  });

  test('cannot be read where CloudWatch does not answer', async () => {
    const metrics = cloudWatchMetrics(new CloudWatchClient(nowhere), env, () => now);
    const query = { source: 'api', metric: '4xx', stat: 'Sum', minutes: 60 } as const;
    await expect(metrics.read([query])).rejects.toThrow(WatchUnavailableError);
  });
});

describe('the capability', () => {
  test('names each variable that is missing', () => {
    expect(() => readEnvironment({ watchedStage, alarmTopic }, {})).toThrow(
      /HTTP_API_ID is missing.*ALARM_TOPIC is missing/,
    );
  });
});
