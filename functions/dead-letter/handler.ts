import type { SQSHandler } from 'aws-lambda';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dayMs, parseConfig } from '../../shared/aws/config.ts';
import { sourceOf, sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import { type DeadLetterDependencies, resolveDeadLetter } from '../../shared/delivery/resolve-dead-letter.ts';
import { keepMessagesInObjects } from '../../shared/domain/state/kept-messages.ts';
import { configSchema } from './config.ts';

const config = parseConfig(configSchema, process.env);
const sqs = sqsClient();
const queueUrls = [config.DEAD_LETTER_QUEUE_URL, config.ORDERED_DEAD_LETTER_QUEUE_URL];
const keeping = {
  objects: s3ObjectStore(config),
  clock: systemClock,
  random: systemRandom,
  log: createLog('dead-letter'),
};
const shared: Omit<DeadLetterDependencies, 'queue'> = {
  ...keeping,
  store: keepMessagesInObjects(dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME), keeping),
  waiting: sqsJobQueue(sqs, { queueUrl: config.WAITING_QUEUE_URL }),
  notifications: sqsNotificationQueue(sqs, config.NOTIFY_QUEUE_URL),
  retentionMs: config.RETENTION_DAYS * dayMs,
};

/** Empties both dead-letter queues. */
export const handler: SQSHandler = async (event) => {
  const queueUrl = sourceOf(event, queueUrls);
  const queue = sqsJobQueue(sqs, { queueUrl, quarantineUrl: config.QUARANTINE_QUEUE_URL });
  const deps = { ...shared, queue };
  return processBatch(event, (delivery) => resolveDeadLetter(delivery, deps), deps);
};
