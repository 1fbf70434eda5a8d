import type { SQSHandler } from 'aws-lambda';
import { contracts } from '#job-types/contracts.ts';
import { standardHandlers } from '#job-types/handlers/standard.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { sqsJobQueue, sqsReceivedQueue } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStoreWithMessages } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { s3MultipartUploads } from '../../shared/aws/multipart-uploads.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import type { WorkerDependencies } from '../../shared/worker/before-claim.ts';
import { invocationOf } from '../../shared/worker/invocation.ts';
import { processDelivery } from '../../shared/worker/process-delivery.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const sqs = sqsClient();
const keeping = {
  objects: s3ObjectStore(env),
  clock: systemClock,
  random: systemRandom,
  log: createLog('worker'),
};
const deps: WorkerDependencies = {
  ...keeping,
  store: dynamoDbJobStoreWithMessages(dynamoDbClient(), env, keeping),
  queue: sqsReceivedQueue(sqs, env.STANDARD_QUEUE_URL, env),
  waiting: sqsJobQueue(sqs, { queueUrl: env.WAITING_QUEUE_URL }),
  pointers: sqsPointerQueue(sqs, env),
  notifications: sqsNotificationQueue(sqs, env),
  otherRunQueues: {
    long: sqsJobQueue(sqs, { queueUrl: env.LONG_QUEUE_URL }),
    server: sqsJobQueue(sqs, { queueUrl: env.SERVER_QUEUE_URL }),
  },
  multipart: s3MultipartUploads(env),
  contracts,
  handlers: standardHandlers,
  leaseMs: env.LEASE_SECONDS * 1000,
  heartbeatMs: env.HEARTBEAT_SECONDS * 1000,
  // Most of its jobs end before the first heartbeat: they are spared the call.
  changeVisibilityBeforeClaim: false,
  retentionMs: env.RETENTION_DAYS * dayMs,
};

/** Processes the jobs of the standard queue. */
export const handler: SQSHandler = async (event, context) => {
  const invocation = invocationOf(context, event.Records, deps.clock);
  return processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
};
