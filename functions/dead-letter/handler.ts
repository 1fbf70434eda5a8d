import type { SQSEvent, SQSHandler } from 'aws-lambda';
import { dynamoDbBatches } from '../../shared/aws/batch-store.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { EmfMeters, flushed } from '../../shared/aws/emf-meters.ts';
import { dynamoDbErrorGroups } from '../../shared/aws/error-groups.ts';
import { sourceOf, sqsJobQueue, sqsReceivedQueue } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStoreWithMessages } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/lean-logger.ts';
import { sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { s3ObjectStore } from '../../shared/aws/object-store.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import { queueFunction } from '../../shared/aws/queue-function.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { processDeliveries } from '../../shared/delivery/process-deliveries.ts';
import { type DeadLetterDependencies, resolveDeadLetter } from '../../shared/delivery/resolve-dead-letter.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import { ErrorGrouping } from '../../shared/domain/state/error-grouping.ts';
import * as uses from './uses.ts';

/** Empties both dead-letter queues. */
export const handler: SQSHandler = await queueFunction(
  { name: 'dead-letter', queues: ['dead-letter'], uses, environment: process.env },
  async (env) => {
    const [dynamoDb, sqs] = [dynamoDbClient(), sqsClient()];
    const meters = new EmfMeters(env);
    const retentionMs = env.RETENTION_DAYS * dayMs;
    const keepChildrenMs = env.KEEP_CHILDREN_DAYS * dayMs;
    const queueUrls = [env.DEAD_LETTER_QUEUE_URL, env.ORDERED_DEAD_LETTER_QUEUE_URL];
    const keeping = {
      objects: s3ObjectStore(env),
      clock: systemClock,
      random: systemRandom,
      log: createLog('dead-letter', process.env),
    };
    const store = dynamoDbJobStoreWithMessages(dynamoDb, env, keeping);
    const pointers = sqsPointerQueue(sqs, env);
    const batches = dynamoDbBatches(dynamoDb, env);
    const groups = dynamoDbErrorGroups(dynamoDb, env, Math.max(retentionMs, keepChildrenMs));
    const shared: Omit<DeadLetterDependencies, 'queue'> = {
      ...keeping,
      meter: meters.on('dead-letter'),
      store,
      family: new ParentNotifier({ ...keeping, store, pointers, batches, keepChildrenMs }),
      waiting: sqsJobQueue(sqs, { queueUrl: env.WAITING_QUEUE_URL }),
      pointers,
      notifications: sqsNotificationQueue(sqs, env),
      grouping: new ErrorGrouping({ ...keeping, groups }),
      retentionMs,
      keepChildrenMs,
    };

    return flushed(meters, async (event: SQSEvent) => {
      const queueUrl = sourceOf(event, queueUrls);
      const queue = sqsReceivedQueue(sqs, queueUrl, env);
      const deps = { ...shared, queue };
      return processDeliveries(event, (delivery) => resolveDeadLetter(delivery, deps), deps);
    });
  },
);
