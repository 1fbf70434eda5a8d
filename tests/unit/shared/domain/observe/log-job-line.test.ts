import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { describe, expect, test } from '@jest/globals';
import { logQueries } from '../../../../../infra/template/log-queries.ts';
import { measured } from '../../../../../scripts/cost/measured.ts';
import { EmfMeters, flushed } from '../../../../../shared/aws/observe/emf-meters.ts';
import { createLog } from '../../../../../shared/aws/observe/logger.ts';
import { PermanentError } from '../../../../../shared/domain/base/errors.ts';
import { jobLine } from '../../../../../shared/domain/observe/job-line.ts';
import { metrics } from '../../../../../shared/domain/observe/metrics.ts';
import { PrometheusNumbers, readMetrics } from '../../../../../shared/domain/observe/prometheus.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { logSubmission } from '../../../../../shared/operations/act/log-operation.ts';
import { invocationOf } from '../../../../../shared/worker/hold/invocation.ts';
import { reportAttempt } from '../../../../../shared/worker/hold/report-attempt.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import type { RecordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { projectDir } from '../../../../project-copy.ts';
import { canceling } from '../../../../set-ups/canceling.ts';
import { captureConsole } from '../../../../set-ups/captured-console.ts';
import {
  aDelivery,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  by,
  jobId,
  leaseMs,
} from '../../../../set-ups/samples.ts';
import { aSubmitAllFunction } from '../../../../set-ups/submit-all.ts';
import { lambdaContext, spiedWorker } from '../../../../set-ups/worker.ts';

const ours = ['attempt started', 'attempt ended', 'job ended', 'operation done'];
/** The lines that the schema describes, each checked. A line has no field that is undefined. */
const linesIn = ({ lines }: RecordedLog) =>
  lines
    .filter(({ message }) => ours.includes(message))
    .map(({ message, fields }) => jobLine.parse(JSON.parse(JSON.stringify({ message, ...fields }))));

type Counting = NonNullable<Parameters<typeof spiedWorker>[0]>['counting'];

/** Delivers a job once; its handler does this. */
async function delivered(
  counting: Counting,
  item: JobItem | undefined = aQueuedItem(),
  failing: string[] = [],
) {
  const worker = spiedWorker({ failing, ...(counting ? { counting } : {}) });
  if (item) worker.store.items.set(jobId, item);
  const processing = worker.process();
  // As long as the table does not answer, the end of an attempt is written again.
  if (failing.length > 0) await worker.clock.advance(leaseMs);
  await processing;
  return { lines: linesIn(worker.log), sums: worker.meters.sums, worker };
}

const throwing = (error: Error) => async () => {
  throw error;
};

describe('what a handler logs', () => {
  const forged = { jobId: 'of B', tenant: 'B', attempt: 7, requestId: 'x', percent: 5 };

  test('is found by our fields, whatever its own say, and a line says once which are dropped', async () => {
    const { worker } = await delivered(async (_payload, job) => {
      for (const level of ['info', 'warn', 'error', 'debug'] as const) job.log[level]('a payload', forged);
      return { seconds: 1 };
    });
    const lines = worker.log.lines.filter(({ message }) => message === 'a payload');
    expect(lines).toHaveLength(4);
    for (const { fields } of lines) {
      const ours = { jobId, tenant: aQueuedItem().tenant, attempt: 1, requestId: 'request-1' };
      expect(fields).toMatchObject({ ...ours, percent: 5 });
    }
    const dropped = worker.log.lines.filter(({ message }) => message.includes('dropped'));
    expect(dropped.map(({ level, fields }) => [level, fields?.jobId, fields?.field])).toEqual(
      ['jobId', 'tenant', 'attempt', 'requestId'].map((field) => ['warn', jobId, field]),
    );
  });

  test('is no line of ours: it ends no attempt, and costs nothing', async () => {
    const { lines } = await delivered(async (_payload, job) => {
      for (const message of ours) job.log.info(message, { outcome: 'failed', last: true, mbMs: 777_777 });
      return { seconds: 1 };
    });
    expect(lines.map(({ message }) => message)).toEqual(['attempt started', 'attempt ended']);
  });
});

