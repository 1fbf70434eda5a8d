/** A published list price, without free tiers and discounts for quantity. */
export interface Price {
  /** What it is for, in words. */
  readonly of: string;
  /** So many dollars for so many of it. */
  readonly usd: number;
  readonly per: number;
  /** Where the seller publishes it. */
  readonly page: string;
  /** What it was compared with, and when that was published. */
  readonly compared: string;
  /** Whether that said the same, and when. */
  readonly verified: boolean;
}

/** When the list was made. Prices change: a change of one needs a look at its page. */
export const listDate = '2026-12-02';

export const regions = ['us-east-1', 'eu-central-1'] as const;
export type Region = (typeof regions)[number];

const million = 1e6;
const pages = {
  dynamoDb: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  sqs: 'https://aws.amazon.com/sqs/pricing/',
  lambda: 'https://aws.amazon.com/lambda/pricing/',
  api: 'https://aws.amazon.com/api-gateway/pricing/',
  cloudWatch: 'https://aws.amazon.com/cloudwatch/pricing/',
  scheduler: 'https://aws.amazon.com/eventbridge/pricing/',
  s3: 'https://aws.amazon.com/s3/pricing/',
  steps: 'https://aws.amazon.com/step-functions/pricing/',
  fargate: 'https://aws.amazon.com/fargate/pricing/',
  vpc: 'https://aws.amazon.com/vpc/pricing/',
  ec2: 'https://aws.amazon.com/ec2/pricing/on-demand/',
  inngest: 'https://www.inngest.com/pricing',
  trigger: 'https://trigger.dev/pricing',
} as const;

const names = {
  writeUnit: ['DynamoDB on demand: writes', million, pages.dynamoDb],
  readUnit: ['DynamoDB on demand: reads', million, pages.dynamoDb],
  tableGb: ['DynamoDB: GB stored for a month', 1, pages.dynamoDb],
  recoveryGb: ['DynamoDB: GB of point-in-time recovery for a month', 1, pages.dynamoDb],
  request: ['SQS: requests of standard queues', million, pages.sqs],
  fifoRequest: ['SQS: requests of FIFO queues', million, pages.sqs],
  fairRequest: ['SQS: what fair queues add', million, pages.sqs],
  invocation: ['Lambda: invocations', million, pages.lambda],
  gbSecond: ['Lambda, arm64: GB-seconds', 1, pages.lambda],
  apiRequest: ['HTTP API: requests', million, pages.api],
  logGb: ['CloudWatch Logs: GB', 1, pages.cloudWatch],
  logGbMonth: ['CloudWatch Logs: GB stored for a month', 1, pages.cloudWatch],
  alarmMetric: ['CloudWatch: metrics of alarms, a month', 1, pages.cloudWatch],
  metric: ['CloudWatch: metrics, a month', 1, pages.cloudWatch],
  askedMetric: ['CloudWatch: metrics that are read', 1000, pages.cloudWatch],
  schedule: ['EventBridge Scheduler: invocations', million, pages.scheduler],
  storedGb: ['S3: GB for a month', 1, pages.s3],
  put: ['S3: PUT', 1000, pages.s3],
  get: ['S3: GET', 1000, pages.s3],
  leavingGb: ['a GB that leaves AWS', 1, pages.ec2],
  transition: ['Step Functions, Standard: transitions', million, pages.steps],
  expressRequest: ['Step Functions, Express: requests', million, pages.steps],
  expressGbSecond: ['Step Functions, Express: GB-seconds', 1, pages.steps],
  durableOperation: ['Lambda durable functions: operations', million, pages.lambda],
  durableGb: ['Lambda durable functions: GB written', 1, pages.lambda],
  durableGbMonth: ['Lambda durable functions: GB kept for a month', 1, pages.lambda],
  vcpuHour: ['Fargate on ARM: vCPU-hours', 1, pages.fargate],
  gbHour: ['Fargate on ARM: GB-hours', 1, pages.fargate],
  spotVcpuHour: ['Fargate Spot on ARM: vCPU-hours, at best', 1, pages.fargate],
  spotGbHour: ['Fargate Spot on ARM: GB-hours, at best', 1, pages.fargate],
  addressHour: ['a public IPv4 address: hours', 1, pages.vpc],
  instanceHour: ['EC2 m7g.large: hours', 1, pages.ec2],
  inngestPlan: ['Inngest Pro: a month, with a million executions', 1, pages.inngest],
  inngestExecution: ['Inngest Pro: further executions', million, pages.inngest],
  inngestEvent: ['Inngest Pro: events beyond five million', million, pages.inngest],
  triggerPlan: ['Trigger.dev Pro: a month, with $50 of usage', 1, pages.trigger],
  triggerRun: ['Trigger.dev: runs', million, pages.trigger],
  triggerMicro: ['Trigger.dev: seconds of micro (0.25 GB)', 1, pages.trigger],
  triggerSmall: ['Trigger.dev: seconds of small-1x (0.5 GB)', 1, pages.trigger],
  triggerSmall2: ['Trigger.dev: seconds of small-2x (1 GB)', 1, pages.trigger],
  triggerMedium: ['Trigger.dev: seconds of medium-1x (2 GB)', 1, pages.trigger],
  triggerMedium2: ['Trigger.dev: seconds of medium-2x (4 GB)', 1, pages.trigger],
  triggerLarge: ['Trigger.dev: seconds of large-1x (8 GB)', 1, pages.trigger],
  triggerLarge2: ['Trigger.dev: seconds of large-2x (16 GB)', 1, pages.trigger],
} as const;
export type PriceName = keyof typeof names;

