import type { SQSHandler } from 'aws-lambda';
import { dynamoDbClient, sqsClient } from '../../shared/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts';
import { sqsJobQueue } from '../../shared/adapters/sqs-job-queue.ts';
import { systemClock, systemRandom } from '../../shared/adapters/system.ts';
import { parseConfig } from '../../shared/config.ts';
import { createLog } from '../../shared/logger.ts';
import { processBatch } from '../../shared/process-batch.ts';
import { configSchema } from './config.ts';
import { type DeadLetterDependencies, resolveDeadLetter } from './resolve-dead-letter.ts';

const config = parseConfig(configSchema, process.env);
const sqs = sqsClient();
const deps: DeadLetterDependencies = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  queue: sqsJobQueue(sqs, {
    queueUrl: config.QUEUE_URL,
    deadLetterQueueUrl: config.UNREADABLE_QUEUE_URL,
  }),
  waiting: sqsJobQueue(sqs, { queueUrl: config.WAITING_QUEUE_URL }),
  clock: systemClock,
  random: systemRandom,
  log: createLog('deadletter'),
  retentionMs: config.RETENTION_DAYS,
};

/** The dead-letter queue's event source. */
export const handler: SQSHandler = (event) =>
  processBatch(event, (delivery) => resolveDeadLetter(delivery, deps), deps);
