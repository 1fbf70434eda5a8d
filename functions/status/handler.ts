import { contracts } from '../../job-types/contracts.ts';
import { dynamoDbAccessStore } from '../../shared/aws/access-store.ts';
import { dynamoDbClient, systemClock } from '../../shared/aws/clients.ts';
import { parseConfig } from '../../shared/aws/config.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { httpFunction, jobIdIn } from '../../shared/http/http-function.ts';
import type { HttpRequest } from '../../shared/http/http-types.ts';
import { jobUrls } from '../../shared/http/job-urls.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { findGrantedJob, findJob } from '../../shared/operations/find-job.ts';
import { configSchema } from './config.ts';
import { pageResponse, statusResponse, withoutSecrets } from './status-response.ts';

const config = parseConfig(configSchema, process.env);
const dynamoDb = dynamoDbClient();
const log = createLog('status');
const access = stageAccess(config, {
  store: dynamoDbAccessStore(dynamoDb, config.ACCESS_TABLE_NAME),
  clock: systemClock,
  log,
});
const deps = { store: dynamoDbJobStore(dynamoDb, config.TABLE_NAME) };

async function answer(job: JobItem, request: HttpRequest) {
  const granting = { root: await access.root.read(), retentionDays: config.RETENTION_DAYS };
  return statusResponse(job, request, { urls: jobUrls(request, job, granting), now: systemClock.now() });
}

export const handler = httpFunction(
  'status',
  {
    'GET /jobs/{id}': async (request, { tenant }) =>
      answer(await findJob({ id: jobIdIn(request), tenant }, deps), request),

    // Until there are pages, people get the job as programs do.
    'GET /ui/jobs/{id}': async (request, viewer) => {
      const id = jobIdIn(request);
      const job = await (viewer.kind === 'grant'
        ? findGrantedJob(id, deps)
        : findJob({ id, ...viewer }, deps));
      return pageResponse(await answer(withoutSecrets(job, contracts), request));
    },
  },
  { access, log },
);
