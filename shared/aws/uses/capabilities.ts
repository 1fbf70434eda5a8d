import * as z from 'zod/mini';
import { authModes, localStage } from '../../domain/access/auth-mode.ts';
import { readLimits } from '../../domain/access/limits.ts';

/*
 * What functions may touch, each thing once. functions/X/uses.ts lists what X needs of this, and infra/rights/rights-of-capabilities.ts
 * says for each what CloudFormation puts into the variables, and which rights come with it. The schemas are made when
 * they are asked for: so a bundle has only its own.
 */

const url = z.url('must be a URL');
/** `readEnvironment` makes those of all queues of one variable. */
const queueUrl = z.url('must end with standard');
const arn = z.string().check(z.startsWith('arn:', 'must be an ARN'));
const nonEmpty = z.string().check(z.minLength(1, 'must not be empty'));

function wholeNumber(atLeast: number) {
  const message = `must be a whole number, at least ${atLeast}`;
  return z.coerce.number(message).check(z.int(message), z.gte(atLeast, message));
}

/** As a number, an empty text would be 0. */
const digits = z.string().check(z.regex(/^\d+$/, 'must be a whole number, at least 0'));
const zeroOrMore = () => z.pipe(digits, z.transform(Number));

// Tables

const table = { TABLE_NAME: nonEmpty };
const shardedTable = () => z.object({ ...table, LIST_SHARDS: wholeNumber(1) });
/** Where the stage's bucket is. Lambda sets the region. */
const bucket = { BUCKET_NAME: nonEmpty, AWS_REGION: nonEmpty, AWS_ENDPOINT_URL_S3: z.optional(url) };

/** Jobs, for who changes none. */
export const readJobs = { name: 'readJobs', schema: () => z.object(table) } as const;
/** Jobs, with their messages as the items have them. */
export const jobTable = { name: 'jobTable', schema: () => z.object(table) } as const;
/** Jobs whose large messages are in objects: for who makes a job wait, or end. */
export const jobTableWithMessages = {
  name: 'jobTableWithMessages',
  schema: () => z.object({ ...table, ...bucket }),
} as const;
/** How many requests a tenant has made, and no job. */
export const countRequests = { name: 'countRequests', schema: () => z.object(table) } as const;
/** Which waits a tenant has open, and no job. */
export const countWaits = { name: 'countWaits', schema: () => z.object(table) } as const;
/** The lists of jobs, and how many shards a tenant's list has. */
export const jobLists = { name: 'jobLists', schema: shardedTable } as const;
/** How many jobs of each tenant are unfinished, for who lets jobs in. */
export const unfinishedJobs = { name: 'unfinishedJobs', schema: shardedTable } as const;
/** The index of the jobs that wait outside of all queues. */
export const waitingJobs = { name: 'waitingJobs', schema: () => z.object(table) } as const;
/** The places of attempts whose types limit how many run, and the lines for them. */
export const workPlaces = { name: 'workPlaces', schema: () => z.object(table) } as const;
/** All jobs, some at a time. */
export const sampleJobs = { name: 'sampleJobs', schema: () => z.object(table) } as const;
/** All jobs, a page at a time, for who looks for stuck ones. */
export const openJobs = { name: 'openJobs', schema: () => z.object(table) } as const;
/** How far the look for stuck jobs has come, and no job. */
export const passState = { name: 'passState', schema: () => z.object(table) } as const;
/** The number of shards alone, for who writes jobs into the lists. */
export const listShards = {
  name: 'listShards',
  schema: () => z.object({ LIST_SHARDS: wholeNumber(1) }),
} as const;
const accessTable = { ACCESS_TABLE_NAME: nonEmpty, STAGE: nonEmpty };
/** Who calls the API, and what they may do. A deployed function without access control does not start. */
export const callers = {
  name: 'callers',
  schema: () =>
    z
      .object({
        ...accessTable,
        AUTH: z.enum(authModes, `must be one of ${authModes.join(', ')}`),
        /** The claim of a token that names its tenant, where callers show tokens. */
        JWT_TENANT_CLAIM: nonEmpty,
      })
      .check(
        z.refine(({ AUTH, STAGE }) => AUTH !== 'none' || STAGE === localStage, {
          path: ['AUTH'],
          message: `may be none only on the stage ${localStage}`,
        }),
      ),
} as const;
/**
 * Whose tokens callers may show: the issuer, for whom a token is (a comma list), and the claim that names its tenant.
 */
