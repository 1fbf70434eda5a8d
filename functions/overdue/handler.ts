import type { Context } from 'aws-lambda';
import { holdSuspended } from '../../shared/admission/hold-suspended.ts';
import { lookForStuck } from '../../shared/admission/look-for-stuck.ts';
import { wakeLines } from '../../shared/admission/wake-lines.ts';
import { wakeOverdue } from '../../shared/admission/wake-overdue.ts';
import { wakePaused } from '../../shared/admission/wake-paused.ts';
import { dynamoDbClient, sqsClient, systemClock } from '../../shared/aws/clients/clients.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { sqsEndpointTryQueue } from '../../shared/aws/queues/notification-queue.ts';
import { sqsPointerQueue } from '../../shared/aws/queues/pointer-queue.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbDueList } from '../../shared/aws/records/due-list.ts';
import { dynamoDbBreakers } from '../../shared/aws/records/endpoint-store.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbOpenJobs } from '../../shared/aws/records/open-jobs.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { dynamoDbTriedEndpoints } from '../../shared/aws/records/tried-endpoints.ts';
import { dynamoDbWorkPlaces } from '../../shared/aws/records/work-places.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { passStateIn } from '../../shared/domain/state/waits/pass-state.ts';
import { findLostTries } from '../../shared/notify/find-lost-tries.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const [dynamoDb, sqs] = [dynamoDbClient(), sqsClient()];
const deps = {
  access: dynamoDbAccessStore(dynamoDb, env),
  store: dynamoDbJobStore(dynamoDb, env),
  due: dynamoDbDueList(dynamoDb, env),
  open: dynamoDbOpenJobs(dynamoDb, env),
  pass: passStateIn(dynamoDbRecords(dynamoDb, env)),
  pauses: pausesIn(dynamoDbRecords(dynamoDb, env)),
  workPlaces: dynamoDbWorkPlaces(dynamoDb, env),
  pointers: sqsPointerQueue(sqs, env),
  endpoints: dynamoDbBreakers(dynamoDb, env),
  tried: dynamoDbTriedEndpoints(dynamoDb, env),
  tries: sqsEndpointTryQueue(sqs, env),
  clock: systemClock,
  log: createLog('overdue', process.env),
};

/** For calls that are under way. */
const reserveMs = 10_000;

/**
 * Looks at the jobs that wait, and that nothing has brought back, or whose pause has ended, at the lines of jobs that
 * wait for a place, and at endpoints that nobody tries any more; once a day, at all jobs that have not ended.
 */
export async function handler(
  _event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<void> {
  const deadline = systemClock.now() + context.getRemainingTimeInMillis() - reserveMs;
  const looks = await Promise.allSettled([
    wakeOverdue(deadline, deps),
    holdSuspended(deps),
    wakePaused(deadline, deps),
    wakeLines(deadline, deps),
    findLostTries(deadline, deps),
    lookForStuck(deadline, deps),
  ]);
  for (const one of looks) if (one.status === 'rejected') throw one.reason;
}
