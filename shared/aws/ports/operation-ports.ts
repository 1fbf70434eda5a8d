import { endedCredentialsIn } from '../../domain/access/ended-credentials.ts';
import { startedActionsIn } from '../../domain/access/started-actions.ts';
import { dayMs } from '../../domain/base/schedule-time.ts';
import { batchesIn } from '../../domain/children/batches.ts';
import { logSearchesIn } from '../../domain/observe/log-searches.ts';
import { pausedSchedulesIn } from '../../domain/schedules/paused-schedules.ts';
import type { Given } from '../clients/clients.ts';
import { s3ObjectSigner } from '../objects/object-signer.ts';
import { s3ObjectStore } from '../objects/object-store.ts';
import { s3SourceMaps } from '../objects/source-maps.ts';
import { insightsLogQueries } from '../observe/log-queries.ts';
import { sqsGroupQueue, sqsJobQueue } from '../queues/job-queue.ts';
import { sqsNotificationQueue } from '../queues/notification-queue.ts';
import { queueFigures } from '../queues/queue-figures.ts';
import { dynamoDbErrorGroupList } from '../records/error-group-list.ts';
import { dynamoDbJobList } from '../records/job-list.ts';
import type { EnvironmentOf } from '../uses/environment.ts';
import type * as operationUses from '../uses/operation-uses.ts';
import { doorPorts } from './door-ports.ts';

/** The ports that come with operation-uses.ts. */
export function operationPorts(env: EnvironmentOf<typeof operationUses>, given: Given) {
  const { dynamoDb, sqs, log } = given;
  const door = doorPorts(env, given);
  return {
    ...door,
    batches: batchesIn(door.records),
    ended: endedCredentialsIn(door.records),
    errorGroups: dynamoDbErrorGroupList(dynamoDb, env),
    figures: queueFigures(env, { sqs, clock: given.clock, log }),
    keepChildrenMs: env.KEEP_CHILDREN_DAYS * dayMs,
    list: dynamoDbJobList(dynamoDb, env),
    logs: insightsLogQueries(env),
    notifications: sqsNotificationQueue(sqs, env),
    objects: s3ObjectStore(env),
    ordered: sqsGroupQueue(sqs, env),
    paused: pausedSchedulesIn(door.records),
    queues: { ...door.queues, bulk: sqsJobQueue(sqs, { queueUrl: env.BULK_QUEUE_URL }) },
    retentionMs: env.RETENTION_DAYS * dayMs,
    searches: logSearchesIn(door.records),
    signer: s3ObjectSigner(env),
    sourceMaps: s3SourceMaps(env, log),
    started: startedActionsIn(door.records),
  };
}
