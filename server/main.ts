import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import * as z from 'zod/mini';
import { everyHandler } from '#job-types/handlers/every.ts';
import { wireWorker } from '../job-types/handlers/wire-worker.ts';
import { dynamoDbClient, longPollingSqsClient, sqsClient, systemClock } from '../shared/aws/clients.ts';
import { everyTypeKeys, heartbeatFitsLease, parseConfig } from '../shared/aws/config.ts';
import { sqsJobQueue } from '../shared/aws/job-queue.ts';
import { createLog } from '../shared/aws/logger.ts';
import { ConfigError } from '../shared/domain/base/errors.ts';
import { checkFolder } from './check-folder.ts';
import { findEnvironment } from './find-environment.ts';
import { startHealth } from './health.ts';
import { isolateJobs, jobProcessBeside } from './isolation/isolate-jobs.ts';
import { parseServerOptions, type ServedQueue, type ServerOptions } from './options.ts';
import { QueueServer } from './serve-queue.ts';
import { maxWaitSeconds, sqsSource } from './sqs-source.ts';
import { StageNotFoundError } from './stage-outputs.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { TaskProtection } from './task-protection.ts';
import { watchSystem } from './watch-system.ts';

const configSchema = z.object(everyTypeKeys).check(heartbeatFitsLease);
const projectDir = fileURLToPath(new URL('..', import.meta.url));
const badUsage = 2;

/** What all queues of a server share. */
function wireServer(environment: NodeJS.ProcessEnv, drainSeconds: number) {
  const config = parseConfig(configSchema, environment);
  const log = createLog('worker-server');
  const sqs = sqsClient();
  const { worker, given } = wireWorker({ config, sqs, dynamoDb: dynamoDbClient(), log });
  const handlers = everyHandler({ given, searchPath: environment.PATH });
  const entry = jobProcessBeside(import.meta.url);
  const isolate = isolateJobs({ ...worker, handlers, entry, environment, folder: tmpdir() });
  const stopping = stopOnSignals({ drainSeconds, clock: systemClock, log });
  return { config, log, sqs, worker, handlers, isolate, stopping };
}

interface Serving extends ReturnType<typeof wireServer> {
  readonly maxJobs: number;
  readonly onRunning: () => void;
}

function serveQueue(name: ServedQueue, { config, sqs, worker, ...serving }: Serving) {
  const { log, maxJobs } = serving;
  const urls: Readonly<Record<ServedQueue, string>> = {
    standard: config.STANDARD_QUEUE_URL,
    long: config.LONG_QUEUE_URL,
    ordered: config.ORDERED_QUEUE_URL,
    server: config.SERVER_QUEUE_URL,
  };
  const queueUrl = urls[name];
  const source = sqsSource({
    sqs,
    receivingSqs: longPollingSqsClient(maxWaitSeconds),
    queueUrl,
    maxJobs,
    visibilitySeconds: config.LEASE_SECONDS + 1,
    clock: systemClock,
    log,
  });
  const server = new QueueServer({
    ...worker,
    ...serving,
    source,
    queue: sqsJobQueue(sqs, { queueUrl, quarantineUrl: config.QUARANTINE_QUEUE_URL }),
    otherRunQueues: {},
    // The receive has set it.
    changeVisibilityBeforeClaim: false,
  });
  return { source, server };
}

/** Receives jobs and runs them until it is told to stop. */
async function serve({ queues, concurrency, drainSeconds, stage, healthPort }: ServerOptions): Promise<void> {
  // The clients, and the processes of jobs, read it there.
  const found = await findEnvironment({ stage, environment: process.env, projectDir });
  process.env = { ...found.environment };
  const wired = wireServer(process.env, drainSeconds);
  await checkFolder(tmpdir());
  const { log, stopping, config } = wired;
  const protection = new TaskProtection({
    agentUri: process.env.ECS_AGENT_URI,
    clock: systemClock,
    log,
  });
  const running = () => served.reduce((sum, { server }) => sum + server.running, 0);
  const onRunning = () => protection.onRunning(running());
  const served = queues.map((name) => serveQueue(name, { ...wired, maxJobs: concurrency, onRunning }));
  const isReady = () => !stopping.requested.aborted && served.every(({ source }) => source.isReceiving);
  const state = () => ({ isReady: isReady(), running: running() });
  const health = healthPort === undefined ? undefined : await startHealth({ port: healthPort, state });
  for (const { server } of served) server.start();
  if (found.systemPid !== undefined) watchSystem(found.systemPid, endWithSystem);
  log.info('server started', { queues, concurrency, table: config.TABLE_NAME });
  await Promise.all(served.map(({ server }) => server.stopped()));
  health?.close();
  log.info('server stopped');
}

/** Its jobs are gone, or with DATA_DIR they go on where the next one runs. */
function endWithSystem(): void {
  console.error('`npm start` has ended. When it runs again, start the worker again.');
  process.exit(1);
}

try {
  await serve(parseServerOptions(process.argv));
  process.exit(0);
} catch (error) {
  // Commander has printed its own errors, and ends so after --help too.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : badUsage);
  const isKnown = error instanceof StageNotFoundError || error instanceof ConfigError;
  console.error(isKnown ? error.message : error);
  process.exit(isKnown ? badUsage : 1);
}
