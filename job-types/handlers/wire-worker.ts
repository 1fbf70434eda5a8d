import type * as z from 'zod/mini';
import { contracts } from '#job-types/contracts.ts';
import type { dynamoDbClient, sqsClient } from '../../shared/aws/clients.ts';
import { systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dayMs, type everyTypeKeys } from '../../shared/aws/config.ts';
import { dynamoDbJobList } from '../../shared/aws/job-list.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { sesMailer } from '../../shared/aws/mailer.ts';
import { s3MultipartUploads } from '../../shared/aws/multipart-uploads.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { readMailRules } from '../../shared/domain/notify/mail-rules.ts';
import { setupValuesIn } from '../../shared/domain/notify/stage-setup.ts';
import { keepMessagesInObjects } from '../../shared/domain/state/kept-messages.ts';
import { actOnJob } from '../../shared/operations/act-on-job.ts';
import { listJobs } from '../../shared/operations/list-jobs.ts';
import type { JobActions } from '../bulk-action/handler.ts';
import type { LongDependencies } from './long.ts';

type Config = z.infer<z.ZodMiniObject<typeof everyTypeKeys>>;

interface Given {
  readonly config: Config;
  readonly sqs: ReturnType<typeof sqsClient>;
  readonly dynamoDb: ReturnType<typeof dynamoDbClient>;
  readonly log: Log;
}

/** What a worker of every type has beside its queue and its handlers, and what the handlers of the long queue are given. */
export function wireWorker({ config, sqs, dynamoDb, log }: Given) {
  const queues = sqsJobQueues(sqs, config);
  const keeping = { objects: s3ObjectStore(config), clock: systemClock, random: systemRandom, log };
  const worker = {
    ...keeping,
    store: keepMessagesInObjects(dynamoDbJobStore(dynamoDb, config.TABLE_NAME), keeping),
    waiting: queues.waiting,
    pointers: sqsPointerQueue(sqs, config.WAITING_QUEUE_URL),
    notifications: sqsNotificationQueue(sqs, config.NOTIFY_QUEUE_URL),
    multipart: s3MultipartUploads(config),
    contracts,
    leaseMs: config.LEASE_SECONDS * 1000,
    heartbeatMs: config.HEARTBEAT_SECONDS * 1000,
    retentionMs: config.RETENTION_DAYS * dayMs,
  };
  const listing = { list: dynamoDbJobList(dynamoDb, config.TABLE_NAME), listShards: config.LIST_SHARDS };
  const acting = { ...worker, queues, ordered: queues.ordered };
  const jobActions: JobActions = {
    list: (request) => listJobs(request, listing),
    act: (action, seen) => actOnJob(action, seen, acting),
  };
  const setup = setupValuesIn(config.SETUP);
  const given: LongDependencies = {
    jobActions,
    mailing: { mailer: sesMailer({ from: config.MAIL_FROM }), rules: readMailRules(config.MAIL_TO).rules },
    setup: (name) => setup.get(name) ?? '',
    bucket: config.BUCKET_NAME,
    objects: keeping.objects,
  };
  return { worker, queues, given };
}
