import { contracts } from '../../job-types/contracts.ts';
import { dynamoDbAccessStore } from '../../shared/aws/access-store.ts';
import { dynamoDbClient, sqsClient, systemClock } from '../../shared/aws/clients.ts';
import { dayMs, parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { httpFunction, jobIdIn } from '../../shared/http/http-function.ts';
import { toJobResponse } from '../../shared/http/job-response.ts';
import { jobUrls } from '../../shared/http/job-urls.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import { isTerminal } from '../../shared/job/transitions.ts';
import { cancelJob } from '../../shared/operations/cancel-job.ts';
import { retryJob } from '../../shared/operations/retry-job.ts';
import { configSchema } from './config.ts';

const config = parseConfig(configSchema, process.env);
const dynamoDb = dynamoDbClient();
const log = createLog('control');
const access = stageAccess(config, {
  store: dynamoDbAccessStore(dynamoDb, config.ACCESS_TABLE_NAME),
  clock: systemClock,
  log,
});
const queues = sqsJobQueues(sqsClient(), config);
const deps = {
  store: dynamoDbJobStore(dynamoDb, config.TABLE_NAME),
  queues,
  waiting: queues.waiting,
  ordered: queues.ordered,
  contracts,
  clock: systemClock,
  log,
  retentionMs: config.RETENTION_DAYS * dayMs,
};

/** Asked for before the job is changed: without it there would be no answer that says what was done. */
async function granting() {
  return { root: await access.root.read(), retentionDays: config.RETENTION_DAYS };
}

export const handler = httpFunction(
  'control',
  {
    /** 200 if the job is canceled, 202 if its worker has yet to stop. */
    'POST /jobs/{id}/cancel': async (request, { tenant }) => {
      const id = jobIdIn(request);
      const grant = await granting();
      const job = await cancelJob({ id, tenant }, deps);
      const status = isTerminal(job.status) ? 200 : 202;
      return jsonResponse(status, toJobResponse(job, jobUrls(request, job, grant)));
    },

    'POST /jobs/{id}/retry': async (request, { tenant }) => {
      const id = jobIdIn(request);
      const grant = await granting();
      const job = await retryJob({ id, tenant }, deps);
      const urls = jobUrls(request, job, grant);
      return jsonResponse(202, toJobResponse(job, urls), { location: urls.statusUrl });
    },
  },
  { access, log },
);
