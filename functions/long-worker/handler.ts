import type { SQSHandler } from 'aws-lambda';
import type { JobActions } from '../../job-types/bulk-action/handler.ts';
import { contracts } from '../../job-types/contracts.ts';
import { aggregatorOf } from '../../job-types/emr-aggregate/adapter.ts';
import { longHandlers } from '../../job-types/handlers/long.ts';
import { standardHandlers } from '../../job-types/handlers/standard.ts';
import { sesMailer } from '../../job-types/send-email/adapter.ts';
import { transcoderOf } from '../../job-types/transcode-video/adapter.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dayMs, parseConfig } from '../../shared/aws/config.ts';
import { dynamoDbJobList } from '../../shared/aws/job-list.ts';
import { sourceOf, sqsJobQueue, sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { s3MultipartUploads } from '../../shared/aws/multipart-uploads.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import { keepMessagesInObjects } from '../../shared/job/kept-messages.ts';
import { readMailRules } from '../../shared/job/mail-rules.ts';
import { setupValuesIn } from '../../shared/job/stage-setup.ts';
import { actOnJob } from '../../shared/operations/act-on-job.ts';
import { listJobs } from '../../shared/operations/list-jobs.ts';
import type { WorkerDependencies } from '../../shared/worker/before-claim.ts';
import { invocationOf } from '../../shared/worker/invocation.ts';
import { processDelivery } from '../../shared/worker/process-delivery.ts';
import { configSchema } from './config.ts';

const config = parseConfig(configSchema, process.env);
const sqs = sqsClient();
const queueUrls = [config.LONG_QUEUE_URL, config.ORDERED_QUEUE_URL];
const dynamoDb = dynamoDbClient();
const queues = sqsJobQueues(sqs, config);
const keeping = {
  objects: s3ObjectStore(config),
  clock: systemClock,
  random: systemRandom,
  log: createLog('long-worker'),
};
const common = {
  ...keeping,
  store: keepMessagesInObjects(dynamoDbJobStore(dynamoDb, config.TABLE_NAME), keeping),
  waiting: queues.waiting,
  notifications: sqsNotificationQueue(sqs, config.NOTIFY_QUEUE_URL),
  multipart: s3MultipartUploads(config),
  contracts,
  retentionMs: config.RETENTION_DAYS * dayMs,
};
const listing = { list: dynamoDbJobList(dynamoDb, config.TABLE_NAME), listShards: config.LIST_SHARDS };
const acting = { ...common, queues, ordered: queues.ordered };
const jobActions: JobActions = {
  list: (request) => listJobs(request, listing),
  act: (action, seen) => actOnJob(action, seen, acting),
};
const mailing = {
  mailer: sesMailer({ from: config.MAIL_FROM }),
  rules: readMailRules(config.MAIL_TO).rules,
};
const setup = setupValuesIn(config.SETUP);
const given = (name: string): string => setup.get(name) ?? '';
const transcoder = transcoderOf({
  role: given('transcodeRole'),
  queue: given('transcodeQueue'),
  bucket: config.BUCKET_NAME,
});
const aggregator = aggregatorOf({
  application: given('emrApplication'),
  role: given('emrRole'),
  bucket: config.BUCKET_NAME,
  objects: keeping.objects,
});
const shared: Omit<WorkerDependencies, 'queue'> = {
  ...common,
  otherRunQueues: {},
  // A job of a group runs from the ordered queue, whatever its type.
  handlers: { ...standardHandlers, ...longHandlers({ jobActions, mailing, transcoder, aggregator }) },
  leaseMs: config.LEASE_SECONDS * 1000,
  heartbeatMs: config.HEARTBEAT_SECONDS * 1000,
  // The visibility timeout of its queues is an hour and a half.
  changeVisibilityBeforeClaim: true,
};

/** Processes the jobs of the long and of the ordered queue, one an invocation. */
export const handler: SQSHandler = async (event, context) => {
  const queueUrl = sourceOf(event, queueUrls);
  const queue = sqsJobQueue(sqs, { queueUrl, quarantineUrl: config.QUARANTINE_QUEUE_URL });
  const deps = { ...shared, queue };
  const invocation = invocationOf(context, event.Records, deps.clock);
  return processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
};