describe('an attempt', () => {
  test('has one line at its start and one at its end, and is counted', async () => {
    const { lines, sums } = await delivered(async () => ({ seconds: 1 }));
    const attempt = {
      jobId,
      queue: 'standard',
      run: 1,
      attempt: 1,
      slice: 1,
      place: 'function',
      messageId: 'message-1',
    };
    expect(lines).toMatchObject([
      { message: 'attempt started', ...attempt },
      { message: 'attempt ended', ...attempt, outcome: 'succeeded', status: 'succeeded', last: true },
    ]);
    expect(sums).toMatchObject({ AttemptsStarted: 1, JobsSucceeded: 1, Duration: 0 });
    expect(sums).not.toHaveProperty('JobsFailed');
  });

  test.each([
    [
      'a PermanentError',
      new PermanentError('no'),
      1,
      'failed',
      true,
      { JobsFailed: 1, JobsFailedByError: 1, AttemptsFailed: 1 },
    ],
    ['an error', new Error('no'), 1, 'retrying', false, { AttemptsFailed: 1 }],
    [
      'an error, the last time',
      new Error('no'),
      3,
      'failed',
      true,
      { JobsFailed: 1, JobsFailedByError: 1, AttemptsFailed: 1 },
    ],
    [
      'a timeout, the last time',
      Object.assign(new Error('no'), { name: 'JobTimeoutError' }),
      3,
      'failed',
      true,
      { JobsFailed: 1, JobsFailedByTimeout: 1, AttemptsFailed: 1 },
    ],
  ] as const)('that ends with %s', async (_what, error, attempt, outcome, last, counted) => {
    const { lines, sums } = await delivered(throwing(error), aQueuedItem({ attempt: attempt - 1 }));
    expect(lines.at(-1)).toMatchObject({ outcome, last, errorName: error.name, attempt });
    const { AttemptsStarted, StartDelay: _, Duration: __, ...rest } = sums;
    expect(AttemptsStarted).toBe(1);
    expect(rest).toEqual(counted);
  });

  test('whose end the table does not answer, or refuses, has a line and is not counted', async () => {
    const unknown = await delivered(async () => ({ seconds: 1 }), aQueuedItem(), ['write succeed']);
    expect(unknown.lines.at(-1)).toMatchObject({ outcome: 'unknown', last: false });
    const worker = spiedWorker({
      counting: async () => {
        const taken = { ...worker.stored(), fencingToken: t0 + 9_000 } as JobItem;
        worker.store.items.set(jobId, taken);
        return { seconds: 1 };
      },
    });
    worker.store.items.set(jobId, aQueuedItem());
    await worker.process();
    expect(linesIn(worker.log).at(-1)).toMatchObject({ outcome: 'lost', last: false });
    for (const { sums } of [unknown, { sums: worker.meters.sums }])
      expect(Object.keys(sums).sort()).toEqual(['AttemptsStarted', 'StartDelay']);
  });

  const since = t0 - 3_600_000;
  const debounced = { submissions: 2, latestAt: t0 };
  const held: Readonly<Record<string, Partial<JobItem>>> = {
    jobs: { dependsOn: [anId(2)] },
    'a turn': { turn: { of: 'stripe', at: t0, until: t0 } },
    'a place': { awaitsPlace: { of: 'stripe', running: 1, room: 'a room', since, at: since } },
    'the end of a pause': { paused: { by: 'stage', since, at: since } },
    'a build with its handler': { noHandler: { since, until: t0 - 1 } },
    'more submissions': { debounced },
  };

  test.each(Object.keys(held))('of a job that has waited for %s has no start delay', async (what) => {
    const { worker } = await delivered(undefined, aQueuedItem({ createdAt: since, ...held[what] }));
    const { sums } = worker.meters;
    expect(sums).toMatchObject({ AttemptsStarted: 1 });
    expect(sums).not.toHaveProperty('StartDelay');
  });

  test('of a retried job has a start delay, whatever has held it in the run before', async () => {
    const history = [{ event: 'resubmitted', at: t0 - 1_500, attempt: 0 }] as const;
    const last = { at: t0 - 1_501, since };
    const before = {
      turn: { of: 'stripe', at: t0 - 2_000, until: t0 - 2_000 },
      awaitsPlace: { of: 'stripe', running: 1, room: 'a room', ...last },
      paused: { by: 'stage', ...last },
      noHandler: { since, until: t0 - 1_501 },
      debounced,
    };
    const item = aQueuedItem({ ...before, run: 2, history: [...history] });
    const worker = spiedWorker();
    worker.store.items.set(jobId, item);
    await worker.process(aDelivery({ body: writeMessage(aMessage({ run: 2 })) }));
    expect(worker.meters.sums).toMatchObject({ StartDelay: 1_500 });
  });

  test('after one whose worker died counts as taken over', async () => {
    const history = [{ event: 'started', at: t0 - 200_000 }] as const;
    const { sums } = await delivered(
      async () => ({ seconds: 1 }),
      aRunningItem({ leaseUntil: t0 - 1, attempt: 1, history: [...history] }),
    );
    expect(sums).toMatchObject({ TakeOvers: 1, JobsSucceeded: 1 });
  });
});

