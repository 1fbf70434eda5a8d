import { dynamoDbAccessStore } from './access-store.ts';
import type { Given } from './clients.ts';
import { dynamoDbDebounces } from './debounces.ts';
import type * as doorUses from './door-uses.ts';
import type { EnvironmentOf } from './environment.ts';
import { dynamoDbFirstTries } from './first-tries.ts';
import { dynamoDbJobCounts } from './job-counts.ts';
import { sqsJobQueues } from './job-queue.ts';
import { dynamoDbJobStore } from './job-store.ts';
import { stageKeepsPayload } from './keep-payload.ts';
import { orderedCounts } from './ordered-counts.ts';
import { dynamoDbPauses } from './pauses.ts';
import { sqsPointerQueue } from './pointer-queue.ts';
import { dynamoDbRates } from './rates.ts';

/** The ports that come with door-uses.ts. */
export const doorPorts = (
  env: EnvironmentOf<typeof doorUses>,
  { dynamoDb, sqs, clock, random, log }: Given,
) => ({
  clock,
  random,
  log,
  accessStore: dynamoDbAccessStore(dynamoDb, env),
  rates: dynamoDbRates(dynamoDb, env),
  jobCounts: dynamoDbJobCounts(dynamoDb, env),
  pauses: dynamoDbPauses(dynamoDb, env),
  store: dynamoDbJobStore(dynamoDb, env),
  firstTries: dynamoDbFirstTries(dynamoDb, env),
  debounces: dynamoDbDebounces(dynamoDb, env),
  pointers: sqsPointerQueue(sqs, env),
  queues: sqsJobQueues(sqs, env),
  countOrdered: orderedCounts(sqs, env),
  keepPayload: stageKeepsPayload(env, { clock, random }),
  listShards: env.LIST_SHARDS,
  retentionDays: env.RETENTION_DAYS,
  uploadRetentionDays: env.UPLOAD_RETENTION_DAYS,
});
