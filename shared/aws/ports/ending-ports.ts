import { dayMs } from '../../domain/base/schedule-time.ts';
import { batchesIn } from '../../domain/children/batches.ts';
import { ErrorGrouping } from '../../domain/state/error-grouping.ts';
import { errorGroupsIn } from '../../domain/state/failures/error-groups.ts';
import type { Given } from '../clients/clients.ts';
import { s3ObjectStore } from '../objects/object-store.ts';
import { sqsJobQueue } from '../queues/job-queue.ts';
import { sqsNotificationQueue } from '../queues/notification-queue.ts';
import { sqsPointerQueue } from '../queues/pointer-queue.ts';
import { dynamoDbJobStoreWithMessages } from '../records/job-store.ts';
import { dynamoDbRecords } from '../records/records.ts';
import type * as endingUses from '../uses/ending-uses.ts';
import type { EnvironmentOf } from '../uses/environment.ts';

/** The ports that come with ending-uses.ts. */
export function endingPorts(
  env: EnvironmentOf<typeof endingUses>,
  { dynamoDb, sqs, clock, random, log }: Given,
) {
  const keeping = { objects: s3ObjectStore(env), clock, random, log };
  const retentionMs = env.RETENTION_DAYS * dayMs;
  const keepChildrenMs = env.KEEP_CHILDREN_DAYS * dayMs;
  const groups = errorGroupsIn(dynamoDbRecords(dynamoDb, env), Math.max(retentionMs, keepChildrenMs));
  return {
    ...keeping,
    retentionMs,
    keepChildrenMs,
    batches: batchesIn(dynamoDbRecords(dynamoDb, env)),
    grouping: new ErrorGrouping({ ...keeping, groups }),
    notifications: sqsNotificationQueue(sqs, env),
    pointers: sqsPointerQueue(sqs, env),
    store: dynamoDbJobStoreWithMessages(dynamoDb, env, keeping),
    waiting: sqsJobQueue(sqs, { queueUrl: env.WAITING_QUEUE_URL }),
  };
}