describe('a job that ends without an attempt', () => {
  test('has an end line, and is counted once however often its message comes', async () => {
    const { worker } = await delivered(undefined, aRunningItem({ leaseUntil: t0 - 1, attempt: 3 }));
    await worker.process(aDelivery({ receiveCount: 2 }));
    expect(linesIn(worker.log)).toMatchObject([
      { message: 'job ended', jobId, outcome: 'exhausted', errorName: 'AttemptsExhaustedError', last: true },
    ]);
    expect(worker.meters.sums).toMatchObject({ JobsFailed: 1, JobsFailedByCrash: 1 });
  });

  test('by a cancel has one', async () => {
    const { cancel, log } = canceling(aQueuedItem());
    await cancel();
    await cancel();
    expect(linesIn(log)).toMatchObject([{ message: 'job ended', outcome: 'canceled', status: 'canceled' }]);
  });
});

test('each job of a batch has a line that names who submitted it, and is counted once', async () => {
  const { submit, log, meters } = aSubmitAllFunction();
  const job = { type: 'counting', payload: { seconds: 1 }, idempotencyKey: 'a key' };
  await submit({ jobs: [job] });
  await submit({ jobs: [job] });
  expect(linesIn(log)).toMatchObject([
    { operation: 'submit', actor: 'key:a-key', tenant: 'a tenant', queue: 'long', replayed: false },
    { operation: 'submit', actor: 'key:a-key', tenant: 'a tenant', queue: 'long', replayed: true },
  ]);
  expect(meters.sums).toEqual({ JobsSubmitted: 1 });
});

test('each field of a prepared query is one that a line has', () => {
  const shapes = jobLine.def.options.map((option) => Object.keys(option.shape));
  // Of every line, and those of lines about messages and errors.
  const known = new Set([...shapes.flat(), 'service', 'why', 'error.message']);
  const words =
    /"[^"]*"|@\w+|\b(?:fields|filter|sort|stats|display|count|pct|sum|by|as|and|in|desc|ispresent)\b/g;
  for (const query of Object.values(logQueries)) {
    const named = [...query.matchAll(/\bas (\w+)/g)].map(([, name = '']) => name);
    const used = query.replaceAll(words, ' ').match(/[a-zA-Z][\w.]*/g) ?? [];
    expect(used.filter((name) => !known.has(name) && !named.includes(name))).toEqual([]);
    expect(used.length).toBeGreaterThan(1);
  }
});

