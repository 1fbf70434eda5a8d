import { contracts } from '#job-types/contracts.ts';
import { dynamoDbAccessStore } from '../../shared/aws/access-store.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { submitKeys } from '../../shared/http/access/submit-keys.ts';
import { httpFunction } from '../../shared/http/http-function.ts';
import { parseSubmission } from '../../shared/http/parse-submission.ts';
import { submitJob } from '../../shared/operations/submit-job.ts';
import { answerSubmitted } from './answer-submitted.ts';
import { configSchema } from './config.ts';

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
  log,
  listShards: config.LIST_SHARDS,
  setup: readStageSetup(config),
};

export const handler = httpFunction(
  'submit',
  {
    'POST /jobs': async (request, { tenant }) => {
      const submission = parseSubmission(request, { tenant, contracts });
      const root = await access.root.read();
      const submitted = await submitJob(submission, {
        ...deps,
        ...submitKeys(root, config.UPLOAD_RETENTION_DAYS),
      });
      const { id, type } = submitted.job;
      log.info('job accepted', { jobId: id, type, replayed: submitted.replayed });
      return answerSubmitted(submitted, { root, request, retentionDays: config.RETENTION_DAYS }, deps);
    },
  },
  { access, log },
);
