import { contracts } from '../../job-types/contracts.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { retryAfterSeconds, toJobResponse } from '../../shared/http/job-response.ts';
import { httpHandler, jsonResponse, statusUrlOf } from '../../shared/http/respond.ts';
import { submitJob } from '../../shared/operations/submit-job.ts';
import { configSchema } from './config.ts';
import { parseSubmission } from './parse-submission.ts';

const config = parseConfig(configSchema, process.env);
const log = createLog('submit');
const deps = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  queues: sqsJobQueues(sqsClient(), config),
  contracts,
  clock: systemClock,
  random: systemRandom,
  jobIdSecret: config.JOB_ID_SECRET,
};

/** `POST /jobs` */
export const handler = httpHandler(log, async (request) => {
  const { job, replayed } = await submitJob(parseSubmission(request, contracts), deps);
  log.info('job accepted', { jobId: job.id, type: job.type, replayed });
  const statusUrl = statusUrlOf(request, job.id);
  return jsonResponse(202, toJobResponse(job, statusUrl), {
    location: statusUrl,
    'retry-after': String(retryAfterSeconds(job, deps.clock.now()) ?? 0),
    ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
  });
});
