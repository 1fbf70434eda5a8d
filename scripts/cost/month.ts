import {
  gb,
  gbSeconds,
  jobLinesOf,
  type Line,
  type Load,
  linesOf,
  logBytesOf,
  millisecondsIn,
  millisecondsOf,
  sumOf,
} from './bill.ts';
import { measured } from './measured.ts';
import type { Region } from './price-list.ts';

const monthSeconds = 30 * 24 * 3600;
const monthHours = 30 * 24;

/** What only AWS can show. docs/cost.md says where each is from. */
export const assumed = {
  /** AWS: cold starts are typically less than 1 % of invocations. */
  coldShare: 0.01,
  /** Of Node.js, as others have measured: 200 to 400 ms. */
  coldMs: 300,
  /** CloudWatch Logs stores lines compressed: AWS's own examples count with this share. */
  compressed: 0.15,
  /** What API Gateway adds to an answer: status, date, length, connection, id. */
  gatewayBytes: 130,
  /** A stage keeps its log for 90 days. */
  logMonths: 3,
} as const;

type JobFunction = keyof typeof measured.asked;

/** @returns how many processes of a function are busy, and how many seconds pass for one between two calls */
function processesOf(invocations: number, milliseconds: number) {
  const rate = invocations / monthSeconds;
  const count = Math.max(1, Math.ceil((rate * milliseconds) / 1000));
  return { count, everySeconds: rate === 0 ? Number.POSITIVE_INFINITY : count / rate };
}

/**
 * Units that processes read beside jobs: who reads what counts for so many seconds reads at the first call after them.
 */
function askedUnits(name: JobFunction, invocations: number, milliseconds: number): number {
  const { count, everySeconds } = processesOf(invocations, milliseconds);
  return measured.asked[name].reduce((sum, { seconds, units }) => {
    const interval = everySeconds * Math.ceil(seconds / everySeconds);
    return sum + (Number.isFinite(interval) ? (count * monthSeconds * units) / interval : 0);
  }, 0);
}

/** What a stage costs in a month beside the calls of its jobs: they come evenly over the month. */
export function monthOf(load: Load): readonly Line[] {
  const { jobs, polls, retries, batch, memoryMb } = load;
  const line = linesOf({ ...load, jobs: 1 });
  const milliseconds = millisecondsIn(load);
  const invocations = { submit: jobs, worker: (jobs * (1 + retries)) / batch, status: jobs * polls };
  const memory = { ...measured.memory, worker: memoryMb };
  const names = ['submit', 'worker', 'status'] as const;
  const sum = (of: (name: JobFunction) => number): number => names.reduce((all, name) => all + of(name), 0);
  const coldSeconds = sum(
    (name) => assumed.coldShare * invocations[name] * gbSeconds(memory[name], assumed.coldMs),
  );
  const askedOf = sum((name) => askedUnits(name, invocations[name], milliseconds[name]));
  const { answers } = measured;
  const leaving =
    jobs * (answers.submit + assumed.gatewayBytes + polls * (answers.status + assumed.gatewayBytes));
  return [
    ...idleLinesOf(load),
    line('month', 'CloudWatch: metrics of jobs', measured.metrics * Math.min(1, jobs / monthHours), 'metric'),
    line('month', 'CloudWatch: metrics that `check` reads of a busy queue', busyMetrics(load), 'askedMetric'),
    ...storedLinesOf(load),
    line('month', 'DynamoDB: read units of keys, limits and pauses', askedOf, 'readUnit'),
    line('month', 'cold starts: GB-seconds', coldSeconds, 'gbSecond'),
    line('month', 'answers: GB that leave AWS', leaving / gb, 'leavingGb'),
  ].filter(({ amount }) => amount > 0);
}

/**
 * A check sees messages if there are some now, or were when it looked before. Once an hour a check asks about all
 * queues anyway, and then about this one more.
 */
function busyMetrics(load: Load): number {
  const { jobs, batch, retries } = load;
  const seconds = (jobs * (1 + retries) * millisecondsIn(load).worker) / batch / 1000;
  const { check, moreOncePerHour } = measured.askedOfBusyQueue;
  const asked = (measured.idle.invocations - monthHours) * check + monthHours * moreOncePerHour;
  return Math.min(1, (2 * seconds) / monthSeconds) * asked;
}

/** What the table and the log have after as many days as they keep it for. */
function storedLinesOf(load: Load): readonly Line[] {
  const { jobs, keptDays } = load;
  const line = linesOf({ ...load, jobs: 1 });
  const { item, indexEntry, added } = measured.stored;
  const kept = (jobs * keptDays) / 30;
  const bytes = kept * (item + added);
  const scanned = 30 * kept * item;
  const log = jobs * Object.values(logBytesOf(load)).reduce((sum, each) => sum + each, 0);
  return [
    line('month', 'DynamoDB: GB stored', (bytes + kept * (indexEntry + added)) / gb, 'tableGb'),
    line('month', 'DynamoDB: GB of recovery', bytes / gb, 'recoveryGb'),
    // Once a day, in pages of 1 MB, each eventually consistent and with a write of how far it has come.
    line('month', 'DynamoDB: read units of the look for stuck jobs', scanned / 8192, 'readUnit'),
    line('month', 'DynamoDB: write units of the look', scanned / 2 ** 20, 'writeUnit'),
    line('month', 'log: GB stored', (assumed.compressed * assumed.logMonths * log) / gb, 'logGbMonth'),
  ];
}

function idleLinesOf(load: Load): readonly Line[] {
  const line = linesOf({ ...load, jobs: 1 });
  const { requests, fifoRequests, alarms, askedMetrics, invocations } = measured.idle;
  const both = (of: (name: 'check' | 'overdue') => number): number =>
    invocations * (of('check') + of('overdue'));
  const seconds = both((name) => {
    const memoryMb = measured.memory[name];
    return gbSeconds(memoryMb, millisecondsOf({ memoryMb, rounds: measured.idle[name].rounds }, load));
  });
  const units = both((name) => measured.idle[name].readUnits);
  const logged = both((name) => {
    const { logBytes } = measured.idle[name];
    return logBytes === 0 ? 0 : logBytes + measured.log.lineBytes;
  });
  return [
    line('month', 'SQS: pollers, and counts of `check`', requests, 'request'),
    line('month', 'SQS: the same of FIFO queues', fifoRequests, 'fifoRequest'),
    line('month', 'CloudWatch: metrics of alarms', alarms, 'alarmMetric'),
    line('month', 'CloudWatch: metrics that `check` reads', askedMetrics, 'askedMetric'),
    line('month', '`check`, `overdue`: invocations', 2 * invocations, 'invocation'),
    line('month', '`check`, `overdue`: GB-seconds', seconds, 'gbSecond'),
    line('month', '`check`, `overdue`: read units', units, 'readUnit'),
    line('month', '`check`, `overdue`: log, GB', logged / gb, 'logGb'),
  ];
}

/** All that a month with such jobs costs. */
export const billOf = (load: Load): readonly Line[] => [...jobLinesOf(load), ...monthOf(load)];

/** Of a stage while nothing happens. */
export const idleMonth = (region: Region): number => sumOf(idleLinesOf({ ...idle, region }));
const idle = {
  ...{ jobs: 0, payloadBytes: 0, durationMs: 0, memoryMb: measured.memory.worker, batch: 1 },
  ...{ polls: 0, retries: 0, callMs: 10, keptDays: 30 },
} as const;
