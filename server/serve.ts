import '../shared/aws/clients/secrets-of-types.ts'; // before the code of job types
import { hostname, tmpdir, totalmem } from 'node:os';
import { everyHandler } from '#job-types/handlers/every.ts';
import { wireSubmitter } from '../job-types/handlers/wire-submitter.ts';
import { wireWorker } from '../job-types/handlers/wire-worker.ts';
import { longPollingSqsClient, systemClock, systemGiven } from '../shared/aws/clients/clients.ts';
import { EmfMeters } from '../shared/aws/observe/emf-meters.ts';
import { createLog } from '../shared/aws/observe/logger.ts';
import { stageTracer } from '../shared/aws/observe/tracer.ts';
import { endAtUncaughtErrors } from '../shared/aws/observe/uncaught-errors.ts';
import { sqsChildQueues } from '../shared/aws/queues/child-queue.ts';
import { orderedQueueUrls } from '../shared/aws/queues/job-queue.ts';
import { signalLinks } from '../shared/aws/records/signal-links.ts';
import { readEnvironment } from '../shared/aws/uses/environment.ts';
import * as serverUses from '../shared/aws/uses/server-uses.ts';
import { countingToo, PrometheusNumbers } from '../shared/domain/observe/prometheus.ts';
import { SharedTime } from '../shared/worker/hold/shared-time.ts';
import { AnswerWatch } from './answer-watch.ts';
import { guardConsole } from './guard-console.ts';
import { startHealth } from './health.ts';
import {
  checkFolder,
  isolateJobs,
  jobProcessBeside,
  probeFolder,
  probeProcess,
} from './isolation/isolate-jobs.ts';
import type { ServedQueue, ServerOptions } from './options.ts';
import { QueueServer } from './serve-queue.ts';
import { ServerCondition } from './server-condition.ts';
import { maxWaitSeconds, sqsSource } from './sqs-source.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { TaskProtection } from './task-protection.ts';

/** No job has this id: a read of it shows whether the table answers. */
const noJob = '00000000-0000-0000-0000-000000000000';

/** What all queues of a server share. */
async function wireServer(environment: NodeJS.ProcessEnv, drainSeconds: number) {
  const env = readEnvironment(serverUses, environment);
  const log = createLog('worker-server', process.env);
  guardConsole({ log });
  endAtUncaughtErrors(log);
  const tracer = await stageTracer(env, { environment, log });
  const numbers = new PrometheusNumbers();
  // Only ECS hands the output on to CloudWatch Logs, which finds the metrics in it.
  const METRICS = environment.ECS_AGENT_URI === undefined ? 'off' : env.METRICS;
  const meters = countingToo(numbers, new EmfMeters({ ...env, METRICS }));
  const answers = new AnswerWatch(systemClock);
  const given = systemGiven(log);
  const [sqs, dynamoDb] = [answers.on(given.sqs), answers.on(given.dynamoDb)];
  const { worker, workerOn, ofTypes } = wireWorker({ ...given, sqs, dynamoDb, env, environment });
  const submitting = wireSubmitter({ env, sqs, dynamoDb, meters, worker });
  const handlers = everyHandler({ given: ofTypes, searchPath: environment.PATH });
  const entry = jobProcessBeside(import.meta.url);
  const isolation = { ...worker, handlers, entry, environment, folder: tmpdir() };
  const isolate = isolateJobs(isolation);
  const stopping = stopOnSignals({ drainSeconds, clock: systemClock, log });
  const condition = new ServerCondition({
    server: `${hostname()}/${process.pid}`,
    clock: systemClock,
    log,
    probes: {
      disk: () => probeFolder(tmpdir()),
      calls: async () => void (await worker.store.read(noJob)),
      clock: () => answers.probeClock(),
      processes: () => probeProcess(isolation),
    },
    stop: stopping.requested,
  });
  answers.onTrouble = (of, why) => condition.turnIll(of, why);
  const place = { sharedTime: new SharedTime(systemClock), memoryMb: memoryMb() };
  const links = signalLinks(dynamoDb, env, systemClock);
  const ports = { sqs, answers, workerOn, isolate, links, ...submitting, stopping, condition };
  return { env, log, ...ports, handlers, numbers, meters, place, tracer };
}

