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
  OrderedQueue: { by: 'orderedWorker', batch: 1 },
  WaitingQueue: { by: 'gate', batch: 10 },
  StandardDeadLetterQueue: { by: 'deadletter', batch: 10, concurrency: 2 },
  LongDeadLetterQueue: { by: 'longDeadletter', batch: 10, concurrency: 2 },
  OrderedDeadLetterQueue: { by: 'orderedDeadletter', batch: 1, concurrency: 2 },
  WaitingDeadLetterQueue: { by: 'waitingDeadletter', batch: 10, concurrency: 2 },
};

export const queueIds = [...Object.keys(eventSources), 'UnreadableQueue'];

/** Where SQS puts what is delivered too often. */
export const deadLetterQueues: Readonly<Record<string, string>> = {
  StandardQueue: 'StandardDeadLetterQueue',
  LongQueue: 'LongDeadLetterQueue',
  OrderedQueue: 'OrderedDeadLetterQueue',
  WaitingQueue: 'WaitingDeadLetterQueue',
};

/** The queues that keep an order. */
export const fifoQueues = ['OrderedQueue', 'OrderedDeadLetterQueue'];

export const routes = {
  'POST /jobs': 'submit',
  'GET /jobs/{id}': 'status',
  'POST /jobs/{id}/cancel': 'cancel',
  'POST /jobs/{id}/retry': 'retry',
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
const wakeAndWrite = { WaitingQueue: send, JobTable: readAndWrite };

/** Every function, and all that it may do, to what; but for its log. */
export const privileges: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  submit: { ...sendToAny, JobTable: readAndWrite },
  worker: { StandardQueue: receiveAndSend, StandardDeadLetterQueue: send, ...wakeAndWrite },
  longWorker: { LongQueue: receiveAndSend, LongDeadLetterQueue: send, ...wakeAndWrite },
  // A message that is sent anew loses its place.
  orderedWorker: { OrderedQueue: receive, OrderedDeadLetterQueue: send, ...wakeAndWrite },
  gate: {
    WaitingQueue: receiveAndSend,
    WaitingDeadLetterQueue: send,
    StandardQueue: send,
    LongQueue: send,
    JobTable: readAndWrite,
  },
  status: { JobTable: ['dynamodb:GetItem'] },
  // What is canceled is not to hold up its group.
  cancel: { OrderedQueue: ['sqs:ChangeMessageVisibility'], ...wakeAndWrite },
  retry: { ...sendToAny, JobTable: readAndWrite },
  deadletter: { StandardDeadLetterQueue: receiveAndSend, UnreadableQueue: send, ...wakeAndWrite },
  longDeadletter: { LongDeadLetterQueue: receiveAndSend, UnreadableQueue: send, ...wakeAndWrite },
  orderedDeadletter: { OrderedDeadLetterQueue: receive, UnreadableQueue: send, ...wakeAndWrite },
  waitingDeadletter: { WaitingDeadLetterQueue: receiveAndSend, UnreadableQueue: send, ...wakeAndWrite },
};

/** By folder, in thousands of bytes, minified but not compressed: what a cold start has to parse. */
export const bundleLimits: Readonly<Record<string, number>> = {
  'functions/control': 540,
  'functions/deadletter': 540,
  'functions/gate': 540,
  'functions/status': 430,
  'functions/submit': 540,
  'functions/worker': 600,
};
