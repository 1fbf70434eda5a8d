import type { SQSHandler } from 'aws-lambda';
import { dynamoDbClient, sqsClient } from '../../shared/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts';
import { sqsJobQueue } from '../../shared/adapters/sqs-job-queue.ts';
import { systemClock, systemRandom } from '../../shared/adapters/system.ts';
import { parseConfig } from '../../shared/config.ts';
import { createLog } from '../../shared/logger.ts';
import { processBatch } from '../../shared/process-batch.ts';
import { configSchema } from './config.ts';
import { invocationOf } from './invocation.ts';
import { works } from './jobs/catalog.ts';
import { processDelivery, type WorkerDependencies } from './process-delivery.ts';

const config = parseConfig(configSchema, process.env);
const sqs = sqsClient();
const deps: WorkerDependencies = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  queue: sqsJobQueue(sqs, {
    queueUrl: config.QUEUE_URL,
    deadLetterQueueUrl: config.DEAD_LETTER_QUEUE_URL,
  }),
  waiting: sqsJobQueue(sqs, { queueUrl: config.WAITING_QUEUE_URL }),
  clock: systemClock,
  random: systemRandom,
  log: createLog('worker'),
  works,
  leaseMs: config.LEASE_SECONDS,
  heartbeatMs: config.HEARTBEAT_SECONDS,
  hideBeforeClaim: config.HIDE_BEFORE_CLAIM,
  retentionMs: config.RETENTION_DAYS,
};

/** The event source of a run queue, whichever this function is deployed for. */
export const handler: SQSHandler = (event, context) => {
  const invocation = invocationOf(context, deps.clock);
  return processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
};
