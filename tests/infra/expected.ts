import type { Stage } from './packaged.ts';

interface StageSettings {
  readonly logLevel: string;
  readonly logRetentionDays: number;
  /** The maximum number of concurrent invocations per run queue. */
  readonly workers: number;
  readonly tableDeletionPolicy: 'Delete' | 'Retain';
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
  OrderedQueue: 'OrderedDeadLetterQueue',
  WaitingQueue: 'DeadLetterQueue',
  NotifyQueue: 'NotifyDeadLetterQueue',
};

/** An alarm that tells the topic after one period at its threshold. No message is no reason. */
export const goingOffAtOnce = {
  Period: 300,
  EvaluationPeriods: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
  AlarmActions: ['AlarmTopic'],
};

/** The queues that keep the order of messages. */
export const fifoQueues = ['OrderedQueue', 'OrderedDeadLetterQueue'];

/** Beside these there is a `HEAD` for every `GET`. */
export const routes = {
  'POST /jobs': 'submit',
  'GET /jobs/{id}': 'status',
  'GET /jobs/{id}/wait': 'wait',
  'GET /jobs': 'api',
  'POST /jobs/batch': 'api',
  'POST /jobs/actions': 'api',
  'POST /jobs/{id}/cancel': 'api',
  'POST /jobs/{id}/retry': 'api',
  'GET /jobs/{id}/result': 'api',
  'GET /jobs/{id}/input': 'api',
  'DELETE /jobs/{id}': 'api',
  'POST /uploads': 'api',
  'GET /me': 'api',
  'GET /webhook-secret': 'api',
  'GET /job-types': 'api',
  'GET /job-types/{type}': 'api',
  'GET /schedules': 'api',
  'POST /schedules/{schedule}/run': 'api',
  'POST /schedules/{schedule}/pause': 'api',
  'POST /schedules/{schedule}/resume': 'api',
  'GET /queues': 'api',
  'GET /openapi.json': 'api',
  'GET /health': 'api',
  'GET /problems/{name}': 'api',
  'GET /': 'pages',
  'GET /ui': 'pages',
  'GET /ui/jobs/{id}': 'pages',
  'POST /ui/jobs/{id}/cancel': 'pages',
  'POST /ui/jobs/{id}/retry': 'pages',
  'GET /ui/jobs/{id}/result': 'pages',
  'GET /ui/actions': 'pages',
  'POST /ui/actions': 'pages',
  'GET /ui/job-types/{type}': 'pages',
  'POST /ui/job-types/{type}': 'pages',
  'POST /ui/uploads': 'pages',
  'GET /ui/queues': 'pages',
  'GET /ui/schedules': 'pages',
  'POST /ui/schedules/{schedule}/run': 'pages',
  'POST /ui/schedules/{schedule}/pause': 'pages',
  'POST /ui/schedules/{schedule}/resume': 'pages',
  'GET /ui/sign-in': 'pages',
  'POST /ui/sign-in': 'pages',
  'POST /ui/sign-out': 'pages',
  'GET /ui/assets/{name}': 'pages',
  $default: 'api',
};

/** Lambda sets the region. There is an endpoint only where there are emulators. */
export const setByLambda = ['AWS_REGION', 'AWS_ENDPOINT_URL_S3'];

export const functionsWithBucket = ['api', 'pages', 'worker', 'longWorker', 'admission', 'deadLetter'];
