import { expect, test } from '@jest/globals';
import { eventSources } from './expected.ts';
import { alarm, queue, table } from './kinds.ts';
import type { Package } from './packaged.ts';

/** Messages of a queue that are received and neither deleted nor visible again. */
const maxInvisible = 120_000;

export function describeTable({ template, stage }: Package, deletionPolicy: string): void {
  const tables = template.all(table);

  test('there is one table, paid by request, expiring, recoverable, encrypted', () => {
    expect([...tables.keys()]).toEqual(['JobTable']);
    expect(tables.get('JobTable')).toEqual({
      TableName: `job-worker-${stage}-jobs`,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });

  test(`the table outlives the stack or not: ${deletionPolicy}`, () => {
    const { DeletionPolicy, UpdateReplacePolicy } = template.resources.JobTable ?? {};
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
      DeletionPolicy: deletionPolicy,
      UpdateReplacePolicy: deletionPolicy,
    });
  });
}

export function describeAlarms({ template }: Package): void {
  const alarms = [...template.all(alarm).values()];

  // What SQS itself moves to a dead-letter queue is not counted as sent, and one that is emptied shows no message.
  const metricOf = (queueId: string) =>
    queueId in eventSources ? 'NumberOfMessagesReceived' : 'ApproximateNumberOfMessagesVisible';
  const targets = [...template.all(queue).values()].flatMap(
    ({ RedrivePolicy }) => RedrivePolicy?.deadLetterTargetArn ?? [],
  );
  const watched = ['QuarantineQueue', ...new Set(targets)].map((queueId) => [queueId, metricOf(queueId)]);
  test.each(watched)('one message in %s is an alarm', (queueId, metric) => {
    const own = alarms.filter(({ Dimensions }) => Dimensions.some(({ Value }) => Value === queueId));
    expect(own).toEqual([
      {
        Namespace: 'AWS/SQS',
        MetricName: metric,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Dimensions: [{ Name: 'QueueName', Value: queueId }],
      },
    ]);
  });

  test('it is an alarm when nearly as many jobs wait as SQS can hide', () => {
    const own = alarms.find(({ Dimensions }) => Dimensions.some(({ Value }) => Value === 'WaitingQueue'));
    expect(own).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesNotVisible',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
    expect(own?.Threshold).toBeLessThan(maxInvisible);
  });

  test('every alarm is on queues of the stack', () => {
    const ids = [...template.all(queue).keys()];
    const dimensions = alarms.flatMap(({ Dimensions }) => Dimensions);
    expect(dimensions).toHaveLength(alarms.length);
    for (const { Value } of dimensions) expect(ids).toContain(Value);
  });
}
