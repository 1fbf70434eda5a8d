import { contracts } from '../../job-types/contracts.ts';
import { dynamoDbClient, sqsClient, systemClock } from '../../shared/aws/clients.ts';
import { dayMs, parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { toJobResponse } from '../../shared/http/job-response.ts';
import {
  type HttpRequest,
  httpHandler,
  jobOf,
  jsonResponse,
  statusUrlOf,
} from '../../shared/http/respond.ts';
import { isTerminal } from '../../shared/job/transitions.ts';
import { cancelJob } from '../../shared/operations/cancel-job.ts';
import { retryJob } from '../../shared/operations/retry-job.ts';
import { configSchema } from './config.ts';

const config = parseConfig(configSchema, process.env);
const log = createLog('control');
const queues = sqsJobQueues(sqsClient(), config);
const deps = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  queues,
  waiting: queues.waiting,
  ordered: queues.ordered,
  contracts,
  clock: systemClock,
  log,
  retentionMs: config.RETENTION_DAYS * dayMs,
};

/** `POST /jobs/{id}/cancel`: 200 if the job is canceled, 202 if its worker has yet to stop. */
async function cancel(request: HttpRequest) {
  const job = await cancelJob(jobOf(request), deps);
  const status = isTerminal(job.status) ? 200 : 202;
  return jsonResponse(status, toJobResponse(job, statusUrlOf(request, job.id)));
}

/** `POST /jobs/{id}/retry`: 202. */
async function retry(request: HttpRequest) {
  const job = await retryJob(jobOf(request), deps);
  const statusUrl = statusUrlOf(request, job.id);
  return jsonResponse(202, toJobResponse(job, statusUrl), { location: statusUrl });
}

/** Both routes of the function: the last part of the path tells them apart. */
export const handler = httpHandler(log, (request) =>
  request.rawPath.endsWith('/retry') ? retry(request) : cancel(request),
);