/** That of its container, if that has a limit. */
const memoryMb = (): number =>
  Math.round(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 1024 ** 2);

interface Serving extends Awaited<ReturnType<typeof wireServer>> {
  readonly maxJobs: number;
  readonly onRunning: () => void;
}

/** `ordered` stands for all ordered queues. */
function serveQueues(name: ServedQueue, serving: Serving) {
  const { env } = serving;
  const urls: Readonly<Record<ServedQueue, readonly string[]>> = {
    standard: [env.STANDARD_QUEUE_URL],
    long: [env.LONG_QUEUE_URL],
    ordered: orderedQueueUrls(env),
    server: [env.SERVER_QUEUE_URL],
  };
  return urls[name].map((queueUrl) => serveQueue({ name, queueUrl }, serving));
}

interface Served {
  readonly name: ServedQueue;
  readonly queueUrl: string;
}

function serveQueue(
  { name, queueUrl }: Served,
  { env, sqs, answers, workerOn, meters, ...serving }: Serving,
) {
  const { log, maxJobs } = serving;
  const source = sqsSource({
    sqs,
    receivingSqs: answers.on(longPollingSqsClient(maxWaitSeconds)),
    queueUrl,
    maxJobs,
    visibilitySeconds: env.LEASE_SECONDS + 1,
    clock: systemClock,
    log,
  });
  const server = new QueueServer({
    ...workerOn(queueUrl),
    ...serving,
    source,
    meter: meters.on(name),
    childQueues: sqsChildQueues(sqs, env),
    // It runs the jobs of every type.
    otherRunQueues: {},
    // The receive has set it.
    changeVisibilityBeforeClaim: false,
  });
  return { source, server };
}

/** The shortest period of a metric of CloudWatch; and how long the spans of a job that has ended may wait. */
const [flushEveryMs, spansEveryMs] = [60_000, 2_000];

/**
 * Receives jobs and runs them until it is told to stop.
 * @param allowedHosts of a server beside `npm start`: who may call its health port, see `startHealth`
 * @throws ConfigError
 */
export async function serve(
  { queues, concurrency, drainSeconds, healthPort }: ServerOptions,
  allowedHosts: readonly string[] | undefined,
): Promise<void> {
  const wired = await wireServer(process.env, drainSeconds);
  await checkFolder(tmpdir());
  const { log, stopping, condition, env, meters, numbers, tracer } = wired;
  const protection = new TaskProtection({
    agentUri: process.env.ECS_AGENT_URI,
    clock: systemClock,
    log,
  });
  const running = () => served.reduce((sum, { server }) => sum + server.running, 0);
  const onRunning = () => protection.onRunning(running());
  const served = queues.flatMap((name) => serveQueues(name, { ...wired, maxJobs: concurrency, onRunning }));
  const state = () => {
    const { kind, ...ill } = condition.now;
    const isReceiving = !stopping.requested.aborted && served.every(({ source }) => source.isReceiving);
    const isReady = isReceiving && kind === 'well';
    return { isReady, running: running(), ...(kind === 'ill' ? { ill } : {}) };
  };
  const health =
    healthPort === undefined
      ? undefined
      : await startHealth({ port: healthPort, allowedHosts, state, metrics: () => numbers.text });
  const flushing = [
    setInterval(() => meters.flush(), flushEveryMs),
    setInterval(() => void tracer?.flush(), spansEveryMs),
  ];
  await condition.examine();
  for (const { server } of served) server.start();
  log.info('server started', { queues, concurrency, table: env.TABLE_NAME });
  await Promise.all(served.map(({ server }) => server.stopped()));
  for (const timer of flushing) clearInterval(timer);
  meters.flush();
  await tracer?.flush();
  health?.close();
  log.info('server stopped');
}
