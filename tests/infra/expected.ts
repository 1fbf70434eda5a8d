import type { Stage } from './packaged.ts';

interface StageSettings {
  readonly logLevel: string;
  readonly logRetentionDays: number;
  /** How many invocations of a worker there are at a time. */
  readonly workers: number;
  readonly tableDeletionPolicy: 'Delete' | 'Retain';
}

/** In what the stages differ. `preview` is a stage that serverless.yml does not name. */
export const stageSettings: Readonly<Record<Stage, StageSettings>> = {
  dev: { logLevel: 'DEBUG', logRetentionDays: 14, workers: 2, tableDeletionPolicy: 'Delete' },
  staging: { logLevel: 'INFO', logRetentionDays: 90, workers: 10, tableDeletionPolicy: 'Retain' },
  prod: { logLevel: 'INFO', logRetentionDays: 90, workers: 100, tableDeletionPolicy: 'Retain' },
  preview: { logLevel: 'INFO', logRetentionDays: 90, workers: 10, tableDeletionPolicy: 'Retain' },
};

interface EventSource {
  readonly by: string;
  readonly batch: number;
  /** Whether the stage limits how many invocations there are at a time: then five pollers stay, and cost, while idle. */
  readonly limited: boolean;
}

/** Which function processes which queue. */
export const eventSources: Readonly<Record<string, EventSource>> = {
  StandardQueue: { by: 'worker', batch: 10, limited: true },
  LongQueue: { by: 'longWorker', batch: 1, limited: true },
  OrderedQueue: { by: 'longWorker', batch: 1, limited: true },
  WaitingQueue: { by: 'admission', batch: 10, limited: false },
  DeadLetterQueue: { by: 'deadLetter', batch: 10, limited: false },
  OrderedDeadLetterQueue: { by: 'deadLetter', batch: 1, limited: false },
};

export const queueIds = [...Object.keys(eventSources), 'QuarantineQueue'];

/** Where SQS puts what is delivered too often. */
export const deadLetterQueues: Readonly<Record<string, string>> = {
  StandardQueue: 'DeadLetterQueue',
  LongQueue: 'DeadLetterQueue',
  OrderedQueue: 'OrderedDeadLetterQueue',
  WaitingQueue: 'DeadLetterQueue',
};

/** The queues that keep an order. */
export const fifoQueues = ['OrderedQueue', 'OrderedDeadLetterQueue'];

export const routes = {
  'POST /jobs': 'submit',
  'GET /jobs/{id}': 'status',
  'POST /jobs/{id}/cancel': 'control',
  'POST /jobs/{id}/retry': 'control',
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
/** Wakes the jobs that wait for another, and moves what belongs to no job out of the way. */
const wakeAndQuarantine = { WaitingQueue: send, QuarantineQueue: send, JobTable: readAndWrite };

/** Every function, and all that it may do, to what; but for its log. */
export const privileges: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  submit: { ...sendToAny, JobTable: readAndWrite },
  status: { JobTable: ['dynamodb:GetItem'] },
  control: {
    ...sendToAny,
    // A canceled job must not hold up its group.
    OrderedQueue: ['sqs:ChangeMessageVisibility', ...send],
    JobTable: readAndWrite,
  },
  worker: { StandardQueue: receiveAndSend, LongQueue: send, ...wakeAndQuarantine },
  // A message that is sent again to the ordered queue would lose its place.
  longWorker: { LongQueue: receiveAndSend, OrderedQueue: receive, ...wakeAndQuarantine },
  admission: { ...wakeAndQuarantine, WaitingQueue: receiveAndSend, StandardQueue: send, LongQueue: send },
  deadLetter: { DeadLetterQueue: receiveAndSend, OrderedDeadLetterQueue: receive, ...wakeAndQuarantine },
};

/** In thousands of bytes, minified but not compressed: what a cold start has to parse. */
export const bundleLimits: Readonly<Record<string, number>> = {
  submit: 320,
  status: 280,
  control: 320,
  worker: 390,
  longWorker: 390,
  admission: 320,
  deadLetter: 320,
};
