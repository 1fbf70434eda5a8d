import { contracts } from '#job-types/contracts.ts';
import type { dynamoDbClient, sqsClient } from '../../shared/aws/clients.ts';
import { systemClock, systemRandom } from '../../shared/aws/clients.ts';
import type { EnvironmentOf } from '../../shared/aws/environment.ts';
import { dynamoDbJobList } from '../../shared/aws/job-list.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStoreWithMessages } from '../../shared/aws/job-store.ts';
import { s3MultipartUploads } from '../../shared/aws/multipart-uploads.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import type * as workerUses from '../../shared/aws/worker-uses.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import { actOnJob } from '../../shared/operations/act-on-job.ts';
import { listJobs } from '../../shared/operations/list-jobs.ts';
import type { JobActions } from '../bulk-action/handler.ts';
import { mailingOf } from '../send-email/adapter.ts';
import type { LongDependencies } from './long.ts';

interface Given {
  readonly env: EnvironmentOf<typeof workerUses>;
  /** All of the process: job types have variables there, too. */
  readonly environment: NodeJS.ProcessEnv;
  readonly sqs: ReturnType<typeof sqsClient>;
  readonly dynamoDb: ReturnType<typeof dynamoDbClient>;
  readonly log: Log;
}

/** What a worker of every type has beside its queue and its handlers, and what the handlers of the long queue are given. */
export function wireWorker({ env, environment, sqs, dynamoDb, log }: Given) {
  const queues = sqsJobQueues(sqs, env);
  const keeping = { objects: s3ObjectStore(env), clock: systemClock, random: systemRandom, log };
  const worker = {
    ...keeping,
    store: dynamoDbJobStoreWithMessages(dynamoDb, env, keeping),
    waiting: queues.waiting,
    pointers: sqsPointerQueue(sqs, env),
    notifications: sqsNotificationQueue(sqs, env),
    multipart: s3MultipartUploads(env),
    contracts,
    leaseMs: env.LEASE_SECONDS * 1000,
    heartbeatMs: env.HEARTBEAT_SECONDS * 1000,
    retentionMs: env.RETENTION_DAYS * dayMs,
  };
  const listing = { list: dynamoDbJobList(dynamoDb, env), listShards: env.LIST_SHARDS };
  const acting = { ...worker, queues, ordered: queues.ordered };
  const jobActions: JobActions = {
    list: (request) => listJobs(request, listing),
    act: (action, seen) => actOnJob(action, seen, acting),
  };
  const given: LongDependencies = {
    jobActions,
    mailing: mailingOf(environment),
    environment,
    objects: keeping.objects,
  };
  return { worker, queues, given };
}
