import { dynamoDbClient, sqsClient } from '../../shared/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts';
import { sqsQueues } from '../../shared/adapters/sqs-queues.ts';
import { systemClock } from '../../shared/adapters/system.ts';
import { parseConfig } from '../../shared/config.ts';
import { httpHandler, jobOf, jsonResponse, statusUrlOf } from '../../shared/http.ts';
import { toJobResponse } from '../../shared/job-response.ts';
import { createLog } from '../../shared/logger.ts';
import { cancelJob } from './cancel-job.ts';
import { configSchema } from './config.ts';
import { retryJob } from './retry-job.ts';

const config = parseConfig(configSchema, process.env);
const log = createLog('control');
const queues = sqsQueues(sqsClient(), config);
const deps = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  queues,
  waiting: queues.waiting,
  ordered: queues.ordered,
  clock: systemClock,
  log,
  retentionMs: config.RETENTION_DAYS,
};

/** `POST /jobs/{id}/cancel`: 200 if the job is canceled, 202 if its worker has yet to stop. */
export const cancel = httpHandler(log, async (request) => {
  const job = await cancelJob(jobOf(request), deps);
  return jsonResponse(
    job.status === 'canceled' ? 200 : 202,
    toJobResponse(job, statusUrlOf(request, job.id)),
  );
});

/** `POST /jobs/{id}/retry`: 202. */
export const retry = httpHandler(log, async (request) => {
  const job = await retryJob(jobOf(request), deps);
  const statusUrl = statusUrlOf(request, job.id);
  return jsonResponse(202, toJobResponse(job, statusUrl), { location: statusUrl });
});
