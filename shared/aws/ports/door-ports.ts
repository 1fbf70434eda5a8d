import { ratesIn } from '../../domain/access/rates.ts';
import { debouncesIn } from '../../domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../domain/state/limits/first-tries.ts';
import { pausesIn } from '../../domain/state/limits/pauses.ts';
import type { Given } from '../clients/clients.ts';
import { stageKeepsPayload } from '../objects/keep-payload.ts';
import { noBulkActions, sqsJobQueues } from '../queues/job-queue.ts';
import { orderedCounts } from '../queues/ordered-counts.ts';
import { sqsPointerQueue } from '../queues/pointer-queue.ts';
import { dynamoDbAccessStore } from '../records/access-store.ts';
import { dynamoDbJobCounts } from '../records/job-counts.ts';
import { dynamoDbJobStore } from '../records/job-store.ts';
import { dynamoDbRecords } from '../records/records.ts';
import type * as doorUses from '../uses/door-uses.ts';
import type { EnvironmentOf } from '../uses/environment.ts';

/** The ports that come with door-uses.ts. */
export function doorPorts(env: EnvironmentOf<typeof doorUses>, { dynamoDb, sqs, clock, random, log }: Given) {
  const records = dynamoDbRecords(dynamoDb, env);
  return {
    clock,
    random,
    log,
    records,
    accessStore: dynamoDbAccessStore(dynamoDb, env),
    rates: ratesIn(records),
    jobCounts: dynamoDbJobCounts(dynamoDb, env),
    pauses: pausesIn(records),
    store: dynamoDbJobStore(dynamoDb, env),
    firstTries: firstTriesIn(records),
    debounces: debouncesIn(records),
    pointers: sqsPointerQueue(sqs, env),
    queues: { ...sqsJobQueues(sqs, env), bulk: noBulkActions },
    countOrdered: orderedCounts(sqs, env),
    keepPayload: stageKeepsPayload(env, { clock, random }),
    listShards: env.LIST_SHARDS,
    retentionDays: env.RETENTION_DAYS,
    uploadRetentionDays: env.UPLOAD_RETENTION_DAYS,
  };
}
