import { contracts } from '../../job-types/contracts.ts';
import { dynamoDbAccessStore } from '../../shared/aws/access-store.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { derivedKey } from '../../shared/http/access/derived-key.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { httpFunction } from '../../shared/http/http-function.ts';
import { retryAfterSeconds, toJobResponse } from '../../shared/http/job-response.ts';
import { jobUrls } from '../../shared/http/job-urls.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import { submitJob } from '../../shared/operations/submit-job.ts';
import { configSchema } from './config.ts';
import { parseSubmission } from './parse-submission.ts';

const config = parseConfig(configSchema, process.env);
const dynamoDb = dynamoDbClient();
const log = createLog('submit');
const access = stageAccess(config, {
  store: dynamoDbAccessStore(dynamoDb, config.ACCESS_TABLE_NAME),
  clock: systemClock,
  log,
});
const deps = {
  store: dynamoDbJobStore(dynamoDb, config.TABLE_NAME),
  queues: sqsJobQueues(sqsClient(), config),
  contracts,
  clock: systemClock,
  random: systemRandom,
  listShards: config.LIST_SHARDS,
};

export const handler = httpFunction(
  'submit',
  {
    'POST /jobs': async (request, { tenant }) => {
      const submission = parseSubmission(request, { tenant, contracts });
      const root = await access.root.read();
      const jobIdSecret = derivedKey(root, 'jobId');
      const { job, replayed } = await submitJob(submission, { ...deps, jobIdSecret });
      log.info('job accepted', { jobId: job.id, type: job.type, replayed });
      const urls = jobUrls(request, job, { root, retentionDays: config.RETENTION_DAYS });
      return jsonResponse(202, toJobResponse(job, urls), {
        location: urls.statusUrl,
        'retry-after': String(retryAfterSeconds(job, deps.clock.now()) ?? 0),
        ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
      });
    },
  },
  { access, log },
);
