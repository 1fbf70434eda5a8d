import type { Stage } from './packaged.ts';

interface Maxima {
  readonly workers: number;
  readonly notify: number;
  readonly admission: number;
  readonly deadLetters: number;
}

interface StageSettings {
  readonly logLevel: string;
  readonly logRetentionDays: number;
  /** The maximum number of concurrent invocations, of each run queue and of each other one. */
  readonly maxima: Maxima;
  readonly tableDeletionPolicy: DeletionPolicy;
}

/** The settings in which stages differ. `preview` is a stage that serverless.yml does not name. */
export const stageSettings: Readonly<Record<Stage, StageSettings>> = {
  dev: {
    logLevel: 'DEBUG',
    logRetentionDays: 14,
    maxima: { workers: 2, notify: 2, admission: 2, deadLetters: 2 },
    tableDeletionPolicy: 'Delete',
  },
  staging: {
    logLevel: 'INFO',
    logRetentionDays: 90,
    maxima: { workers: 10, notify: 20, admission: 10, deadLetters: 2 },
    tableDeletionPolicy: 'Retain',
  },
  prod: {
    logLevel: 'INFO',
    logRetentionDays: 90,
    maxima: { workers: 100, notify: 100, admission: 50, deadLetters: 2 },
    tableDeletionPolicy: 'Retain',
  },
  preview: {
    logLevel: 'INFO',
    logRetentionDays: 90,
    maxima: { workers: 10, notify: 20, admission: 10, deadLetters: 2 },
    tableDeletionPolicy: 'Retain',
  },
};

interface EventSource {
  readonly by: string;
  readonly batch: number;
  /** Which maximum holds. A mapping with one keeps five pollers while idle, at a cost. */
  readonly max: keyof Maxima;
}

/** The function that processes each queue. */
export const eventSources: Readonly<Record<string, EventSource>> = {
  StandardQueue: { by: 'worker', batch: 10, max: 'workers' },
  LongQueue: { by: 'longWorker', batch: 1, max: 'workers' },
  BulkQueue: { by: 'bulk', batch: 1, max: 'workers' },
  OrderedQueue: { by: 'longWorker', batch: 1, max: 'workers' },
  WaitingQueue: { by: 'admission', batch: 10, max: 'admission' },
  DeadLetterQueue: { by: 'deadLetter', batch: 10, max: 'deadLetters' },
  OrderedDeadLetterQueue: { by: 'deadLetter', batch: 1, max: 'deadLetters' },
  NotifyQueue: { by: 'notify', batch: 10, max: 'notify' },
  NotifySlowQueue: { by: 'notify', batch: 10, max: 'notify' },
};

/** All of them but on `dev`: there is one. */
const orderedIds = ['OrderedQueue', 'OrderedQueue2', 'OrderedQueue3', 'OrderedQueue4'];
/** What is expected of the ordered queue, by its id, is expected of each that the stage has. */
export const ofEachOrdered = <Value>(
  { OrderedQueue: one, ...others }: Readonly<Record<string, Value>>,
  stage: Stage,
): Readonly<Record<string, Value>> =>
  one === undefined
    ? others
    : {
        ...others,
        ...Object.fromEntries(orderedIds.slice(0, stage === 'dev' ? 1 : 4).map((id) => [id, one])),
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
  NotifySlowQueue: 'NotifyDeadLetterQueue',
};

/** What CloudFormation does with what has data, by the stage's parameter. A first deployment that fails leaves nothing. */
export const policiesOf = {
  Retain: { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
  Delete: { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' },
} as const;
export type DeletionPolicy = keyof typeof policiesOf;

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
