import type { Resource } from './serverless.ts';
import { ref } from './template-values.ts';

interface Naming {
  getLambdaLogicalId(functionName: string): string;
}

/** What tells the topic, at its start and at its end. */
export const alarmOf = (properties: Readonly<Record<string, unknown>>): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Period: 300,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    Dimensions: [],
    ...properties,
    AlarmActions: [ref('AlarmTopic')],
    OKActions: [ref('AlarmTopic')],
  },
});

const queueName = (id: string) => [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } }];

const visible = (id: string, AlarmDescription: string): Resource =>
  alarmOf({
    AlarmDescription,
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: queueName(id),
    Statistic: 'Maximum',
    Threshold: 1,
  });

const deadLetters = (id: string): Resource =>
  alarmOf({
    AlarmDescription:
      'Messages became dead letters; their jobs are failed and can be retried, see docs/incidents.md',
    Namespace: 'AWS/SQS',
    // SQS does not count as sent what it moves to a dead-letter queue itself.
    MetricName: 'NumberOfMessagesReceived',
    Dimensions: queueName(id),
    Statistic: 'Sum',
    Threshold: 1,
  });

const ofSchedules = (MetricName: string, AlarmDescription: string): Resource =>
  alarmOf({
    AlarmDescription,
    Namespace: 'AWS/Scheduler',
    MetricName,
    Dimensions: [{ Name: 'ScheduleGroup', Value: ref('ScheduleGroup') }],
    Statistic: 'Sum',
    Threshold: 1,
  });

const ofQueues: Readonly<Record<string, Resource>> = {
  QuarantineAlarm: visible(
    'QuarantineQueue',
    'A message cannot be processed and waits for a person; see docs/runbook.md',
  ),
  DeadLetterAlarm: deadLetters('DeadLetterQueue'),
  OrderedDeadLetterAlarm: deadLetters('OrderedDeadLetterQueue'),
  NotifyDeadLetterAlarm: visible(
    'NotifyDeadLetterQueue',
    'Somebody could not be told that a job has ended; see docs/notifications.md',
  ),
  WaitingQueueFullAlarm: alarmOf({
    AlarmDescription:
      'SQS allows 120,000 messages in flight in a queue, and nearly as many jobs wait; beyond that they start late, see docs/incidents.md',
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesNotVisible',
    Dimensions: queueName('WaitingQueue'),
    Statistic: 'Maximum',
    Threshold: 100000,
  }),
  ServerQueueAlarm: alarmOf({
    // Nobody may be there to receive it, and SQS drops it after 14 days.
    AlarmDescription:
      'For a day there has always been a job that waits for a worker server; see docs/servers.md',
    Namespace: 'AWS/SQS',
    // Not the age of the oldest message, which may be that of a job that runs.
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: queueName('ServerQueue'),
    Statistic: 'Minimum',
    Threshold: 1,
    Period: 3600,
    EvaluationPeriods: 24,
  }),
  // The dead-letter queue has what Scheduler gave up.
  ScheduleAlarm: ofSchedules(
    'InvocationDroppedCount',
    'EventBridge Scheduler could not send to a queue for a day; see docs/runbook.md',
  ),
  ScheduleLostAlarm: ofSchedules(
    'InvocationsFailedToBeSentToDeadLetterCount',
    'EventBridge Scheduler could not even send to a dead-letter queue, and jobs that are due do not run; see docs/runbook.md',
  ),
};

/** What `check` looks at, each thing by itself: for who calls people by alarms alone. */
export const singleAlarms = (
  functions: readonly string[],
  naming: Naming,
): Readonly<Record<string, Resource>> => ({
  ...ofQueues,
  ...Object.fromEntries(
    functions.flatMap((name) => {
      const id = naming.getLambdaLogicalId(name);
      return ['Errors', 'Throttles'].map((MetricName) => [
        `${id}${MetricName}Alarm`,
        alarmOf({
          AlarmDescription: `${MetricName} of the function ${name}; see docs/incidents.md`,
          Namespace: 'AWS/Lambda',
          MetricName,
          Dimensions: [{ Name: 'FunctionName', Value: ref(id) }],
          Statistic: 'Sum',
          Threshold: 1,
        }),
      ]);
    }),
  ),
});
