import { describe, expect, test } from '@jest/globals';
import { alarm, queue, table } from './kinds.ts';
import type { Package } from './packaged.ts';

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
  const watched = [
    ['UnreadableQueue', 'ApproximateNumberOfMessagesVisible'],
    ['StandardDeadLetterQueue', 'NumberOfMessagesReceived'],
  ];
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

  describe.each(alarms)('$MetricName', ({ Dimensions }) => {
    test('is that of a queue of the stack', () => {
      for (const { Value } of Dimensions) expect([...template.all(queue).keys()]).toContain(Value);
    });
  });
}
