import { measured } from './measured.ts';
import { type PriceName, priceOf, type Region } from './price-list.ts';

/** Jobs that are alike. */
export interface Load {
  readonly jobs: number;
  readonly payloadBytes: number;
  readonly durationMs: number;
  readonly memoryMb: number;
  /** How many jobs an invocation gets. They run side by side. */
  readonly batch: number;
  /** How often somebody asks for the status of each job. */
  readonly polls: number;
  /** Attempts of a job beyond the first one, on average. */
  readonly retries: number;
  readonly region: Region;
  /** What a call to DynamoDB or SQS takes. */
  readonly callMs: number;
  /** For how many days a job that has ended is kept. */
  readonly keptDays: number;
}

export interface Line {
  readonly part: Part;
  readonly what: string;
  readonly amount: number;
  readonly price: PriceName;
  readonly usd: number;
}
/** `month`: what a stage costs in a month beside what its jobs call. */
export type Part = 'submission' | 'work' | 'polls' | 'month';

/**
 * The time of a function's own code, of a whole core: what a job in a batch of ten takes on the Lambda path (docs/performance.md).
 * Submissions and looks are taken to need as much. What AWS really bills is seen first on an account.
 */
export const cpuMs = 1.2;
const mbOfCore = 1_769;
const requestBytes = 64 * 1024;
export const gb = 1e9;

/** Milliseconds of a function: its own code, and calls that wait for each other. */
export const millisecondsOf = (
  {
    memoryMb,
    jobs = 1,
    rounds,
  }: { readonly memoryMb: number; readonly jobs?: number; readonly rounds: number },
  { callMs }: Pick<Load, 'callMs'>,
): number => jobs * cpuMs * Math.max(1, mbOfCore / memoryMb) + rounds * callMs;

export const gbSeconds = (memoryMb: number, milliseconds: number): number =>
  (memoryMb / 1024) * (milliseconds / 1000);

/** SQS counts a request for each 64 KB that have begun. */
export const requestsFor = (bytes: number): number => Math.max(1, Math.ceil(bytes / requestBytes));

/** Makes lines of amounts for each job. */
export function linesOf({ jobs, region }: Load) {
  return (part: Part, what: string, perJob: number, price: PriceName): Line => {
    const { usd, per } = priceOf(region, price);
    const amount = jobs * perJob;
    return { part, what, amount, price, usd: (amount / per) * usd };
  };
}

/** How long an invocation takes: with `batch` jobs that of the worker. */
export const millisecondsIn = (load: Load) => ({
  submit: millisecondsOf({ memoryMb: measured.memory.submit, rounds: measured.submit.rounds }, load),
  worker:
    load.durationMs +
    millisecondsOf({ memoryMb: load.memoryMb, jobs: load.batch, rounds: measured.success.rounds }, load),
  status: millisecondsOf({ memoryMb: measured.memory.status, rounds: measured.status.rounds }, load),
});

/** Bytes of log, with what CloudWatch Logs adds to each line. */
export function logBytesOf({ batch, polls, retries }: Load) {
  const { lineBytes, access, accessOfPoll, submit } = measured.log;
  return {
    submission: access + submit.line + submit.metrics + 3 * lineBytes,
    work: (1 + retries) * (workerBytes(batch) + (2 + 1 / batch) * lineBytes),
    polls: polls * (accessOfPoll + lineBytes),
  };
}

/** What the calls of jobs cost here, on the queue `standard`. */
export function jobLinesOf(load: Load): readonly Line[] {
  const line = linesOf(load);
  const { payloadBytes, batch, polls, retries, memoryMb, durationMs } = load;
  const { submit, success, furtherAttempt, status, memory } = measured;
  const attempts = 1 + retries;
  const bytes = payloadBytes + measured.envelopeBytes;
  const milliseconds = millisecondsIn(load);
  const log = logBytesOf(load);
  const heartbeats = attempts * Math.floor(durationMs / 1000 / measured.heartbeatSeconds);
  const changes = retries * furtherAttempt.visibilityChanges + heartbeats;
  const handling = attempts * (requestsFor(batch * bytes) / batch) + 1 / batch + changes;
  const writes = success.writeUnits + retries * furtherAttempt.writeUnits + heartbeats;
  const lines = [
    line('submission', 'HTTP API: requests', 1, 'apiRequest'),
    line('submission', '`submit`: invocations', 1, 'invocation'),
    line('submission', '`submit`: GB-seconds', gbSeconds(memory.submit, milliseconds.submit), 'gbSecond'),
    line('submission', 'DynamoDB: write units', submit.writeUnits, 'writeUnit'),
    line('submission', 'DynamoDB: write units of the list', measured.indexWrites, 'writeUnit'),
    line('submission', 'SQS: sends', submit.sends * requestsFor(bytes), 'request'),
    line('submission', 'SQS: fair queue', submit.sends * requestsFor(bytes), 'fairRequest'),
    line('submission', 'log: GB', log.submission / gb, 'logGb'),
    line('work', 'SQS: receives, deletes, changes', handling, 'request'),
    line('work', 'SQS: fair queue', handling, 'fairRequest'),
    line('work', '`worker`: invocations', attempts / batch, 'invocation'),
    line(
      'work',
      '`worker`: GB-seconds',
      (attempts / batch) * gbSeconds(memoryMb, milliseconds.worker),
      'gbSecond',
    ),
    line('work', 'DynamoDB: write units', writes, 'writeUnit'),
    line('work', 'log: GB', log.work / gb, 'logGb'),
    line('polls', 'HTTP API: requests', polls, 'apiRequest'),
    line('polls', '`status`: invocations', polls, 'invocation'),
    line('polls', '`status`: GB-seconds', polls * gbSeconds(memory.status, milliseconds.status), 'gbSecond'),
    line('polls', 'DynamoDB: read units', polls * status.readUnits, 'readUnit'),
    line('polls', 'log: GB', log.polls / gb, 'logGb'),
  ];
  return lines.filter(({ amount }) => amount > 0);
}

/** Its two lines, and its part of a line of metrics. */
function workerBytes(batch: number): number {
  const { start, end, metricsAlone, metricsOfTen } = measured.log.worker;
  // Ten jobs share a line, in which each has a number for each metric.
  const shared = ((metricsAlone - metricsOfTen) * 10) / 9;
  return start + end + metricsAlone - shared + shared / batch;
}

export const sumOf = (lines: readonly Line[], ...parts: readonly Part[]): number =>
  lines
    .filter(({ part }) => parts.length === 0 || parts.includes(part))
    .reduce((sum, { usd }) => sum + usd, 0);
