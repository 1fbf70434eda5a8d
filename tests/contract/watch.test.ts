import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { JobLines, startCloudWatch } from '../../local/output/cloudwatch-server.ts';
import { MetricRing } from '../../local/output/metric-ring.ts';
import { snsAlarmTopic } from '../../shared/aws/observe/alarm-topic.ts';
import { cloudWatchMetrics } from '../../shared/aws/observe/stage-metrics.ts';
import { cloudWatchSeries } from '../../shared/aws/observe/stage-series.ts';
import { queueCounts } from '../../shared/aws/queues/queue-figures.ts';
import { dynamoDbJobReader } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecordReader, dynamoDbRecords } from '../../shared/aws/records/records.ts';
import {
  alarmTopic,
  readJobs,
  readMetrics,
  watchedStage,
  watchState,
} from '../../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { MetricsUnavailableError, StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { metrics as allMetrics } from '../../shared/domain/observe/metrics.ts';
import type { CountedValue } from '../../shared/domain/observe/prometheus.ts';
import {
  failed,
  failingQueues,
  runningQueues,
  type Series,
  type SeriesQuery,
  type StageSeries,
  shownTimes,
  spanOf,
  succeeded,
} from '../../shared/domain/observe/stage-series.ts';
import { pausedScheduleReader } from '../../shared/domain/schedules/paused-schedules.ts';
import { pauseReader } from '../../shared/domain/state/limits/pauses.ts';
import { nothingSeen } from '../../shared/domain/watch/memory.ts';
import { WatchUnavailableError } from '../../shared/domain/watch/watch-ports.ts';
import { type WatchState, watchStateIn as watchStateOf } from '../../shared/domain/watch/watch-state.ts';
import { checkStage } from '../../shared/watch/check-stage.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { InMemorySeries } from '../../testkit/fakes/in-memory-series.ts';
import { RecordedTopic } from '../../testkit/fakes/in-memory-watch.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { environmentOn, type LocalAws } from '../local-aws.ts';
import { startJsonServer } from '../stand-ins/json-server.ts';
import { describeWithMoto, motoEndpoint, newLocalAws } from './shared-services.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await newLocalAws();
  // For calls without a client: the same account.
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
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
describeWatchState('InMemoryWatchState', () => watchStateOf(new InMemoryRecords()));
describeWatchState('dynamoDbWatchState', () =>
  watchStateOf(
    dynamoDbRecords(aws.dynamoDb, readEnvironment({ watchState }, { TABLE_NAME: aws.env.TABLE_NAME })),
  ),
);

