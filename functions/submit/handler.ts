import { contracts } from '#job-types/contracts.ts';
import { dynamoDbAccessStore } from '../../shared/aws/access-store.ts';
import { dynamoDbClient, sqsClient, systemClock, systemRandom } from '../../shared/aws/clients.ts';
import { dynamoDbDebounces } from '../../shared/aws/debounces.ts';
import { EmfMeters, flushed } from '../../shared/aws/emf-meters.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { dynamoDbFirstTries } from '../../shared/aws/first-tries.ts';
import { dynamoDbJobCounts } from '../../shared/aws/job-counts.ts';
import { sqsJobQueues } from '../../shared/aws/job-queue.ts';
import { dynamoDbDependencies, dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { stageKeepsPayload } from '../../shared/aws/keep-payload.ts';
import { createLog } from '../../shared/aws/lean-logger.ts';
import { dynamoDbOpenWaits } from '../../shared/aws/open-waits.ts';
import { orderedCounts } from '../../shared/aws/ordered-counts.ts';
import { dynamoDbPauses } from '../../shared/aws/pauses.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import { dynamoDbRates } from '../../shared/aws/rates.ts';
import { stageTracer } from '../../shared/aws/tracer.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { submitKeys } from '../../shared/http/access/submit-keys.ts';
import { httpFunction } from '../../shared/http/http-function.ts';
import { parseSubmission } from '../../shared/http/parse-submission.ts';
import { submitRoutes } from '../../shared/http/routes.ts';
import { GroupDoor } from '../../shared/operations/group-door.ts';
import { JobsDoor, refusingDoor } from '../../shared/operations/jobs-door.ts';
import { limitsOfStage } from '../../shared/operations/limits-of-stage.ts';
import { logSubmission } from '../../shared/operations/log-operation.ts';
import { PauseDoor } from '../../shared/operations/pause-door.ts';
import { ShareDoor } from '../../shared/operations/share-door.ts';
import { submitJob } from '../../shared/operations/submit-job.ts';
import { WaitDoor } from '../../shared/operations/wait-door.ts';
import { answerSubmitted } from './answer-submitted.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const [dynamoDb, sqs] = [dynamoDbClient(), sqsClient()];
const log = createLog('submit', process.env);
const meters = new EmfMeters(env);
const tracer = await stageTracer(env, { environment: process.env, log });
const reading = { store: dynamoDbAccessStore(dynamoDb, env), clock: systemClock, log };
const access = stageAccess(env, reading);
const rates = dynamoDbRates(dynamoDb, env);
const { suspensions, limiting, door } = limitsOfStage(env, { ...reading, rates });
const shareDoor = new ShareDoor({ ...limiting, rates, log });
const jobsDoor = new JobsDoor({ ...limiting, door, counts: dynamoDbJobCounts(dynamoDb, env) });
const waits = { waits: dynamoDbOpenWaits(dynamoDb, env), random: systemRandom, log };
const deps = {
  waitDoor: new WaitDoor({ ...limiting, ...waits }),
  maxWaitSeconds: env.WAIT_SECONDS,
  suspensions,
  pauseDoor: new PauseDoor({ pauses: dynamoDbPauses(dynamoDb, env), clock: systemClock, log }),
  store: dynamoDbJobStore(dynamoDb, env),
  dependencies: dynamoDbDependencies(dynamoDb, env),
  firstTries: dynamoDbFirstTries(dynamoDb, env),
  debounces: dynamoDbDebounces(dynamoDb, env),
  pointers: sqsPointerQueue(sqs, env),
  queues: sqsJobQueues(sqs, env),
  groupDoor: new GroupDoor({
    ...{ queues: env.ORDERED_QUEUES, count: orderedCounts(sqs, env), rates, clock: systemClock, log },
  }),
  contracts,
  clock: systemClock,
  random: systemRandom,
  log,
  meters,
  tracer,
  listShards: env.LIST_SHARDS,
  keepPayload: stageKeepsPayload(env, { clock: systemClock, random: systemRandom }),
  setup: readStageSetup(env, (tenant) => mailPlacesOf(tenant, access.entries)),
};

const answer = httpFunction(
  submitRoutes,
  {
    'POST /jobs': async (request, caller) => {
      const { tenant } = caller;
      const requests = await door.letIn({ tenant, limit: 'requestsPerSecond', wanted: 1 });
      const refusal = requests.refusal ?? (await shareDoor.letIn(tenant, 1)).refusal;
      const submission = parseSubmission(request, { tenant, contracts });
      if (refusal && submission.idempotencyKey === undefined) throw refusal;
      const root = await access.root.read();
      const submitted = await submitJob(submission, {
        ...deps,
        // A replay is answered all the same.
        door: refusal ? refusingDoor(refusal) : jobsDoor,
        ...submitKeys(root, env.UPLOAD_RETENTION_DAYS),
      });
      logSubmission({ actor: caller.actor, ...submitted }, deps);
      return answerSubmitted(submitted, { root, request, caller, retentionDays: env.RETENTION_DAYS }, deps);
    },
  },
  { access, log, publicUrl: env.PUBLIC_URL },
);

export const handler = flushed(meters, answer, tracer);
