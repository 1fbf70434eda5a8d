import type { SQSHandler } from 'aws-lambda';
import { contracts } from '#job-types/contracts.ts';
import { schedules as recurring } from '#job-types/schedules.ts';
import { type ArrivalDependencies, processArrival } from '../../shared/admission/process-arrival.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dayMs, parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { eventBridgeSchedules, schedulerClient } from '../../shared/aws/one-time-schedules.ts';
import { dynamoDbPausedSchedules } from '../../shared/aws/paused-schedules.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import { readTargets } from '../../shared/domain/notify/stage-setup.ts';
import { keepMessagesInObjects } from '../../shared/domain/state/kept-messages.ts';
import { configSchema } from './config.ts';

const config = parseConfig(configSchema, process.env);
const [dynamoDb, sqs] = [dynamoDbClient(), sqsClient()];
const queue = sqsJobQueue(sqs, {
  queueUrl: config.WAITING_QUEUE_URL,
  quarantineUrl: config.QUARANTINE_QUEUE_URL,
});
const keeping = {
  objects: s3ObjectStore(config),
  clock: systemClock,
  random: systemRandom,
  log: createLog('admission'),
};
const deps: ArrivalDependencies = {
  ...keeping,
  store: keepMessagesInObjects(dynamoDbJobStore(dynamoDb, config.TABLE_NAME), keeping),
  queue,
  waiting: queue,
  notifications: sqsNotificationQueue(sqs, config.NOTIFY_QUEUE_URL),
  runQueues: {
    standard: sqsJobQueue(sqs, { queueUrl: config.STANDARD_QUEUE_URL }),
    long: sqsJobQueue(sqs, { queueUrl: config.LONG_QUEUE_URL }),
    server: sqsJobQueue(sqs, { queueUrl: config.SERVER_QUEUE_URL }),
  },
  schedules: eventBridgeSchedules(schedulerClient(), {
    groupName: config.SCHEDULE_GROUP,
    roleArn: config.SCHEDULE_ROLE_ARN,
    targetArn: config.WAITING_QUEUE_ARN,
    deadLetterArn: config.DEAD_LETTER_QUEUE_ARN,
  }),
  contracts,
  recurring,
  paused: dynamoDbPausedSchedules(dynamoDb, config.TABLE_NAME),
  listShards: config.LIST_SHARDS,
  notify: readTargets(config.NOTIFY),
  retentionMs: config.RETENTION_DAYS * dayMs,
};

/** Holds back the jobs of the waiting queue until they may run, and makes those of recurring schedules. */
export const handler: SQSHandler = async (event) =>
  processBatch(event, (delivery) => processArrival(delivery, deps), deps);