export const tokenIssuer = {
  name: 'tokenIssuer',
  schema: () => z.object({ JWT_ISSUER: url, JWT_AUDIENCE: nonEmpty, JWT_TENANT_CLAIM: nonEmpty }),
} as const;
/** What the stage knows of its tenants, such as to where each may send mail. */
export const tenants = { name: 'tenants', schema: () => z.object({ ACCESS_TABLE_NAME: nonEmpty }) } as const;
/** What webhooks are signed with: a key of their own, and which secrets were rotated; and no other entry. */
export const webhookSecrets = { name: 'webhookSecrets', schema: () => z.object(accessTable) } as const;
/** The list of the suspended tenants, and no other entry. */
export const suspensions = {
  name: 'suspensions',
  schema: () => z.object({ ACCESS_TABLE_NAME: nonEmpty }),
} as const;

/**
 * What links are signed with by which people answer jobs, and no other entry; and where the links lead to. `npm start`
 * says where it listens.
 */
export const signalLinks = {
  name: 'signalLinks',
  schema: () =>
    z.object({
      ACCESS_TABLE_NAME: nonEmpty,
      AWS_REGION: nonEmpty,
      PUBLIC_URL: z.string(),
      HTTP_API_ID: nonEmpty,
      AWS_ENDPOINT_URL_HTTP_API: z.optional(url),
    }),
} as const;

/** The endpoints of webhooks that do not answer, and what waits for them. */
export const endpointTable = {
  name: 'endpointTable',
  schema: () => z.object({ ENDPOINT_TABLE_NAME: nonEmpty }),
} as const;
/** The breakers of endpoints, and the index of those that are not closed, but nothing that waits for them. */
export const triedEndpoints = {
  name: 'triedEndpoints',
  schema: () => z.object({ ENDPOINT_TABLE_NAME: nonEmpty }),
} as const;

// Queues

const standard = { STANDARD_QUEUE_URL: queueUrl };
const long = { LONG_QUEUE_URL: queueUrl };
const server = { SERVER_QUEUE_URL: queueUrl };
const bulk = { BULK_QUEUE_URL: queueUrl };
/** The first one, and how many there are: the URLs of the others follow from it. */
const ordered = { ORDERED_QUEUE_URL: queueUrl, ORDERED_QUEUES: wholeNumber(1) };
const waiting = { WAITING_QUEUE_URL: queueUrl };
const commonNotify = { NOTIFY_QUEUE_URL: queueUrl };
const slowNotify = { NOTIFY_SLOW_QUEUE_URL: queueUrl };
const notify = { NOTIFY_QUEUE_URL: queueUrl, NOTIFY_SLOW_QUEUE_URL: queueUrl };
const notifyDeadLetter = { NOTIFY_DEAD_LETTER_QUEUE_URL: queueUrl };
const deadLetter = { DEAD_LETTER_QUEUE_URL: queueUrl };
/** SQS wants the dead-letter queue of a FIFO queue to be one, too. */
const allDead = { DEAD_LETTER_QUEUE_URL: queueUrl, ORDERED_DEAD_LETTER_QUEUE_URL: queueUrl };
const quarantined = { QUARANTINE_QUEUE_URL: queueUrl };
const submitted = () => ({ ...standard, ...long, ...server, ...ordered, ...waiting });

