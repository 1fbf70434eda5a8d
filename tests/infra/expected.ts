import type { Stage } from './packaged.ts';

interface StageSettings {
  readonly logLevel: string;
  readonly logRetentionDays: number;
  /** The maximum number of concurrent invocations per run queue. */
  readonly workers: number;
  readonly tableDeletionPolicy: DeletionPolicy;
}

/** The settings in which stages differ. `preview` is a stage that serverless.yml does not name. */
export const stageSettings: Readonly<Record<Stage, StageSettings>> = {
  dev: { logLevel: 'DEBUG', logRetentionDays: 14, workers: 2, tableDeletionPolicy: 'Delete' },
  staging: { logLevel: 'INFO', logRetentionDays: 90, workers: 10, tableDeletionPolicy: 'Retain' },
  prod: { logLevel: 'INFO', logRetentionDays: 90, workers: 100, tableDeletionPolicy: 'Retain' },
  preview: { logLevel: 'INFO', logRetentionDays: 90, workers: 10, tableDeletionPolicy: 'Retain' },
};

interface EventSource {
  readonly by: string;
  readonly batch: number;
  /** Whether the stage limits the concurrency. A mapping with a limit keeps five pollers while idle, at a cost. */
  readonly limited: boolean;
}

/** The function that processes each queue. */
export const eventSources: Readonly<Record<string, EventSource>> = {
  StandardQueue: { by: 'worker', batch: 10, limited: true },
  LongQueue: { by: 'longWorker', batch: 1, limited: true },
  BulkQueue: { by: 'bulk', batch: 1, limited: true },
  OrderedQueue: { by: 'longWorker', batch: 1, limited: true },
  WaitingQueue: { by: 'admission', batch: 10, limited: false },
  DeadLetterQueue: { by: 'deadLetter', batch: 10, limited: false },
  OrderedDeadLetterQueue: { by: 'deadLetter', batch: 1, limited: false },
  NotifyQueue: { by: 'notify', batch: 10, limited: false },
};

/** No function processes these: servers, and people. */
export const queueIds = [
  ...Object.keys(eventSources),
  'ServerQueue',
  'QuarantineQueue',
  'NotifyDeadLetterQueue',
];

/** The queue that SQS moves a message to after too many receives. */
export const deadLetterQueues: Readonly<Record<string, string>> = {
  StandardQueue: 'DeadLetterQueue',
  LongQueue: 'DeadLetterQueue',
  ServerQueue: 'DeadLetterQueue',
  BulkQueue: 'DeadLetterQueue',
  OrderedQueue: 'OrderedDeadLetterQueue',
  WaitingQueue: 'DeadLetterQueue',
  NotifyQueue: 'NotifyDeadLetterQueue',
};

/** What CloudFormation does with what has data, by the stage's parameter. A first deployment that fails leaves nothing. */
export const policiesOf = {
  Retain: { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
  Delete: { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' },
} as const;
export type DeletionPolicy = keyof typeof policiesOf;

/** An alarm that tells the topic after one period at its threshold. No message is no reason. */
export const goingOffAtOnce = {
  Period: 300,
  EvaluationPeriods: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
  AlarmActions: ['AlarmTopic'],
  OKActions: ['AlarmTopic'],
};

/** The queues that keep the order of messages. */
export const fifoQueues = ['OrderedQueue', 'OrderedDeadLetterQueue'];

/** Lambda sets the region. There are endpoints only where there are emulators. */
export const setByLambda = [
  'AWS_REGION',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ENDPOINT_URL_CLOUDWATCH',
  'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
  'AWS_ENDPOINT_URL_HTTP_API',
];

export const functionsWithBucket = [
  'submit',
  'api',
  'pages',
  'worker',
  'longWorker',
  'bulk',
  'admission',
  'deadLetter',
];
