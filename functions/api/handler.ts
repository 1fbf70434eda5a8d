import { contracts } from '#job-types/contracts.ts';
import { schedules } from '#job-types/schedules.ts';
import { systemGiven } from '../../shared/aws/clients/clients.ts';
import { s3MultipartUploads } from '../../shared/aws/objects/multipart-uploads.ts';
import { EmfMeters, flushed } from '../../shared/aws/observe/emf-meters.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { operationPorts } from '../../shared/aws/ports/operation-ports.ts';
import { dynamoDbJobSample } from '../../shared/aws/records/job-sample.ts';
import { dynamoDbDependencies } from '../../shared/aws/records/job-store.ts';
import { dynamoDbOpenJobs } from '../../shared/aws/records/open-jobs.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { httpFunction } from '../../shared/http/http-function.ts';
import { apiRoutes } from '../../shared/http/routes.ts';
import { chargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { stackMapper } from '../../shared/operations/find/map-stacks.ts';
import { readLists, type WithLists } from '../../shared/operations/find/read-lists.ts';
import { RecentCounts } from '../../shared/operations/find/recent-counts.ts';
import { ActionDoor } from '../../shared/operations/submit/action-door.ts';
import { doorsOfStage } from '../../shared/operations/submit/doors-of-stage.ts';
import { childrenRoutes } from './children.ts';
import { documentRoutes } from './document-routes.ts';
import { jobTypeDocuments } from './documents.ts';
import { jobRoutes } from './jobs.ts';
import { listRoutes } from './lists.ts';
import { operationsRoutes } from './operations.ts';
import { pauseRoutes } from './pauses.ts';
import { scheduleRoutes } from './schedules.ts';
import { secretRoutes } from './secrets.ts';
import { stageRoutes } from './stage.ts';
import { submissionRoutes } from './submissions.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const log = createLog('api', process.env);
const given = systemGiven(log);
const meters = new EmfMeters(env);
const tracer = await stageTracer(env, { environment: process.env, log });
const ports = operationPorts(env, given);
const access = stageAccess(env, { ...ports, store: ports.accessStore });
const { limiting, door, pauseDoor, ...doors } = doorsOfStage(env, ports);
const counts = new RecentCounts(ports);
const withLists: WithLists = (tenant, read) => readLists(tenant, read, { ...ports, counts, door });
const deps = {
  ...ports,
  ...doors,
  requests: door,
  actionDoor: new ActionDoor({ ...limiting, ...ports }),
  /** Of retries, and of schedules that somebody runs. */
  charges: chargesBy({ door, log }),
  family: new ParentNotifier(ports),
  withLists,
  mapStacks: stackMapper(ports.sourceMaps),
  setup: readStageSetup(env, (tenant) => mailPlacesOf(tenant, access.entries)),
  contracts,
  answerSchemas: (name: string) => jobTypeDocuments().find(({ type }) => type === name)?.signals,
  schedules,
  multipart: s3MultipartUploads(env),
  sample: dynamoDbJobSample(given.dynamoDb, env, given.random),
  open: dynamoDbOpenJobs(given.dynamoDb, env),
  meters,
  tracer,
  access,
  root: access.root,
  publicUrl: env.PUBLIC_URL,
  granting: async () => ({ root: await access.root.read(), retentionDays: env.RETENTION_DAYS }),
};

const answer = httpFunction(
  apiRoutes,
  {
    ...listRoutes(deps),
    ...jobRoutes(deps),
    ...childrenRoutes(deps),
    ...submissionRoutes({
      ...deps,
      // What retries, bulk actions and schedules submit waits while the stage is paused.
      pauseDoor,
      dependencies: dynamoDbDependencies(given.dynamoDb, env),
    }),
    ...scheduleRoutes(deps),
    ...operationsRoutes(deps),
    ...pauseRoutes(deps),
    ...secretRoutes({ ...deps, ...deps.setup }),
    ...documentRoutes(deps),
    ...stageRoutes(deps),
  },
  deps,
);

export const handler = flushed(meters, answer, tracer);
