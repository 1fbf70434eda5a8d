import { contracts } from '#job-types/contracts.ts';
import { systemGiven } from '../../shared/aws/clients/clients.ts';
import { EmfMeters, flushed } from '../../shared/aws/observe/emf-meters.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { doorPorts } from '../../shared/aws/ports/door-ports.ts';
import { dynamoDbDependencies } from '../../shared/aws/records/job-store.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { openWaitsIn } from '../../shared/domain/access/open-waits.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { submitKeys } from '../../shared/http/access/submit-keys.ts';
import { httpFunction } from '../../shared/http/http-function.ts';
import { parseSubmission } from '../../shared/http/requests/parse-submission.ts';
import { submitRoutes } from '../../shared/http/routes.ts';
import { logSubmission } from '../../shared/operations/act/log-operation.ts';
import { WaitDoor } from '../../shared/operations/doors/wait-door.ts';
import { doorsOfStage } from '../../shared/operations/submit/doors-of-stage.ts';
import { refusingDoor } from '../../shared/operations/submit/jobs-door.ts';
import { submitJob } from '../../shared/operations/submit/submit-job.ts';
import { answerSubmitted } from './answer-submitted.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const log = createLog('submit', process.env);
const given = systemGiven(log);
const meters = new EmfMeters(env);
const tracer = await stageTracer(env, { environment: process.env, log });
const ports = doorPorts(env, given);
const access = stageAccess(env, { ...ports, store: ports.accessStore });
const { suspensions, limiting, door, shareDoor, jobsDoor, pauseDoor, groupDoor } = doorsOfStage(env, ports);
const deps = {
  ...ports,
  suspensions,
  groupDoor,
  pauseDoor,
  waitDoor: new WaitDoor({ ...limiting, ...ports, waits: openWaitsIn(ports.records) }),
  maxWaitSeconds: env.WAIT_SECONDS,
  dependencies: dynamoDbDependencies(given.dynamoDb, env),
  contracts,
  meters,
  tracer,
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