export const receiveStandard = { name: 'receiveStandard', schema: () => z.object(standard) } as const;
export const receiveLong = { name: 'receiveLong', schema: () => z.object(long) } as const;
export const receiveServer = { name: 'receiveServer', schema: () => z.object(server) } as const;
export const receiveBulk = { name: 'receiveBulk', schema: () => z.object(bulk) } as const;
export const receiveOrdered = { name: 'receiveOrdered', schema: () => z.object(ordered) } as const;
export const receiveWaiting = { name: 'receiveWaiting', schema: () => z.object(waiting) } as const;
export const receiveNotifications = { name: 'receiveNotifications', schema: () => z.object(notify) } as const;
export const receiveDeadLetters = { name: 'receiveDeadLetters', schema: () => z.object(allDead) } as const;

export const sendToStandard = { name: 'sendToStandard', schema: () => z.object(standard) } as const;
export const sendToLong = { name: 'sendToLong', schema: () => z.object(long) } as const;
export const sendToServer = { name: 'sendToServer', schema: () => z.object(server) } as const;
export const sendToBulk = { name: 'sendToBulk', schema: () => z.object(bulk) } as const;
export const sendToOrdered = { name: 'sendToOrdered', schema: () => z.object(ordered) } as const;
export const sendToWaiting = { name: 'sendToWaiting', schema: () => z.object(waiting) } as const;
/** Every queue that messages of submitted jobs are sent to. Bulk actions have one of their own: `sendToBulk`. */
export const jobQueues = {
  name: 'jobQueues',
  schema: () => z.object(submitted()),
} as const;
/** How many messages wait in groups, for who lets more in. */
export const countOrdered = { name: 'countOrdered', schema: () => z.object(ordered) } as const;
/** Messages by which others are told that a job has ended. */
export const notifyEnds = { name: 'notifyEnds', schema: () => z.object(commonNotify) } as const;
/** Those to endpoints that may be slow, and messages that try an endpoint. */
export const sendToSlowQueue = { name: 'sendToSlowQueue', schema: () => z.object(slowNotify) } as const;
export const sendToDeadLetters = { name: 'sendToDeadLetters', schema: () => z.object(deadLetter) } as const;
export const sendToNotifyDeadLetters = {
  name: 'sendToNotifyDeadLetters',
  schema: () => z.object(notifyDeadLetter),
} as const;
export const quarantine = { name: 'quarantine', schema: () => z.object(quarantined) } as const;
/** A canceled job must not hold up its group. */
export const showOrdered = { name: 'showOrdered', schema: () => z.object(ordered) } as const;
/** Where metrics are read. Lambda sets the region. */
const cloudWatch = { AWS_REGION: nonEmpty, AWS_ENDPOINT_URL_CLOUDWATCH: z.optional(url) };
/** How many messages there are in which queue, and how old they are. */
export const queueFigures = {
  name: 'queueFigures',
  schema: () =>
    z.object({
      ...submitted(),
      ...bulk,
      ...allDead,
      ...quarantined,
      ...notify,
      ...notifyDeadLetter,
      ...cloudWatch,
      STAGE: nonEmpty,
    }),
} as const;

/** What workers log. */
export const readLogs = {
  name: 'readLogs',
  schema: () =>
    z.object({
      STACK_NAME: nonEmpty,
      SERVERS: nonEmpty,
      AWS_REGION: nonEmpty,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: z.optional(url),
    }),
} as const;
// The watch: shared/watch/

/** How many messages there are in which queue, and the metrics of the stage. */
export const watchedStage = {
  name: 'watchedStage',
  schema: () =>
    z.object({
      ...queueFigures.schema().shape,
      METRICS: z.enum(['off', 'queue', 'type'], 'must be off, queue or type'),
      METRICS_NAMESPACE: nonEmpty,
      SCHEDULE_GROUP: nonEmpty,
      HTTP_API_ID: nonEmpty,
      AUTH: z.enum(authModes, `must be one of ${authModes.join(', ')}`),
    }),
} as const;
/** What a check keeps for the next one: an item among the jobs. */
export const watchState = { name: 'watchState', schema: () => z.object(table) } as const;
/** Where alarms are sent: the ARN of the topic. */
export const alarmTopic = {
  name: 'alarmTopic',
  schema: () => z.object({ ALARM_TOPIC: arn }),
} as const;

