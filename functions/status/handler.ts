import { dynamoDbClient, systemClock } from '../../shared/aws/clients/clients.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbJobReader } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecordReader, dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { batchReader } from '../../shared/domain/children/batches.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { httpFunction, jobIdIn } from '../../shared/http/http-function.ts';
import { jobUrls } from '../../shared/http/responses/job-urls.ts';
import { statusResponse } from '../../shared/http/responses/status-response.ts';
import { statusRoutes } from '../../shared/http/routes.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { prefersHtml } from '../../shared/http/wire/prefers-html.ts';
import { holdsLink } from '../../shared/http/wire/respond.ts';
import { limitsOfStage } from '../../shared/operations/doors/limits-of-stage.ts';
import { childrenProgress } from '../../shared/operations/find/children-progress.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';
import { leadToPage, redirectToWait } from './redirects.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const dynamoDb = dynamoDbClient();
const log = createLog('status', process.env);
const reading = { store: dynamoDbAccessStore(dynamoDb, env), clock: systemClock, log };
const access = stageAccess(env, reading);
const { door } = limitsOfStage(env, { ...reading, rates: ratesIn(dynamoDbRecords(dynamoDb, env)) });
const deps = {
  store: dynamoDbJobReader(dynamoDb, env),
  batches: batchReader(dynamoDbRecordReader(dynamoDb, env)),
};

async function urlsOf(job: JobItem, request: HttpRequest) {
  return jobUrls(request, job, {
    root: await access.root.read(),
    retentionDays: env.RETENTION_DAYS,
  });
}

export const handler = httpFunction(
  statusRoutes,
  {
    'GET /jobs/{id}': async (request, { tenant }) => {
      const id = jobIdIn(request);
      const waiting = redirectToWait(request, id);
      if (waiting) return waiting;
      const job = await findJob({ id, tenant }, deps);
      const urls = await urlsOf(job, request);
      return prefersHtml(request.headers.accept)
        ? {
            statusCode: 303,
            headers: { location: urls.pageUrl, vary: 'Accept', ...holdsLink },
          }
        : statusResponse(job, request, {
            urls,
            now: systemClock.now(),
            ofChildren: await childrenProgress(job, deps),
          });
    },
  },
  { access, log, requests: door, publicUrl: env.PUBLIC_URL, refuse: leadToPage },
);
