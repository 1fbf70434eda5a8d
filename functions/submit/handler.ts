import { dynamoDbClient, sqsClient } from '../../shared/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts';
import { sqsQueues } from '../../shared/adapters/sqs-queues.ts';
import { systemClock, systemRandom } from '../../shared/adapters/system.ts';
import { parseConfig } from '../../shared/config.ts';
import { httpHandler, jsonResponse, statusUrlOf } from '../../shared/http.ts';
import { retryAfterSeconds, toJobResponse } from '../../shared/job-response.ts';
import { createLog } from '../../shared/logger.ts';
import { configSchema } from './config.ts';
import { parseSubmission } from './parse-submission.ts';
import { submitJob } from './submit-job.ts';

const config = parseConfig(configSchema, process.env);
const log = createLog('submit');
const deps = {
  store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME),
  queues: sqsQueues(sqsClient(), config),
  clock: systemClock,
  random: systemRandom,
  jobIdSecret: config.JOB_ID_SECRET,
};

/** `POST /jobs` */
export const handler = httpHandler(log, async (request) => {
  const { job, replayed } = await submitJob(parseSubmission(request), deps);
  log.info('job accepted', { jobId: job.id, type: job.type, replayed });
  const statusUrl = statusUrlOf(request, job.id);
  return jsonResponse(202, toJobResponse(job, statusUrl), {
    location: statusUrl,
    'retry-after': String(retryAfterSeconds(job, deps.clock.now()) ?? 0),
    ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
  });
});