describe('the embedded metric format', () => {
  const counted = (METRICS: 'off' | 'queue' | 'type') => {
    const lines: string[] = [];
    const meters = new EmfMeters(
      { METRICS, METRICS_NAMESPACE: 'a-stage' },
      (line) => lines.push(line),
      () => t0,
    );
    const meter = meters.on('long');
    meter.count('AttemptsStarted', 'a');
    meter.count('AttemptsStarted', 'b');
    meter.time('Duration', 12, 'a');
    meter.time('Duration', 7, 'b');
    return { meters, lines, documents: () => lines.map((line): unknown => JSON.parse(line)) };
  };

  test('is that of Powertools', async () => {
    const theirs = new Metrics({ namespace: 'a-stage', logger: { ...console, debug() {} } });
    theirs.setTimestamp(t0);
    theirs.addDimension('Queue', 'long');
    for (const value of [1, 1]) theirs.addMetric('AttemptsStarted', MetricUnit.Count, value);
    for (const value of [12, 7]) theirs.addMetric('Duration', MetricUnit.Milliseconds, value);
    const {
      service: _service,
      _aws,
      AttemptsStarted,
      ...rest
    } = JSON.parse(JSON.stringify(theirs.serializeMetrics()));
    const { meters, documents } = counted('queue');
    meters.flush();
    const withoutService = JSON.parse(JSON.stringify(_aws).replace('"service",', ''));
    // They write each count, we their sum.
    expect(AttemptsStarted).toEqual([1, 1]);
    expect(documents()).toEqual([{ ...rest, _aws: withoutService, AttemptsStarted: 2 }]);
  });

  test('has a line for each type, for both dimensions, if the stage says so', () => {
    const { meters, documents } = counted('type');
    meters.flush();
    meters.flush();
    expect(documents()).toMatchObject([
      {
        _aws: { CloudWatchMetrics: [{ Dimensions: [['Queue'], ['Queue', 'Type']] }] },
        Type: 'a',
        Duration: [12],
      },
      { Queue: 'long', Type: 'b', AttemptsStarted: 1 },
    ]);
  });

  test('is written at the end of a call, also of one that fails; and before a metric has more values than a line takes', async () => {
    const { meters, lines } = counted('queue');
    await expect(flushed(meters, () => Promise.reject(new Error('no')))()).rejects.toThrow('no');
    expect(lines).toHaveLength(1);
    for (let value = 0; value < 250; value += 1) meters.on('long').time('Duration', value);
    meters.flush();
    const sizes = lines.slice(1).map((line) => (JSON.parse(line).Duration as unknown[]).length);
    expect(sizes).toEqual([100, 100, 50]);
  });

  test('is not written where metrics are off', () => {
    const { meters, lines } = counted('off');
    meters.flush();
    expect(lines).toEqual([]);
  });

  test('gives Prometheus the same numbers', () => {
    const { meters, documents } = counted('type');
    meters.flush();
    const numbers = new PrometheusNumbers();
    for (const { metric, queue, value } of documents().flatMap((document) => readMetrics(document) ?? []))
      numbers.add(metric, queue, value);
    expect(readMetrics({ message: 'no metric' })).toBeUndefined();
    expect(numbers.text).toContain(
      '# TYPE job_worker_attempts_started_total counter\njob_worker_attempts_started_total{queue="long"} 2\n',
    );
    expect(numbers.text).toContain('job_worker_duration_seconds_bucket{queue="long",le="0.1"} 2\n');
    expect(numbers.text).toContain('job_worker_duration_seconds_sum{queue="long"} 0.019\n');
  });
});

test('every metric says what it counts, and who emits it', () => {
  for (const { counts, from } of Object.values(metrics))
    expect([counts.length > 10, from.length > 0]).toEqual([true, true]);
});

