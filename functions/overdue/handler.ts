import type { Context } from 'aws-lambda';
import { type WakeOverdueDependencies, wakeOverdue } from '../../shared/admission/wake-overdue.ts';
import { dynamoDbClient, sqsClient, systemClock } from '../../shared/aws/clients.ts';
import { dynamoDbDueList } from '../../shared/aws/due-list.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const dynamoDb = dynamoDbClient();
const deps: WakeOverdueDependencies = {
  store: dynamoDbJobStore(dynamoDb, env),
  due: dynamoDbDueList(dynamoDb, env),
  pointers: sqsPointerQueue(sqsClient(), env),
  clock: systemClock,
  log: createLog('overdue', process.env),
};

/** For calls that are under way. */
const reserveMs = 10_000;

/** Looks at the jobs that wait, and that nothing has brought back. */
export const handler = (_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> =>
  wakeOverdue(systemClock.now() + context.getRemainingTimeInMillis() - reserveMs, deps);
