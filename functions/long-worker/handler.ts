import type { SQSHandler } from 'aws-lambda';
import { contracts } from '../../job-types/contracts.ts';
import { longHandlers } from '../../job-types/handlers/long.ts';
import { standardHandlers } from '../../job-types/handlers/standard.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dayMs, parseConfig } from '../../shared/aws/config.ts';
import { sourceOf, sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import type { WorkerDependencies } from '../../shared/worker/before-claim.ts';
import { invocationOf } from '../../shared/worker/invocation.ts';
import { processDelivery } from '../../shared/worker/process-delivery.ts';
import { configSchema } from './config.ts';

const config = parseConfig(configSchema, process.env);
const sqs = sqsClient();
const queueUrls = [config.LONG_QUEUE_URL, config.ORDERED_QUEUE_URL];
const shared: Omit<WorkerDependencies, 'queue'> = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  waiting: sqsJobQueue(sqs, { queueUrl: config.WAITING_QUEUE_URL }),
  otherRunQueues: {},
  clock: systemClock,
  random: systemRandom,
  log: createLog('long-worker'),
  contracts,
  // A job of a group runs from the ordered queue, whatever its type.
  handlers: { ...standardHandlers, ...longHandlers },
  leaseMs: config.LEASE_SECONDS * 1000,
  heartbeatMs: config.HEARTBEAT_SECONDS * 1000,
  // The visibility timeout of its queues is an hour and a half.
  changeVisibilityBeforeClaim: true,
  retentionMs: config.RETENTION_DAYS * dayMs,
};

/** Processes the jobs of the long and of the ordered queue, one an invocation. */
export const handler: SQSHandler = (event, context) => {
  const queueUrl = sourceOf(event, queueUrls);
  const queue = sqsJobQueue(sqs, { queueUrl, quarantineUrl: config.QUARANTINE_QUEUE_URL });
  const deps = { ...shared, queue };
  const invocation = invocationOf(context, event.Records, deps.clock);
  return processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
};
