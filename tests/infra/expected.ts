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
};

export const queueIds = [...Object.keys(eventSources), 'QuarantineQueue'];

/** The queue that SQS moves a message to after too many receives. */
export const deadLetterQueues: Readonly<Record<string, string>> = {
  StandardQueue: 'DeadLetterQueue',
  LongQueue: 'DeadLetterQueue',
  OrderedQueue: 'OrderedDeadLetterQueue',
  WaitingQueue: 'DeadLetterQueue',
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
  'DELETE /jobs/{id}': 'api',
  'POST /uploads': 'api',
  'GET /job-types': 'api',
  'GET /job-types/{type}': 'api',
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
  'GET /ui/sign-in': 'pages',
  'POST /ui/sign-in': 'pages',
  'POST /ui/sign-out': 'pages',
  'GET /ui/assets/{name}': 'pages',
  $default: 'api',
};

const send = ['sqs:SendMessage'];
const receive = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
];
const receiveAndSend = [...receive, ...send];
const readAndWrite = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

const sendToAny = { StandardQueue: send, LongQueue: send, OrderedQueue: send, WaitingQueue: send };
/** To wake the jobs that wait for another job, and to quarantine messages. */
const wakeAndQuarantine = { WaitingQueue: send, QuarantineQueue: send, JobTable: readAndWrite };
/** To list jobs: the keys from an index, the items from the table. */
const list = {
  JobTable: ['dynamodb:BatchGetItem', ...readAndWrite],
  '${JobTable.Arn}/index/list': ['dynamodb:Query'],
  '${JobTable.Arn}/index/failed': ['dynamodb:Query'],
};

/** Functions that everybody can call read the access table, and cannot write it. */
const checkAccess = { AccessTable: ['dynamodb:GetItem'] };
/** How many messages are in a queue. */
const count = ['sqs:GetQueueAttributes'];
const readOnly = { ...checkAccess, JobTable: ['dynamodb:GetItem'] };

/** A URL that a function signs allows what the function may do. */
const signUploads = { '${Bucket.Arn}/uploads/*': ['s3:PutObject'] };
/** Large messages. Who writes one deletes the one before. */
const keepMessages = { '${Bucket.Arn}/messages/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'] };
const writeResults = [
  's3:AbortMultipartUpload',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];
const objectsOfWorkers = {
  '${Bucket.Arn}/uploads/*': ['s3:GetObject'],
  ...keepMessages,
  '${Bucket.Arn}/states/*': ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
  '${Bucket.Arn}/results/*': writeResults,
};

/** Lambda sets the region. There is an endpoint only where there are emulators. */
export const setByLambda = ['AWS_REGION', 'AWS_ENDPOINT_URL_S3'];

export const functionsWithBucket = ['api', 'pages', 'worker', 'longWorker', 'admission', 'deadLetter'];

/** All actions that each function may do, by resource. The rights on its own log are not listed. */
export const privileges: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  submit: { ...sendToAny, ...checkAccess, JobTable: readAndWrite },
  status: readOnly,
  wait: readOnly,
  api: {
    ...sendToAny,
    ...checkAccess,
    ...list,
    // A cancel makes the message of the job visible, so that its group continues.
    OrderedQueue: ['sqs:ChangeMessageVisibility', ...send],
    ...signUploads,
    // An erased job leaves no object.
    '${Bucket.Arn}/messages/*': ['s3:DeleteObject', 's3:GetObject'],
    '${Bucket.Arn}/results/*': ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject'],
    '${Bucket.Arn}/states/*': ['s3:DeleteObject'],
  },
  pages: {
    ...checkAccess,
    ...list,
    StandardQueue: [...count, ...send],
    LongQueue: [...count, ...send],
    OrderedQueue: ['sqs:ChangeMessageVisibility', ...count, ...send],
    WaitingQueue: [...count, ...send],
    DeadLetterQueue: count,
    OrderedDeadLetterQueue: count,
    QuarantineQueue: count,
    // CloudWatch has no resources for it.
    '*': ['cloudwatch:GetMetricData'],
    // To retry a job, and to wake those that wait for one that is canceled.
    '${Bucket.Arn}/messages/*': ['s3:GetObject'],
    ...signUploads,
    '${Bucket.Arn}/results/*': ['s3:GetObject'],
  },
  worker: { StandardQueue: receiveAndSend, LongQueue: send, ...wakeAndQuarantine, ...objectsOfWorkers },
  // It sends to every queue, since a bulk action retries jobs of every type.
  longWorker: {
    ...sendToAny,
    ...wakeAndQuarantine,
    ...list,
    ...objectsOfWorkers,
    '${Bucket.Arn}/results/*': [...writeResults, 's3:DeleteObject'].sort(),
    LongQueue: receiveAndSend,
    OrderedQueue: receiveAndSend,
  },
  admission: {
    ...wakeAndQuarantine,
    ...keepMessages,
    WaitingQueue: receiveAndSend,
    StandardQueue: send,
    LongQueue: send,
  },
  deadLetter: {
    ...wakeAndQuarantine,
    ...keepMessages,
    DeadLetterQueue: receiveAndSend,
    OrderedDeadLetterQueue: receive,
  },
};

/** Maximum sizes in kilobytes, minified but not compressed: a cold start must parse as much. */
export const bundleLimits: Readonly<Record<string, number>> = {
  submit: 335,
  status: 295,
  wait: 295,
  api: 460,
  pages: 440,
  worker: 390,
  longWorker: 390,
  admission: 320,
  deadLetter: 320,
};
