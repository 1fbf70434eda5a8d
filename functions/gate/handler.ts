import type { SQSHandler } from 'aws-lambda';
import { dynamoDbClient, sqsClient } from '../../shared/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts';
import { sqsJobQueue } from '../../shared/adapters/sqs-job-queue.ts';
import { systemClock, systemRandom } from '../../shared/adapters/system.ts';
import { parseConfig } from '../../shared/config.ts';
import { createLog } from '../../shared/logger.ts';
import { processBatch } from '../../shared/process-batch.ts';
import { configSchema } from './config.ts';
import { type GateDependencies, passGate } from './pass-gate.ts';

const config = parseConfig(configSchema, process.env);
const sqs = sqsClient();
const queue = sqsJobQueue(sqs, {
  queueUrl: config.QUEUE_URL,
  deadLetterQueueUrl: config.DEAD_LETTER_QUEUE_URL,
});
const deps: GateDependencies = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  queue,
  waiting: queue,
  runQueues: {
    standard: sqsJobQueue(sqs, { queueUrl: config.STANDARD_QUEUE_URL }),
    long: sqsJobQueue(sqs, { queueUrl: config.LONG_QUEUE_URL }),
  },
  clock: systemClock,
  random: systemRandom,
  log: createLog('gate'),
  retentionMs: config.RETENTION_DAYS,
};

/** The event source of the jobs that wait. */
export const handler: SQSHandler = (event) =>
  processBatch(event, (delivery) => passGate(delivery, deps), deps);
