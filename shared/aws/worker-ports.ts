import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Contracts } from '../author/contract.ts';
import type { Log } from '../domain/base/ports.ts';
import { dayMs } from '../domain/base/schedule-time.ts';
import { ErrorGrouping } from '../domain/state/error-grouping.ts';
import { RecentPauses } from '../domain/state/recent-pauses.ts';
import { dynamoDbBatches } from './batch-store.ts';
import type * as capabilities from './capabilities.ts';
import { systemClock, systemRandom } from './clients.ts';
import type { EnvironmentOf, Granted } from './environment.ts';
import { dynamoDbErrorGroups } from './error-groups.ts';
import { sqsJobQueue, sqsReceivedQueue } from './job-queue.ts';
import { dynamoDbJobStoreWithMessages } from './job-store.ts';
import { s3MultipartUploads } from './multipart-uploads.ts';
import { sqsNotificationQueue } from './notification-queue.ts';
import { s3ObjectStore } from './object-store.ts';
import { dynamoDbPauses } from './pauses.ts';
import { sqsPointerQueue } from './pointer-queue.ts';
import { dynamoDbStartRates } from './start-rates.ts';
import { dynamoDbWorkPlaces } from './work-places.ts';

type Capabilities = typeof capabilities;
type Environment = EnvironmentOf<
  Pick<
    Capabilities,
    | 'jobRetention'
    | 'jobTableWithMessages'
    | 'leases'
    | 'notifyEnds'
    | 'quarantine'
    | 'saveStates'
    | 'workPlaces'
    | 'writeResults'
  >
> &
  (Granted<Capabilities['sendToWaiting']> | Granted<Capabilities['jobQueues']>);

interface Given {
  readonly contracts: Contracts;
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
  readonly log: Log;
}

/**
 * What every worker has, whatever types it runs.
 * @returns the ports, and those of a worker that receives from one queue
 */
export function workerPorts(env: Environment, { contracts, sqs, dynamoDb, log }: Given) {
  const keeping = { objects: s3ObjectStore(env), clock: systemClock, random: systemRandom, log };
  const retentionMs = env.RETENTION_DAYS * dayMs;
  const keepChildrenMs = env.KEEP_CHILDREN_DAYS * dayMs;
  const groups = dynamoDbErrorGroups(dynamoDb, env, Math.max(retentionMs, keepChildrenMs));
  const worker = {
    ...keeping,
    store: dynamoDbJobStoreWithMessages(dynamoDb, env, keeping),
    waiting: sqsJobQueue(sqs, { queueUrl: env.WAITING_QUEUE_URL }),
    pointers: sqsPointerQueue(sqs, env),
    batches: dynamoDbBatches(dynamoDb, env),
    notifications: sqsNotificationQueue(sqs, env),
    grouping: new ErrorGrouping({ ...keeping, groups }),
    contracts,
    multipart: s3MultipartUploads(env),
    leaseMs: env.LEASE_SECONDS * 1000,
    heartbeatMs: env.HEARTBEAT_SECONDS * 1000,
    retentionMs,
    keepChildrenMs,
    unknownTypeMs: env.UNKNOWN_TYPE_HOURS * 3600_000,
    spawnAllowance: env.SPAWN_ALLOWANCE,
    pauses: new RecentPauses({ pauses: dynamoDbPauses(dynamoDb, env), clock: systemClock }),
    startRates: dynamoDbStartRates(dynamoDb, env),
    workPlaces: dynamoDbWorkPlaces(dynamoDb, env),
    keepsLogs: env.KEEP_LOGS === 'true',
  };
  const workerOn = (queueUrl: string) => ({
    ...worker,
    queue: sqsReceivedQueue(sqs, queueUrl, env),
  });
  return { worker, workerOn };
}