test('dynamoDbWatchState throws StoreUnavailableError', async () => {
  const state = watchStateOf(dynamoDbRecords(aws.dynamoDb, readEnvironment({ watchState }, watched)));
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
  const { LIST_SHARDS: _, ORDERED_QUEUES: _queues, ...variables } = walked.env;
  const env = readEnvironment(
    { watchedStage, watchState, readJobs },
    {
      ...variables,
      ...{
        ORDERED_QUEUES: '1',
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
        state: watchStateOf(dynamoDbRecords(walked.dynamoDb, env)),
        jobs: dynamoDbJobReader(walked.dynamoDb, env),
        paused: pausedScheduleReader(dynamoDbRecordReader(walked.dynamoDb, env)),
        pauses: pauseReader(dynamoDbRecordReader(walked.dynamoDb, env)),
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
  const subjects = topic.texts.map(({ subject }) => subject.replace('TROUBLE job-worker-walked: ', ''));
  expect(subjects).toEqual(
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
  NextToken: z.optional(z.string()),
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
      ORDERED_QUEUES: '1',
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

interface Counting {
  readonly series: StageSeries;
  add(value: CountedValue): void;
  stop(): Promise<void>;
}

const [minute, hour] = [60_000, 3_600_000];
const lastPeriod = Date.UTC(2026, 0, 9, 12, 1, 30);
const counted = { queue: 'long', type: 'counting', at: lastPeriod, value: 1 } as const;
const ask = (over: Partial<SeriesQuery>): SeriesQuery => ({
  metric: succeeded,
  stat: 'Sum',
  queue: 'long',
  ...over,
});

/** What the fake, this machine's CloudWatch and AWS's must have in common. */
function describeStageSeries(name: string, make: () => Promise<Counting>): void {
  describe(`${name} as a StageSeries`, () => {
    let counting: Counting;
    beforeEach(async () => {
      counting = await make();
    });
    afterEach(() => counting.stop());
    const readOne = async (query: SeriesQuery, range: Parameters<typeof spanOf>[0]): Promise<Series> => {
      const [series = []] = await counting.series.read([query], spanOf(range, lastPeriod));
      return series;
    };

    test('sums up counts by period, and has no value where nothing was counted', async () => {
      for (const ago of [0, 30_000, 4 * minute, 58 * minute, 61 * minute])
        counting.add({ ...counted, metric: succeeded, at: lastPeriod - ago });
      const series = await readOne(ask({}), 'hour');
      expect(series).toHaveLength(30);
      expect([...series.entries()].filter(([, value]) => value !== undefined)).toEqual([
        [0, 1],
        [27, 1],
        [29, 2],
      ]);
      expect(await readOne(ask({ metric: failed }), 'hour')).toEqual(Array(30).fill(undefined));
    });

    test('has percentiles of times, within 5 %', async () => {
      for (let value = 1; value <= 100; value += 1)
        counting.add({ ...counted, metric: 'Duration', value: value * 100, at: lastPeriod - 2 * hour });
      for (const [stat, exact] of [
        ['p50', 5_000],
        ['p95', 9_500],
      ] as const) {
        const series = await readOne(ask({ metric: 'Duration', stat }), 'day');
        expect(series.filter((value) => value !== undefined)).toHaveLength(1);
        expect(Math.abs((series[21] ?? 0) - exact)).toBeLessThan(exact * 0.05);
      }
    });

    test('tells queues and types apart, in the order of what was asked', async () => {
      counting.add({ ...counted, metric: failed });
      counting.add({ ...counted, metric: failed, type: 'csv-sums' });
      counting.add({ ...counted, metric: failed, queue: 'dead-letter', type: undefined });
      const queries = [{ type: 'csv-sums' }, {}, { queue: 'dead-letter' }, { queue: 'standard' }] as const;
      const read = await counting.series.read(
        queries.map((query) => ask({ metric: failed, ...query })),
        spanOf('week', lastPeriod),
      );
      expect(read.map((series) => series.at(-1))).toEqual([1, 2, 1, undefined]);
      expect(read.map((series) => series.length)).toEqual([28, 28, 28, 28]);
    });
  });
}

const readsFrom = (endpoint: string) =>
  readEnvironment(
    { readMetrics },
    {
      ...{ METRICS: 'type', METRICS_NAMESPACE: 'job-worker-prod' },
      AWS_REGION: region,
      AWS_ENDPOINT_URL_CLOUDWATCH: endpoint,
    },
  );

describeStageSeries('InMemorySeries', async () => {
  const series = new InMemorySeries();
  return { series, add: (value) => series.add(value), stop: async () => {} };
});

describeStageSeries('the CloudWatch of this machine', async () => {
  const numbers = new MetricRing();
  const server = await startCloudWatch({ lines: new JobLines(), numbers }, []);
  const series = cloudWatchSeries(readsFrom(server.endpoint));
  return { series, add: (value) => numbers.add(value), stop: () => server.stop() };
});

/**
 * A CloudWatch that answers as its reference says: the newest value first, periods without values missing, and a long answer in
 * parts. No emulator has it: moto speaks an older protocol.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
async function startReference() {
  const numbers = new InMemorySeries();
  const bodies: unknown[] = [];
  const server = await startJsonServer(({ body }) => {
    bodies.push(body);
    const { StartTime: from, EndTime, MetricDataQueries, NextToken } = asked.parse(body);
    const results = MetricDataQueries.map(({ Id, MetricStat: { Metric, Period: periodSeconds, Stat } }) => {
      const { MetricName: metric, Dimensions } = ownMetric.parse(Metric);
      const [queue, type] = Dimensions.map(({ Value }) => Value);
      const query = seriesQuery.parse({ metric, stat: Stat, queue, type });
      const span = { from, periodSeconds, periods: (EndTime - from) / periodSeconds };
      const values = [...numbers.of(query, span).entries()].reverse();
      const there = values.filter(([, value]) => value !== undefined);
      // Half of it in each of two parts.
      const shown = there.filter((_, at) => at % 2 === (NextToken === undefined ? 0 : 1));
      const Timestamps = shown.map(([at]) => from + at * periodSeconds);
      return {
        Id,
        Label: metric,
        Timestamps,
        Values: shown.map(([, value]) => value),
        StatusCode: 'Complete',
      };
    });
    const more = NextToken === undefined ? { NextToken: 'part 2' } : {};
    return { status: 200, body: { MetricDataResults: results, Messages: [], ...more } };
  });
  return { numbers, bodies, server };
}
const ownMetric = z.object({
  Namespace: z.literal('job-worker-prod'),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.enum(['Queue', 'Type']), Value: z.string() })),
});
const seriesQuery = z.object({
  metric: z.enum(['JobsSucceeded', 'JobsFailed', 'Duration']),
  stat: z.enum(['Sum', 'p50', 'p95']),
  queue: z.enum(['standard', 'long', 'dead-letter']),
  type: z.optional(z.string()),
});

describeStageSeries('CloudWatch, as its reference has it,', async () => {
  const { numbers, server } = await startReference();
  const series = cloudWatchSeries(readsFrom(server.endpoint));
  return { series, add: (value) => numbers.add(value), stop: () => server.stop() };
});

describe('series of a stage', () => {
  test('are asked for in one call, as the client of AWS would ask', async () => {
    const { bodies, server } = await startReference();
    const span = spanOf('hour', lastPeriod);
    await cloudWatchSeries(readsFrom(server.endpoint)).read([ask({ type: 'counting' }), ask({})], span);
    const [first, second] = bodies.splice(0);
    expect(second).toMatchObject({ NextToken: 'part 2' });
    const { StartTime, EndTime, ...request } = asked.parse(first);
    const client = new CloudWatchClient({ ...nowhere, endpoint: server.endpoint });
    const times = { StartTime: new Date(StartTime * 1000), EndTime: new Date(EndTime * 1000) };
    await client.send(new GetMetricDataCommand({ ...request, ...times, ScanBy: 'TimestampDescending' }));
    expect(bodies).toEqual([first]);
    client.destroy();
    await server.stop();
  });

  test('are understood from this machine as the client of AWS understands them', async () => {
    const numbers = new MetricRing();
    numbers.add({ ...counted, metric: succeeded });
    const server = await startCloudWatch({ lines: new JobLines(), numbers }, []);
    const client = new CloudWatchClient({ ...nowhere, endpoint: server.endpoint });
    const Metric = { Namespace: 'x', MetricName: succeeded, Dimensions: [{ Name: 'Queue', Value: 'long' }] };
    const unknown = { ...Metric, Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage' };
    const { from } = spanOf('hour', lastPeriod);
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(from * 1000),
        EndTime: new Date((from + 3_600) * 1000),
        MetricDataQueries: [Metric, unknown].map((metric, at) => ({
          Id: `q${at}`,
          MetricStat: { Metric: metric, Period: 120, Stat: 'Sum' },
        })),
      }),
    );
    expect(MetricDataResults).toMatchObject([
      { Id: 'q0', Timestamps: [new Date(Math.floor(lastPeriod / 120_000) * 120_000)], Values: [1] },
      { Id: 'q1', Timestamps: [], Values: [] },
    ]);
    client.destroy();
    await server.stop();
  });

  test('cannot be read where CloudWatch does not answer, or refuses', async () => {
    const refusing = await startJsonServer(() => ({ status: 400, body: { __type: 'AccessDenied' } }));
    for (const endpoint of [nowhere.endpoint, refusing.endpoint]) {
      const read = cloudWatchSeries(readsFrom(endpoint)).read([ask({})], spanOf('hour', lastPeriod));
      await expect(read).rejects.toThrow(MetricsUnavailableError);
    }
    await refusing.stop();
  });

  test('are asked for with the credentials that the environment has then', async () => {
    const server = await startCloudWatch({ lines: new JobLines(), numbers: new MetricRing() }, []);
    const read = () =>
      cloudWatchSeries(readsFrom(server.endpoint)).read([ask({})], spanOf('hour', lastPeriod));
    process.env.AWS_SECRET_ACCESS_KEY = 'of somebody else';
    await expect(read()).rejects.toThrow(MetricsUnavailableError);
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    expect(await read()).toHaveLength(1);
    await server.stop();
  });

  test('are of metrics that the queues which are shown have', () => {
    const workers = ['worker', 'longWorker', 'bulk', 'server'] as const;
    for (const metric of [...shownTimes, succeeded, failed])
      expect([metric, allMetrics[metric].from]).toEqual([metric, expect.arrayContaining([...workers])]);
    const others = failingQueues.filter((queue) => !runningQueues.some((each) => each === queue));
    expect(others).toEqual(['waiting', 'dead-letter']);
    expect(allMetrics[failed].from).toEqual(expect.arrayContaining(['admission', 'deadLetter']));
  });

  test('of a machine take little memory, whatever it counts for how long', () => {
    const numbers = new MetricRing();
    for (let ago = 20 * 24 * 60; ago >= 0; ago -= 1)
      numbers.add({ ...counted, metric: succeeded, at: lastPeriod - ago * minute });
    expect(numbers.size).toBeLessThan(2 * (64 + 176 + 2));
    const week = numbers.read(ask({}), spanOf('week', lastPeriod));
    expect(week.slice(0, -1)).toEqual(Array(27).fill(360));
    expect(numbers.read(ask({}), spanOf('hour', lastPeriod)).slice(0, -1)).toEqual(Array(29).fill(2));
  });
});