describe('the log of jobs that succeed at once', () => {
  const settings = { METRICS: 'queue', METRICS_NAMESPACE: 'job-worker-prod' } as const;
  const names = { tenant: 'acme', type: 'csv-sums' };
  const requestId = '5b8c1f3e-0d0f-4f7b-9a64-2c9d6a0f3e11';

  /** What a function writes for so many jobs: its lines, and its metrics. */
  function written(count: number, logOne: (observing: Observing) => void, service: string) {
    const captured = captureConsole();
    process.env._X_AMZN_TRACE_ID = 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0'; // as Lambda does
    const emf: string[] = [];
    const meters = new EmfMeters(
      settings,
      (line) => void emf.push(line),
      () => t0,
    );
    try {
      const log = createLog(service, {});
      for (let index = 0; index < count; index += 1) logOne({ log, meters });
      meters.flush();
    } finally {
      captured.restore();
      delete process.env._X_AMZN_TRACE_ID;
    }
    // Only there, lines are indented.
    return { lines: captured.lines.map((line) => JSON.stringify(JSON.parse(line))), emf };
  }
  interface Observing {
    readonly log: ReturnType<typeof createLog>;
    readonly meters: EmfMeters;
  }

  const submit = ({ log, meters }: Observing) =>
    logSubmission(
      { actor: by, replayed: false, job: { id: jobId, ...names, status: 'queued' } },
      { log, meters, contracts },
    );
  const attempt = ({ log, meters }: Observing) => {
    const item = aRunningItem({ ...names, updatedAt: t0 + 40, history: [{ event: 'started', at: t0 + 40 }] });
    const invocation = {
      ...invocationOf(lambdaContext(20_000), [], new FixedClock()),
      requestId,
      memoryMb: 512,
    };
    const reporter = reportAttempt(
      { item, message: aMessage({ ...names, submittedAt: t0 }), receiptHandle: 'r' },
      { delivery: { messageId: requestId }, invocation },
      { log, meter: meters.on('standard') },
    );
    reporter.started();
    const succeeded: JobItem = { ...item, status: 'succeeded' };
    reporter.ended({ ending: { kind: 'succeeded' }, item: succeeded, mbMs: 61_440 }, t0 + 160);
  };
  /** API Gateway fills in what it knows, and a hyphen where it knows nothing. */
  const access = (over: Readonly<Record<string, string>> = {}) => {
    const [, format = ''] =
      /format: '(.*)'/.exec(readFileSync(join(projectDir, 'infra/logs.yml'), 'utf8')) ?? [];
    const known: Readonly<Record<string, string>> = {
      'context.requestId': 'JKJaXmPLvHcESHA=',
      'context.identity.sourceIp': '203.0.113.10',
      'context.routeKey': 'POST /jobs',
      'context.path': '/jobs',
      'context.status': '202',
      'context.responseLatency': '45',
      ...over,
    };
    return format.replaceAll(/\$([\w.]+)/g, (_, name: string) => known[name] ?? '-');
  };
  const ofPoll = {
    'context.routeKey': 'GET /jobs/{id}',
    'context.path': `/jobs/${jobId}`,
    'context.status': '200',
  };
  const bytes = (lines: readonly string[]) =>
    lines.reduce((sum, line) => sum + Buffer.byteLength(line.trimEnd()), 0);

  test('has the bytes that `npm run cost` counts with, alone and in a batch of ten', () => {
    const [submitted, alone, ten] = [
      written(1, submit, 'submit'),
      written(1, attempt, 'worker'),
      written(10, attempt, 'worker'),
    ];
    const [start = '', end = ''] = alone.lines;
    expect({
      // It stands at https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
      lineBytes: 26,
      access: bytes([access()]),
      accessOfPoll: bytes([access(ofPoll)]),
      submit: { line: bytes(submitted.lines), metrics: bytes(submitted.emf) },
      worker: {
        start: bytes([start]),
        end: bytes([end]),
        metricsAlone: bytes(alone.emf),
        metricsOfTen: Math.round(bytes(ten.emf) / 10),
      },
    }).toEqual(measured.log);
    expect(bytes(ten.lines)).toBe(10 * bytes(alone.lines));
  });
});
