import * as z from 'zod/mini';
import { contracts } from '../job-types/contracts.ts';
import { ffmpegEncoder } from '../job-types/encode-video/adapter.ts';
import { longHandlers } from '../job-types/handlers/long.ts';
import { serverHandlers } from '../job-types/handlers/server.ts';
import { standardHandlers } from '../job-types/handlers/standard.ts';
import { wireWorker } from '../job-types/handlers/wire-worker.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../shared/aws/clients.ts';
import { everyTypeKeys, parseConfig } from '../shared/aws/config.ts';
import { createLog } from '../shared/aws/logger.ts';
import { serveJob } from './isolation/serve-job.ts';

/** The process of one job. A worker server starts it, with its own process id. */
const config = parseConfig(z.object(everyTypeKeys), process.env);
const { given } = wireWorker({
  config,
  sqs: sqsClient(),
  dynamoDb: dynamoDbClient(),
  log: createLog('job-process'),
});
const encoder = ffmpegEncoder({ searchPath: process.env.PATH });

serveJob(process.argv, {
  contracts,
  handlers: { ...standardHandlers, ...longHandlers(given), ...serverHandlers({ encoder }) },
  clock: systemClock,
  random: systemRandom,
});
