import { dynamoDbClient, systemClock, systemRandom } from '../../shared/aws/clients/clients.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbJobReader } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecordReader, dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { openWaitsIn } from '../../shared/domain/access/open-waits.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { batchReader } from '../../shared/domain/children/batches.ts';
import type { JobItem, JobProgress } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { httpFunction, jobIdIn } from '../../shared/http/http-function.ts';
import { secondsQuery } from '../../shared/http/requests/wait-request.ts';
import { toJobResponse } from '../../shared/http/responses/job-response.ts';
import { jobUrls } from '../../shared/http/responses/job-urls.ts';
import { etagOf, statusResponse } from '../../shared/http/responses/status-response.ts';
import { waitRoutes } from '../../shared/http/routes.ts';
import { hasEtag } from '../../shared/http/wire/etag.ts';
import { parseQuery } from '../../shared/http/wire/query.ts';
import { limitsOfStage } from '../../shared/operations/doors/limits-of-stage.ts';
import { WaitDoor } from '../../shared/operations/doors/wait-door.ts';
import { childrenProgress } from '../../shared/operations/find/children-progress.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';
import { waitForJob } from '../../shared/operations/find/wait-for-job.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const dynamoDb = dynamoDbClient();
const log = createLog('wait', process.env);
const reading = { store: dynamoDbAccessStore(dynamoDb, env), clock: systemClock, log };
const access = stageAccess(env, reading);
const records = dynamoDbRecords(dynamoDb, env);
const { limiting, door } = limitsOfStage(env, { ...reading, rates: ratesIn(records) });
const waits = { waits: openWaitsIn(records), random: systemRandom, log };
const waitDoor = new WaitDoor({ ...limiting, ...waits });
const deps = {
  store: dynamoDbJobReader(dynamoDb, env),
  batches: batchReader(dynamoDbRecordReader(dynamoDb, env)),
};

export const handler = httpFunction(
  waitRoutes,
  {
    'GET /jobs/{id}/wait': async (request, { tenant }) => {
      const id = jobIdIn(request);
      const asked = parseQuery(request, secondsQuery);
      const seconds = Math.min(asked.seconds, env.WAIT_SECONDS);
      const granting = { root: await access.root.read(), retentionDays: env.RETENTION_DAYS };
      const urlsOf = (job: JobItem) => jobUrls(request, job, granting);
      // The state that the client has: that of its `If-None-Match`, or what is found first.
      let known = request.headers['if-none-match'];
      let ofChildren: JobProgress | undefined;
      const isOver = (job: JobItem): boolean => {
        const etag = etagOf(toJobResponse(job, urlsOf(job), ofChildren));
        known ??= etag;
        return isTerminal(job.status) || !hasEtag(known, etag);
      };
      const read = async () => {
        const found = await findJob({ id, tenant }, deps);
        ofChildren = await childrenProgress(found, deps);
        return found;
      };
      const enter = () => waitDoor.enter(tenant, seconds);
      const job = await waitForJob({ read, isOver, seconds, enter }, systemClock);
      return statusResponse(job, request, { urls: urlsOf(job), now: systemClock.now(), ofChildren });
    },
  },
  { access, log, requests: door, publicUrl: env.PUBLIC_URL },
);