type Listed = readonly [usd: number, compared: string, verified?: false];

const plans = 'a catalogue of plans, May 2026, which was not made from that page';
const undated = 'guides without a date';
/** Of two services that have no regions. */
const elsewhere = {
  inngestPlan: [75, `${plans}; another one without a date says $99`, false],
  inngestExecution: [50, `${plans}, and another one without a date`, false],
  inngestEvent: [0.5, 'a catalogue of plans without a date', false],
  triggerPlan: [50, `${plans}, and ${undated}`, false],
  triggerRun: [25, `${plans}, and ${undated}`, false],
  triggerMicro: [0.0000169, `${plans}, and ${undated}`, false],
  triggerSmall: [0.0000338, undated, false],
  triggerSmall2: [0.0000675, undated, false],
  triggerMedium: [0.000085, undated, false],
  triggerMedium2: [0.00017, undated, false],
  triggerLarge: [0.00034, undated, false],
  triggerLarge2: [0.00068, `${plans}, and ${undated}`, false],
} as const;

const notFound = 'not found, so taken from memory';
const listed: Readonly<Record<Region, Readonly<Record<PriceName, Listed>>>> = {
  'us-east-1': {
    ...elsewhere,
    writeUnit: [0.625, 'price list, September 2026'],
    readUnit: [0.125, 'price list, September 2026'],
    tableGb: [0.25, 'price list, August 2026'],
    recoveryGb: [0.2, 'price list, August 2026'],
    request: [0.4, 'price list, September 2026'],
    fifoRequest: [0.5, 'price list, September 2026'],
    fairRequest: [0.1, 'price list, September 2026'],
    invocation: [0.2, 'price list, September 2026'],
    gbSecond: [0.0000133334, 'price list, September 2026'],
    apiRequest: [1, 'price list, September 2026'],
    logGb: [0.5, 'guides of February to June 2026'],
    logGbMonth: [0.03, 'price list, August 2026'],
    alarmMetric: [0.1, 'guides of February to June 2026'],
    metric: [0.3, 'a guide of February 2026'],
    askedMetric: [0.01, 'guides of February to June 2026'],
    schedule: [1, 'price list, August 2026'],
    storedGb: [0.023, 'price list, August 2026'],
    put: [0.005, 'price list, August 2026'],
    get: [0.0004, 'price list, August 2026'],
    leavingGb: [0.09, 'guides of April and June 2026'],
    transition: [25, 'a guide of March 2026'],
    expressRequest: [1, 'a guide of March 2026'],
    expressGbSecond: [0.00001667, 'a guide of March 2026'],
    durableOperation: [8, "the examples on AWS's page of prices, September 2026"],
    durableGb: [0.25, "notes on AWS's page of prices without a date", false],
    durableGbMonth: [0.15, "notes on AWS's page of prices without a date", false],
    vcpuHour: [0.03238, 'price list, September 2026'],
    gbHour: [0.00356, 'price list, August 2026'],
    spotVcpuHour: [0.009714, 'up to 70 % less, which changes all the time', false],
    spotGbHour: [0.001068, 'up to 70 % less, which changes all the time', false],
    addressHour: [0.005, 'price list, August 2026'],
    instanceHour: [0.0816, 'a guide of June 2026'],
  },
  'eu-central-1': {
    ...elsewhere,
    writeUnit: [0.7625, 'price list, September 2026'],
    readUnit: [0.1525, 'price list, September 2026'],
    tableGb: [0.306, 'price list, August 2026'],
    recoveryGb: [0.2448, 'price list, August 2026'],
    request: [0.4, 'price list, September 2026'],
    fifoRequest: [0.5, 'price list, August 2025'],
    fairRequest: [0.1, 'price list, August 2025'],
    invocation: [0.2, 'price list, September 2026'],
    gbSecond: [0.0000133334, 'price list, September 2026'],
    apiRequest: [1.2, 'what one project without a date counts with', false],
    logGb: [0.63, 'price list, September 2026'],
    logGbMonth: [0.0324, 'price list, August 2026'],
    alarmMetric: [0.1, 'price list, September 2026'],
    metric: [0.3, 'price list, August 2026'],
    askedMetric: [0.01, 'price list, September 2026'],
    schedule: [1.15, 'price list, May 2026'],
    storedGb: [0.0245, 'price list, August 2026'],
    put: [0.0054, 'price list, August 2026'],
    get: [0.00043, 'price list, August 2026'],
    leavingGb: [0.09, 'price list, August 2026'],
    transition: [25, "AWS's page of prices, which has no date", false],
    expressRequest: [1, 'price list, August 2025'],
    expressGbSecond: [0.00001667, 'price list, August 2025'],
    durableOperation: [8, notFound, false],
    durableGb: [0.25, notFound, false],
    durableGbMonth: [0.15, notFound, false],
    vcpuHour: [0.03725, 'a fifth less than on x86: price list, July 2026', false],
    gbHour: [0.00409, 'a fifth less than on x86: price list, July 2026', false],
    spotVcpuHour: [0.011175, 'up to 70 % less, which changes all the time', false],
    spotGbHour: [0.001227, 'up to 70 % less, which changes all the time', false],
    addressHour: [0.005, 'price list, August 2026'],
    instanceHour: [0.0979, notFound, false],
  },
};

export const priceNames = Object.keys(names) as PriceName[];
/** Of services that have no regions. */
export const isElsewhere = (name: PriceName): boolean => name in elsewhere;

export function priceOf(region: Region, name: PriceName): Price {
  const [of, per, page] = names[name];
  const [usd, compared, verified = true] = listed[region][name];
  return { of, usd, per, page, compared, verified };
}
