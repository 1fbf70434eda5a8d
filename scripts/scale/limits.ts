/** A limit of AWS as it is published: a quota of an account that nobody has raised, or what a service does by itself. */
export interface Limit {
  readonly of: string;
  readonly figure: number;
  readonly unit: string;
  /** Where AWS publishes it. */
  readonly page: string;
  /** What the figure was compared with. */
  readonly compared: string;
  /** Whether that said the same. */
  readonly verified: boolean;
  /** Whether an account gets more if it asks. */
  readonly canBeRaised: boolean;
}

/** When the figures were compared. Limits change: whoever changes one looks at its page. */
export const listDate = '2026-11-30';

export const regions = ['us-east-1', 'eu-central-1'] as const;
export type Region = (typeof regions)[number];

const docs = 'https://docs.aws.amazon.com';
const pages = {
  lambda: `${docs}/lambda/latest/dg/gettingstarted-limits.html`,
  scaling: `${docs}/lambda/latest/dg/scaling-behavior.html`,
  concurrency: `${docs}/lambda/latest/dg/lambda-concurrency.html`,
  mapping: `${docs}/lambda/latest/dg/services-sqs-scaling.html`,
  http: `${docs}/apigateway/latest/developerguide/limits.html`,
  sqs: `${docs}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html`,
  fifo: `${docs}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html`,
  messages: `${docs}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html`,
  onDemand: `${docs}/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html`,
  hot: `${docs}/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html`,
  tables: `${docs}/amazondynamodb/latest/developerguide/ServiceQuotas.html`,
  scheduler: `${docs}/scheduler/latest/UserGuide/scheduler-quotas.html`,
  logs: `${docs}/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html`,
} as const;

const thatPage = 'that page';
const notFound = 'not found, so taken from memory';
/** What a row says beside the figure. */
type Row = readonly [
  of: string,
  figure: number | Readonly<Record<Region, number>>,
  unit: string,
  page: keyof typeof pages,
  compared: string,
  more?: { readonly verified?: false; readonly canBeRaised?: true },
];

const raised = { canBeRaised: true } as const;
const perSecond = 'a second';
const rows = {
  executions: ['Lambda: executions of an account at a time', 1_000, '', 'lambda', thatPage, raised],
  newAccount: [
    'Lambda: the same of a new account',
    10,
    '',
    'lambda',
    'that page says "reduced", and not by how much',
    { verified: false, ...raised },
  ],
  executionRate: [
    'Lambda: requests, for each execution that the account may have',
    10,
    perSecond,
    'concurrency',
    'the page on scaling, which has 10,000 for 1,000',
  ],
  scaling: ['Lambda: further executions of a function, in ten seconds', 1_000, '', 'scaling', thatPage],
  firstPollers: ['Lambda: batches at a time when a queue becomes active', 5, '', 'mapping', thatPage],
  morePollers: ['Lambda: further ones a minute, while messages are left', 300, '', 'mapping', thatPage],
  pollers: [
    'Lambda: batches at a time of a mapping without a maximum',
    1_250,
    '',
    'mapping',
    'that page, which has 1,000 for an account of 1,000',
    raised,
  ],
  mappingMaximum: ['Lambda: the highest maximum of a mapping', 1_000, '', 'mapping', thatPage, raised],
  batch: ['SQS: messages in one receive', 10, '', 'messages', thatPage],
  requests: ['API Gateway: requests of an account', 10_000, perSecond, 'http', thatPage, raised],
  requestBurst: ['API Gateway: the same at once', 5_000, '', 'http', thatPage],
  inFlight: ['SQS: messages of a standard queue in flight', 120_000, '', 'sqs', 'a guide of 2026', raised],
  inFlightOrdered: ['SQS: the same of a FIFO queue', 120_000, '', 'fifo', thatPage, raised],
  orderedPlain: [
    'SQS: calls of one kind to a FIFO queue without high throughput',
    300,
    perSecond,
    'messages',
    thatPage,
  ],
  orderedGroup: [
    'SQS: calls of one kind to a partition of a FIFO queue, and so to a message group',
    300,
    perSecond,
    'messages',
    'that page, and a guide',
  ],
  orderedCalls: [
    'SQS: calls of one kind to a FIFO queue with high throughput',
    { 'us-east-1': 70_000, 'eu-central-1': 19_000 },
    perSecond,
    'messages',
    'a copy of that page',
    raised,
  ],
  partitionWrites: [
    'DynamoDB: write units of a partition, and so of a key',
    1_000,
    perSecond,
    'hot',
    thatPage,
  ],
  partitionReads: ['DynamoDB: read units of the same', 3_000, perSecond, 'hot', thatPage],
  firstWrites: [
    'DynamoDB: write units of a new table on demand, and of a new index',
    4_000,
    perSecond,
    'onDemand',
    thatPage,
  ],
  firstReads: ['DynamoDB: read units of the same', 12_000, perSecond, 'onDemand', thatPage],
  doubling: ['DynamoDB: minutes until a table takes twice its highest rate', 30, '', 'onDemand', thatPage],
  tableWrites: ['DynamoDB: write units of a table', 40_000, perSecond, 'tables', thatPage, raised],
  tableReads: ['DynamoDB: read units of a table', 40_000, perSecond, 'tables', thatPage, raised],
  createSchedule: [
    'EventBridge Scheduler: CreateSchedule',
    5_000,
    perSecond,
    'scheduler',
    'that page; its older copies have 1,000',
    raised,
  ],
  invocations: [
    'EventBridge Scheduler: schedules that fire',
    1_000,
    perSecond,
    'scheduler',
    thatPage,
    raised,
  ],
  schedules: ['EventBridge Scheduler: schedules', 10_000_000, '', 'scheduler', thatPage, raised],
  putLogs: [
    'CloudWatch Logs: PutLogEvents; whether it holds for what Lambda itself writes is not said',
    5_000,
    perSecond,
    'logs',
    notFound,
    { verified: false, ...raised },
  ],
} as const satisfies Readonly<Record<string, Row>>;
export type LimitName = keyof typeof rows;

export const limitNames = Object.keys(rows) as LimitName[];

export function limitOf(name: LimitName, region: Region): Limit {
  const row: Row = rows[name];
  const [of, figure, unit, page, compared, { verified = true, canBeRaised = false } = {}] = row;
  return {
    ...{ of, unit, page: pages[page], compared, verified, canBeRaised },
    figure: typeof figure === 'number' ? figure : figure[region],
  };
}

/** The figure alone, which most limits have in common to both regions. */
export const figureOf = (name: LimitName, region: Region = 'eu-central-1'): number =>
  limitOf(name, region).figure;
