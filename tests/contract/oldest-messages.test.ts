import { text } from 'node:stream/consumers';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { oldestMessages } from '../../shared/aws/oldest-messages.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { type Answer, answering, withServer } from '../integration/scripted-server.ts';

const asked = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  MetricDataQueries: z.array(
    z.object({
      Id: z.string(),
      Label: z.string(),
      MetricStat: z.object({
        Metric: z.object({
          Namespace: z.literal('AWS/SQS'),
          MetricName: z.literal('ApproximateAgeOfOldestMessage'),
          Dimensions: z.tuple([z.object({ Name: z.literal('QueueName'), Value: z.string() })]),
        }),
      }),
    }),
  ),
});

const queues = {
  standard: 'https://sqs.eu-central-1.amazonaws.com/1/job-worker-prod-standard',
  quarantine: 'https://sqs.eu-central-1.amazonaws.com/1/job-worker-prod-quarantine',
};

/** A CloudWatch that speaks the wire protocol of the client, as far as ages are read. The newest value comes first. */
async function withCloudWatch(
  values: readonly number[],
  use: (client: CloudWatchClient, calls: z.infer<typeof asked>[]) => Promise<void>,
): Promise<void> {
  const calls: z.infer<typeof asked>[] = [];
  const answer: Answer = async (response, request) => {
    expect(request.headers['x-amz-target']).toBe('GraniteServiceVersion20100801.GetMetricData');
    const call = asked.parse(JSON.parse(await text(request)));
    calls.push(call);
    const results = call.MetricDataQueries.map(({ Id, Label, MetricStat: { Metric } }) => ({
      Id,
      Label,
      StatusCode: 'Complete',
      Timestamps: [],
      Values: Metric.Dimensions[0].Value === 'job-worker-prod-standard' ? values : [],
    }));
    answering(200, { MetricDataResults: results })(response, request);
  };
  await withServer(answer, async (endpoint) => {
    const client = new CloudWatchClient({ endpoint, region, credentials, maxAttempts: 1 });
    await use(client, calls);
    client.destroy();
  });
}

test('the age of a queue is the newest that CloudWatch has, and one without messages has none', () =>
  withCloudWatch([240, 180], async (client, calls) => {
    const clock = new FixedClock();
    const ages = oldestMessages(client, { queues, clock, log: recordedLog() });
    expect([...(await ages.read())]).toEqual([['standard', 240]]);
    expect(calls).toMatchObject([{ EndTime: clock.now() / 1000, StartTime: clock.now() / 1000 - 600 }]);
  }));

test('CloudWatch, which charges each metric, is asked once a minute at most', () =>
  withCloudWatch([240], async (client, calls) => {
    const start = new FixedClock().now();
    let now = start;
    const ages = oldestMessages(client, { queues, clock: { now: () => now }, log: recordedLog() });
    for (now = start; now < start + 60_000; now += 10_000) expect((await ages.read()).size).toBe(1);
    expect(calls).toHaveLength(1);
    await ages.read();
    expect(calls).toHaveLength(2);
  }));

test('without an answer there are no ages, and the log says why', () =>
  withServer(answering(403, { __type: 'AccessDeniedException', message: 'no' }), async (endpoint) => {
    const log = recordedLog();
    const client = new CloudWatchClient({ endpoint, region, credentials, maxAttempts: 1 });
    const ages = oldestMessages(client, { queues, clock: new FixedClock(), log });
    expect((await ages.read()).size).toBe(0);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'ages of messages not read' }]);
    client.destroy();
  }));

test('where there is no CloudWatch, nobody is asked', async () => {
  const ages = oldestMessages(undefined, { queues, clock: new FixedClock(), log: recordedLog() });
  expect((await ages.read()).size).toBe(0);
});
