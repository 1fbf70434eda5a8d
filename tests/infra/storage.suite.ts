import { expect, test } from '@jest/globals';
import { ownTables } from '../../infra/access/table-name.ts';
import { endpointTableKeys, jobTableKeys } from '../job-table.ts';
import { type DeletionPolicy, eventSources, goingOffAtOnce, policiesOf } from './expected.ts';
import { alarm, queue, scheduleGroup, table } from './kinds.ts';
import type { Package } from './packaged.ts';

/** The maximum of an SQS queue: messages that are received, and neither deleted nor visible again. */
const maxInvisible = 120_000;

const protectedTable = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
};

export function describeTables({ template, stage }: Package, deletionPolicy: DeletionPolicy): void {
  const tables = template.all(table);

  test('are those of the jobs, of the access and of the endpoints: paid per request, with point-in-time recovery and encryption', () => {
    expect(Object.fromEntries(tables)).toEqual({
      JobTable: {
        ...protectedTable,
        ...jobTableKeys,
        TableName: `job-worker-${stage}-jobs`,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
      AccessTable: { ...protectedTable, TableName: ownTables(`job-worker-${stage}`).access },
      EndpointTable: {
        ...protectedTable,
        ...endpointTableKeys,
        TableName: `job-worker-${stage}-endpoints`,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });

  test(`have the deletion policy ${deletionPolicy}`, () => {
    for (const id of tables.keys()) {
      const { DeletionPolicy, UpdateReplacePolicy } = template.resources[id] ?? {};
      expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual(policiesOf[deletionPolicy]);
    }
  });
}

/** An alarm for each single thing: of a stage with `watch: full`. */
export function describeSingleAlarms({ template }: Pick<Package, 'template'>): void {
  const all = [...template.all(alarm)].filter(([id]) => !id.startsWith('Servers'));
  const alarms = all.flatMap(([, each]) =>
    each.Namespace === 'AWS/SQS' || each.Namespace === 'AWS/Scheduler' ? [each] : [],
  );
  const alarmsOn = (queueId: string) =>
    alarms.filter(({ Dimensions }) => Dimensions.some(({ Value }) => Value === queueId));

  // A dead-letter queue that a function processes may never show a visible message, and SQS does not count the messages
  // that it moves there as sent. So its alarm is on received messages.
  const metricOf = (queueId: string) =>
    queueId in eventSources ? 'NumberOfMessagesReceived' : 'ApproximateNumberOfMessagesVisible';
  const targets = [...template.all(queue).values()].flatMap(
    ({ RedrivePolicy }) => RedrivePolicy?.deadLetterTargetArn ?? [],
  );
  const watched = ['QuarantineQueue', ...new Set(targets)].map((queueId) => [queueId, metricOf(queueId)]);
  test.each(watched)('one message in %s sets off its alarm', (queueId, metric) => {
    expect(alarmsOn(queueId)).toEqual([
      {
        ...goingOffAtOnce,
        Namespace: 'AWS/SQS',
        MetricName: metric,
        Statistic: metric === 'NumberOfMessagesReceived' ? 'Sum' : 'Maximum',
        Threshold: 1,
        Dimensions: [{ Name: 'QueueName', Value: queueId }],
      },
    ]);
  });

  test('an alarm is set off before SQS reaches its limit of invisible messages in the waiting queue', () => {
    const [own] = alarmsOn('WaitingQueue');
    expect(own).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesNotVisible',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
    expect(own?.Threshold).toBeLessThan(maxInvisible);
  });

  // The age of the oldest message counts a job that runs: SQS deletes its message at the end. Such a message is not visible.
  test('a job that has waited for a worker server for a day sets off an alarm, and one that runs for a day does not', () => {
    const [own, ...others] = alarmsOn('ServerQueue');
    expect(others).toEqual([]);
    expect(own).toEqual({
      ...goingOffAtOnce,
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Minimum',
      Threshold: 1,
      Period: 3_600,
      EvaluationPeriods: 24,
      Dimensions: [{ Name: 'QueueName', Value: 'ServerQueue' }],
    });
  });

  test('every other alarm goes off after one period at its threshold, and all tell the topic', () => {
    const others = alarms.filter((each) => !alarmsOn('ServerQueue').includes(each));
    expect(others).toHaveLength(alarms.length - 1);
    for (const each of others) expect(each).toMatchObject(goingOffAtOnce);
    for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual(goingOffAtOnce.AlarmActions);
  });

  test('every alarm is on a queue of the stack, or on its schedules', () => {
    const ids = [...template.all(queue).keys(), ...template.all(scheduleGroup).keys()];
    const dimensions = alarms.flatMap(({ Dimensions }) => Dimensions);
    expect(dimensions).toHaveLength(alarms.length);
    for (const { Value } of dimensions) expect(ids).toContain(Value);
  });
}