// Objects: a URL that a function signs allows what the function itself may do

const objects = () => z.object(bucket);
export const signUploads = { name: 'signUploads', schema: objects } as const;
export const readUploads = { name: 'readUploads', schema: objects } as const;
export const saveStates = { name: 'saveStates', schema: objects } as const;
/** In parts, and from the parts of a worker that died. No result is deleted with it. */
export const writeResults = { name: 'writeResults', schema: objects } as const;
export const readResults = { name: 'readResults', schema: objects } as const;
/** Large messages, for a retry or a recheck. */
export const readMessages = { name: 'readMessages', schema: objects } as const;
/** Source maps of bundles, for who shows stacks. */
export const readMaps = { name: 'readMaps', schema: objects } as const;
/** Whether each message is kept from its submission on, and where large ones are put. */
export const keepPayloads = {
  name: 'keepPayloads',
  schema: () => z.object({ ...bucket, KEEP_PAYLOAD: z.enum(['true', 'false'], 'must be true or false') }),
} as const;
/** What a job was given. */
export const readInputs = { name: 'readInputs', schema: objects } as const;
/** Large answers to jobs that wait for one. */
export const storeAnswers = { name: 'storeAnswers', schema: objects } as const;
/** What is left of a job. */
export const eraseObjects = { name: 'eraseObjects', schema: objects } as const;
/** Results that a job did not complete. */
export const abortResults = { name: 'abortResults', schema: objects } as const;

// Schedules and others: where a schedule sends to, and where to if that fails; EventBridge Scheduler assumes the role

/** Of jobs that are due later. */
export const waitingSchedules = {
  name: 'waitingSchedules',
  schema: () =>
    z.object({
      SCHEDULE_GROUP: nonEmpty,
      SCHEDULE_ROLE_ARN: arn,
      WAITING_QUEUE_ARN: arn,
      DEAD_LETTER_QUEUE_ARN: arn,
    }),
} as const;
/** Of notifications that are tried again later. */
export const notifySchedules = {
  name: 'notifySchedules',
  schema: () =>
    z.object({
      SCHEDULE_GROUP: nonEmpty,
      NOTIFY_SCHEDULE_ROLE_ARN: arn,
      NOTIFY_QUEUE_ARN: arn,
      NOTIFY_DEAD_LETTER_QUEUE_ARN: arn,
    }),
} as const;
/** Whom mail comes from: empty if the stage sends none. */
export const mail = { name: 'mail', schema: () => z.object({ MAIL_FROM: z.string() }) } as const;
/** The EventBridge bus that gets an event for each end of a job. Empty: there is none. */
export const eventBus = { name: 'eventBus', schema: () => z.object({ EVENT_BUS: z.string() }) } as const;
/** The outputs of the stack, by which a server outside of it finds everything. */
export const stackOutputs = { name: 'stackOutputs', schema: () => z.object({}) } as const;

// Settings, without a right

/** The limits of each tenant for which an operator has set no others. */
export const tenantLimits = {
  name: 'tenantLimits',
  schema: () =>
    z.object({
      LIMITS: z.pipe(
        z.string(),
        z.transform((text: string, context) => {
          const limits = readLimits(text);
          if (limits) return limits;
          const message = 'must be limits, such as jobsPerMinute=600';
          context.issues.push({ code: 'custom', message, input: text });
          return z.NEVER;
        }),
      ),
    }),
} as const;
/** For how many seconds a request is held at most that waits for the end of a job. 0: it is answered at once. */
export const maxWait = { name: 'maxWait', schema: () => z.object({ WAIT_SECONDS: zeroOrMore() }) } as const;
/** Where clients find the API, without a slash at its end. Empty: at the host that they call. */
export const publicUrl = { name: 'publicUrl', schema: () => z.object({ PUBLIC_URL: z.string() }) } as const;
/**
 * How many days a finished job is kept, and one that another job has spawned. A queue may hold an invisible duplicate
 * for 14 days. It must still find the job finished, or the job would run again.
 */
