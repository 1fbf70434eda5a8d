import type { Stage } from './packaged.ts';

interface StageSettings {
  readonly logLevel: string;
  readonly logRetentionDays: number;
  /** How many invocations of a worker there are at a time. */
  readonly workers: number;
  readonly tableDeletionPolicy: 'Delete' | 'Retain';
}

/** In what the stages differ. */
export const stageSettings: Readonly<Record<Stage, StageSettings>> = {
  dev: { logLevel: 'DEBUG', logRetentionDays: 14, workers: 2, tableDeletionPolicy: 'Delete' },
  staging: { logLevel: 'INFO', logRetentionDays: 14, workers: 10, tableDeletionPolicy: 'Delete' },
  prod: { logLevel: 'INFO', logRetentionDays: 90, workers: 100, tableDeletionPolicy: 'Retain' },
};

interface EventSource {
  readonly by: string;
  readonly batch: number;
  /** As many as there are workers, if not given. */
  readonly concurrency?: number;
}

/** Which function works off which queue. */
export const eventSources: Readonly<Record<string, EventSource>> = {
  StandardQueue: { by: 'worker', batch: 10 },
  LongQueue: { by: 'longWorker', batch: 1 },
  StandardDeadLetterQueue: { by: 'deadletter', batch: 10, concurrency: 2 },
  LongDeadLetterQueue: { by: 'longDeadletter', batch: 10, concurrency: 2 },
};

export const queueIds = [...Object.keys(eventSources), 'UnreadableQueue'];

export const routes = {
  'POST /jobs': 'submit',
  'GET /jobs/{id}': 'status',
  'POST /jobs/{id}/cancel': 'cancel',
  'POST /jobs/{id}/retry': 'retry',
};

const send = ['sqs:SendMessage'];
const receiveAndSend = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
  ...send,
];
const readAndWrite = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

/** Every function, and all that it may do, to what; but for its log. */
export const privileges: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  submit: { StandardQueue: send, LongQueue: send, JobTable: readAndWrite },
  worker: { StandardQueue: receiveAndSend, StandardDeadLetterQueue: send, JobTable: readAndWrite },
  longWorker: { LongQueue: receiveAndSend, LongDeadLetterQueue: send, JobTable: readAndWrite },
  status: { JobTable: ['dynamodb:GetItem'] },
  cancel: { JobTable: readAndWrite },
  retry: { StandardQueue: send, LongQueue: send, JobTable: readAndWrite },
  deadletter: { StandardDeadLetterQueue: receiveAndSend, UnreadableQueue: send, JobTable: readAndWrite },
  longDeadletter: { LongDeadLetterQueue: receiveAndSend, UnreadableQueue: send, JobTable: readAndWrite },
};

/** By folder, in thousands of bytes, minified but not compressed: what a cold start has to parse. */
export const bundleLimits: Readonly<Record<string, number>> = {
  'functions/control': 540,
  'functions/deadletter': 540,
  'functions/status': 430,
  'functions/submit': 540,
  'functions/worker': 600,
};
