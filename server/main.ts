import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import * as z from 'zod/mini';
import { longHandlers } from '../job-types/handlers/long.ts';
import { standardHandlers } from '../job-types/handlers/standard.ts';
import { wireWorker } from '../job-types/handlers/wire-worker.ts';
import { dynamoDbClient, sqsClient, systemClock } from '../shared/aws/clients.ts';
import { everyTypeKeys, heartbeatFitsLease, parseConfig } from '../shared/aws/config.ts';
import { sqsJobQueue } from '../shared/aws/job-queue.ts';
import { createLog } from '../shared/aws/logger.ts';
import { ConfigError } from '../shared/job/errors.ts';
import { findEnvironment } from './find-environment.ts';
import { startHealth } from './health.ts';
import { parseServerOptions, type ServedQueue, type ServerOptions } from './options.ts';
import { QueueServer } from './serve-queue.ts';
import { sqsSource } from './sqs-source.ts';
import { StageNotFoundError } from './stage-not-found-error.ts';
import { stopOnSignals } from './stop-on-signals.ts';

const configSchema = z.object(everyTypeKeys).check(heartbeatFitsLease);
const projectDir = fileURLToPath(new URL('..', import.meta.url));
const badUsage = 2;

/** Receives jobs and runs them until it is told to stop. */
async function serve({ queues, concurrency, drainSeconds, stage, healthPort }: ServerOptions): Promise<void> {
  // The clients, and the processes of jobs, read it there.
  process.env = { ...(await findEnvironment({ stage, environment: process.env, projectDir })) };
  const config = parseConfig(configSchema, process.env);
  const log = createLog('worker-server');
  const sqs = sqsClient();
  const { worker, given } = wireWorker({ config, sqs, dynamoDb: dynamoDbClient(), log });
  const stopping = stopOnSignals({ drainSeconds, clock: systemClock, log });
  const urls: Readonly<Record<ServedQueue, string>> = {
    standard: config.STANDARD_QUEUE_URL,
    long: config.LONG_QUEUE_URL,
    ordered: config.ORDERED_QUEUE_URL,
    server: config.SERVER_QUEUE_URL,
  };
  const handlers = { ...standardHandlers, ...longHandlers(given) };
  const served = queues.map((name) => {
    const queueUrl = urls[name];
    const visibilitySeconds = config.LEASE_SECONDS + 1;
    const source = sqsSource({
      sqs,
      queueUrl,
      maxJobs: concurrency,
      visibilitySeconds,
      clock: systemClock,
      log,
    });
    const server = new QueueServer({
      ...worker,
      queue: sqsJobQueue(sqs, { queueUrl, quarantineUrl: config.QUARANTINE_QUEUE_URL }),
      otherRunQueues: {},
      handlers,
      isolate: () => handlers,
      // The receive has set it.
      changeVisibilityBeforeClaim: false,
      source,
      stopping,
      maxJobs: concurrency,
    });
    return { name, source, server };
  });
  const health =
    healthPort === undefined
      ? undefined
      : await startHealth({
          port: healthPort,
          state: () => ({
            isReady: !stopping.requested.aborted && served.every(({ source }) => source.isReceiving),
            running: served.reduce((sum, { server }) => sum + server.running, 0),
          }),
        });
  for (const { server } of served) server.start();
  log.info('server started', { queues, concurrency, table: config.TABLE_NAME });
  await Promise.all(served.map(({ server }) => server.stopped()));
  health?.close();
  log.info('server stopped');
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