export const jobRetention = {
  name: 'jobRetention',
  schema: () => z.object({ RETENTION_DAYS: wholeNumber(15), KEEP_CHILDREN_DAYS: wholeNumber(15) }),
} as const;
export const uploadRetention = {
  name: 'uploadRetention',
  schema: () => z.object({ UPLOAD_RETENTION_DAYS: wholeNumber(1) }),
} as const;
export const leases = {
  name: 'leases',
  schema: () =>
    z
      .object({
        LEASE_SECONDS: wholeNumber(2),
        HEARTBEAT_SECONDS: wholeNumber(1),
        /** For how long a job waits whose type has no handler. */
        UNKNOWN_TYPE_HOURS: wholeNumber(1),
        /** How many jobs all descendants of a job may be. */
        SPAWN_ALLOWANCE: wholeNumber(1),
        /** Whether the last lines of jobs are kept whose contract does not say. */
        KEEP_LOGS: z.enum(['true', 'false'], 'must be true or false'),
      })
      .check(
        z.refine(({ HEARTBEAT_SECONDS, LEASE_SECONDS }) => HEARTBEAT_SECONDS * 2 <= LEASE_SECONDS, {
          path: ['HEARTBEAT_SECONDS'],
          message: 'may be at most half of LEASE_SECONDS: one beat may fail',
        }),
      ),
} as const;
/** Who is told of the end of each job whose submission names nobody: a comma list. */
export const notifyTargets = {
  name: 'notifyTargets',
  schema: () => z.object({ NOTIFY: z.string() }),
} as const;
/** Hosts that webhooks may go to although they are not public, and by plain http: a comma list. */
export const webhookHosts = {
  name: 'webhookHosts',
  schema: () => z.object({ WEBHOOK_HOSTS: z.string() }),
} as const;
/** Which jobs can run, and who may be told of their ends: see `readStageSetup`. */
export const stageSetup = {
  name: 'stageSetup',
  schema: () => z.object({ SETUP: z.string(), WEBHOOK_HOSTS: z.string(), NOTIFY: z.string() }),
} as const;
/** What is counted, and under which name CloudWatch has it. */
export const metrics = {
  name: 'metrics',
  schema: () =>
    z.object({
      METRICS: z.enum(['off', 'queue', 'type'], 'must be off, queue or type'),
      METRICS_NAMESPACE: nonEmpty,
    }),
} as const;
/** What has been counted, for who shows it. */
export const readMetrics = {
  name: 'readMetrics',
  schema: () => z.object({ ...metrics.schema().shape, ...cloudWatch }),
} as const;
/** Where spans are sent to, as OpenTelemetry names these variables. Without an endpoint none is. */
export const traces = {
  name: 'traces',
  schema: () =>
    z.object({
      OTEL_EXPORTER_OTLP_ENDPOINT: z.string(),
      OTEL_SERVICE_NAME: z.string(),
      OTEL_TRACES_SAMPLER: z.string(),
      OTEL_TRACES_SAMPLER_ARG: z.string(),
      /** Where the exporter's secret headers are, as `ssm:NAME` or `secretsmanager:NAME`. */
      OTLP_HEADERS_FROM: z.string(),
    }),
} as const;
/**
 * Node.js itself reads this. Half of so many names are looked up at a time (libuv), and one whose DNS does not answer
 * takes its place for seconds: as many as a batch has, and those of AWS, must find a place.
 */
export const nameLookups = {
  name: 'nameLookups',
  schema: () => z.object({ UV_THREADPOOL_SIZE: wholeNumber(24) }),
} as const;
