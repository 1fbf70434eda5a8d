import type { SQSHandler } from 'aws-lambda';
import { contracts } from '#job-types/contracts.ts';
import { standardHandlers } from '#job-types/handlers/standard.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dayMs, parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { s3MultipartUploads } from '../../shared/aws/multipart-uploads.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import { keepMessagesInObjects } from '../../shared/domain/state/kept-messages.ts';
import type { WorkerDependencies } from '../../shared/worker/before-claim.ts';
import { invocationOf } from '../../shared/worker/invocation.ts';
import { processDelivery } from '../../shared/worker/process-delivery.ts';
import { configSchema } from './config.ts';

const config = parseConfig(configSchema, process.env);
const sqs = sqsClient();
const keeping = {
  objects: s3ObjectStore(config),
  clock: systemClock,
  random: systemRandom,
  log: createLog('worker'),
};
const deps: WorkerDependencies = {
  ...keeping,
  store: keepMessagesInObjects(dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME), keeping),
  queue: sqsJobQueue(sqs, {
    queueUrl: config.STANDARD_QUEUE_URL,
    quarantineUrl: config.QUARANTINE_QUEUE_URL,
  }),
  waiting: sqsJobQueue(sqs, { queueUrl: config.WAITING_QUEUE_URL }),
  pointers: sqsPointerQueue(sqs, config.WAITING_QUEUE_URL),
  notifications: sqsNotificationQueue(sqs, config.NOTIFY_QUEUE_URL),
  otherRunQueues: {
    long: sqsJobQueue(sqs, { queueUrl: config.LONG_QUEUE_URL }),
    server: sqsJobQueue(sqs, { queueUrl: config.SERVER_QUEUE_URL }),
  },
  multipart: s3MultipartUploads(config),
  contracts,
  handlers: standardHandlers,
  leaseMs: config.LEASE_SECONDS * 1000,
  heartbeatMs: config.HEARTBEAT_SECONDS * 1000,
  // Most of its jobs end before the first heartbeat: they are spared the call.
  changeVisibilityBeforeClaim: false,
  retentionMs: config.RETENTION_DAYS * dayMs,
};

/** Processes the jobs of the standard queue. */
export const handler: SQSHandler = async (event, context) => {
  const invocation = invocationOf(context, event.Records, deps.clock);
  return processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
};
