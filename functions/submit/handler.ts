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
import { acceptedResponse, jobAnswer, replayedHeader } from '../../shared/http/job-answer.ts';
import { parseSubmission } from '../../shared/http/parse-submission.ts';
import { preferredWaitSeconds } from '../../shared/http/prefer.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { isTerminal } from '../../shared/job/transitions.ts';
import { findJob } from '../../shared/operations/find-job.ts';
import { submitJob } from '../../shared/operations/submit-job.ts';
import { waitForJob } from '../../shared/operations/wait-for-job.ts';
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
  listShards: config.LIST_SHARDS,
};

const isOver = ({ status }: JobItem): boolean => isTerminal(status);

export const handler = httpFunction(
  'submit',
  {
    'POST /jobs': async (request, { tenant }) => {
      const submission = parseSubmission(request, { tenant, contracts });
      const root = await access.root.read();
      const granting = { root, retentionDays: config.RETENTION_DAYS, request };
      const submitted = await submitJob(submission, { ...deps, jobIdSecret: derivedKey(root, 'jobId') });
      const { id, type } = submitted.job;
      log.info('job accepted', { jobId: id, type, replayed: submitted.replayed });

      const seconds = preferredWaitSeconds(request);
      if (seconds === undefined) return acceptedResponse(submitted, { ...granting, now: deps.clock.now() });
      const read = () => findJob({ id, tenant }, deps);
      const job = await waitForJob({ read, isOver, seconds }, deps.clock);
      const applied = { 'preference-applied': `wait=${seconds}` };
      return isOver(job)
        ? jobAnswer(200, job, granting, { ...replayedHeader(submitted), ...applied })
        : acceptedResponse({ ...submitted, job }, { ...granting, now: deps.clock.now() }, applied);
    },
  },
  { access, log },
);
