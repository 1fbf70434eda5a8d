import { endedCredentialsIn } from '../domain/access/ended-credentials.ts';
import { startedActionsIn } from '../domain/access/started-actions.ts';
import { dayMs } from '../domain/base/schedule-time.ts';
import { batchesIn } from '../domain/children/batches.ts';
import { logSearchesIn } from '../domain/observe/log-searches.ts';
import { pausedSchedulesIn } from '../domain/schedules/paused-schedules.ts';
import type { Given } from './clients.ts';
import { doorPorts } from './door-ports.ts';
import type { EnvironmentOf } from './environment.ts';
import { dynamoDbErrorGroupList } from './error-group-list.ts';
import { dynamoDbJobList } from './job-list.ts';
import { insightsLogQueries } from './log-queries.ts';
import { sqsNotificationQueue } from './notification-queue.ts';
import { s3ObjectSigner } from './object-signer.ts';
import { s3ObjectStore } from './object-store.ts';
import type * as operationUses from './operation-uses.ts';
import { queueFigures } from './queue-figures.ts';
import { s3SourceMaps } from './source-maps.ts';

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
    ordered: door.queues.ordered,
    paused: pausedSchedulesIn(door.records),
    retentionMs: env.RETENTION_DAYS * dayMs,
    searches: logSearchesIn(door.records),
    signer: s3ObjectSigner(env),
    sourceMaps: s3SourceMaps(env, log),
    started: startedActionsIn(door.records),
  };
}
