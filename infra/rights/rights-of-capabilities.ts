import type * as declared from '../../shared/aws/uses/capabilities.ts';
import type { Capability } from '../../shared/aws/uses/environment.ts';
import {
  linksId,
  suspendedId,
  tenantEntryPrefix,
  webhookEntryPrefix,
  webhookKeyId,
} from '../../shared/domain/access/access-entry.ts';
import { writeLimits } from '../../shared/domain/access/limits.ts';
import { openWaitItems } from '../../shared/domain/access/open-waits.ts';
import { requestRateItems } from '../../shared/domain/access/rate.ts';
import { placeItems } from '../../shared/domain/state/limits/place.ts';
import { passItemId } from '../../shared/domain/state/waits/pass-state.ts';
import { watchItemId } from '../../shared/domain/watch/watch-state.ts';
import { keepChildrenDaysOf } from '../parameters/jobs.ts';
import { listOf, type StageParameters, secretPattern } from '../parameters/parameter.ts';
import { limitsOf } from '../parameters/tenants.ts';
import { orderedQueueIds } from '../template/ordered-queues.ts';
import { accessTableOf, jobTableOf } from '../template/stage-tables.ts';
import { allow, arnOf, inAccount, passRole, ref, type Statement, sub } from '../template/template-values.ts';
import { parametersIn, readSecret, type UsesOfType } from './type-uses.ts';

/*
 * The other half of shared/aws/uses/capabilities.ts, for packaging: what CloudFormation puts into each variable, and which
 * rights come with each capability. What one of the two has, and the other not, does not compile.
 */

type Declared = typeof declared;
/** A capability has the name of its constant. */
type CapabilityName = {
  [Name in keyof Declared]: Declared[Name] extends Capability<Name> ? Name : never;
}[keyof Declared];
type KeysOf<C> = C extends Capability<string, infer Schema> ? keyof Schema['shape'] : never;
/** Lambda sets the region, and who starts an emulator its address. */
type SetElsewhere = `AWS_${string}`;
/** The URLs of all queues follow from that of the standard queue: shared/aws/uses/environment.ts. */
type Variable =
  | Exclude<KeysOf<Declared[CapabilityName]>, SetElsewhere | `${string}_QUEUE_URL`>
  | 'STANDARD_QUEUE_URL';

interface Stage {
  readonly stage: string;
  readonly parameters: StageParameters;
  readonly types: readonly UsesOfType[];
}

/** What each variable has: a reference to a resource of the stack, or a parameter of the stage. */
export const valuesOf = (stage: Stage): Readonly<Record<Variable, unknown>> => ({
  STAGE: stage.stage,
  TABLE_NAME: jobTableOf(stage.parameters).name,
  ACCESS_TABLE_NAME: accessTableOf(stage.parameters).name,
  ENDPOINT_TABLE_NAME: ref('EndpointTable'),
  BUCKET_NAME: ref('Bucket'),
  AUTH: stage.parameters.auth,
  JWT_ISSUER: stage.parameters.jwtIssuer,
  JWT_AUDIENCE: listOf(stage.parameters.jwtAudience).join(),
  JWT_TENANT_CLAIM: stage.parameters.jwtTenantClaim,
  STANDARD_QUEUE_URL: ref('StandardQueue'),
  ORDERED_QUEUES: stage.parameters.orderedQueues,
  WAITING_QUEUE_ARN: arnOf('WaitingQueue'),
  NOTIFY_QUEUE_ARN: arnOf('NotifyQueue'),
  NOTIFY_DEAD_LETTER_QUEUE_ARN: arnOf('NotifyDeadLetterQueue'),
  DEAD_LETTER_QUEUE_ARN: arnOf('DeadLetterQueue'),
  SCHEDULE_GROUP: ref('ScheduleGroup'),
  SCHEDULE_ROLE_ARN: arnOf('ScheduleRole'),
  NOTIFY_SCHEDULE_ROLE_ARN: arnOf('NotifyScheduleRole'),
  PUBLIC_URL: stage.parameters.publicUrl,
  EVENT_BUS: stage.parameters.eventBus,
  MAIL_FROM: stage.parameters.mailFrom,
  NOTIFY: stage.parameters.notify,
  WEBHOOK_HOSTS: stage.parameters.webhookHosts,
  SETUP: setupOf(stage),
  LIMITS: writeLimits(limitsOf(stage.parameters)),
  WAIT_SECONDS: stage.parameters.waitSeconds,
  LIST_SHARDS: stage.parameters.listShards,
  RETENTION_DAYS: stage.parameters.retentionDays,
  KEEP_CHILDREN_DAYS: keepChildrenDaysOf(stage.parameters),
  UPLOAD_RETENTION_DAYS: stage.parameters.uploadRetentionDays,
  LEASE_SECONDS: stage.parameters.leaseSeconds,
  HEARTBEAT_SECONDS: stage.parameters.heartbeatSeconds,
  UNKNOWN_TYPE_HOURS: stage.parameters.unknownTypeHours,
  SPAWN_ALLOWANCE: stage.parameters.spawnAllowance,
  STACK_NAME: ref('AWS::StackName'),
  SERVERS: stage.parameters.servers,
  KEEP_LOGS: stage.parameters.keepLogs,
  KEEP_PAYLOAD: stage.parameters.keepPayload === 'always',
  METRICS: metricsOf(stage.parameters),
  METRICS_NAMESPACE: ref('AWS::StackName'),
  ALARM_TOPIC: ref('AlarmTopic'),
  HTTP_API_ID: ref('HttpApi'),
  OTEL_EXPORTER_OTLP_ENDPOINT: stage.parameters.otlpEndpoint,
  OTEL_SERVICE_NAME: ref('AWS::StackName'),
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: stage.parameters.traceRatio,
  OTLP_HEADERS_FROM: stage.parameters.otlpHeaders,
  UV_THREADPOOL_SIZE: 32,
});

/** A stage that is not watched counts nothing. */
const metricsOf = ({ metrics, metricsByType }: StageParameters): 'off' | 'queue' | 'type' => {
  if (String(metrics) === 'false') return 'off';
  return String(metricsByType) === 'true' ? 'type' : 'queue';
};

/** The parameters that job types and notifications can need: the API knows which of them have a value. */
export const setupNames = (types: Stage['types']): ReadonlySet<string> =>
  new Set([
    ...['mailFrom', 'eventBus', 'servers'],
    ...types.flatMap(({ uses }) => parametersIn(uses).map(({ name }) => name)),
  ]);

/** The names of those that have a value, separated by spaces. */
const setupOf = ({ parameters, types }: Stage): string =>
  [...setupNames(types)].filter((name) => !['', 'none'].includes(String(parameters[name] ?? ''))).join(' ');

const receive = (...queues: readonly string[]): readonly Statement[] => [
  allow(
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
    queues.map(arnOf),
  ),
];
const send = (...queues: readonly string[]): readonly Statement[] => [
  allow(['sqs:SendMessage'], queues.map(arnOf)),
];
/** Of submitted jobs. */
const unorderedQueues = ['StandardQueue', 'LongQueue', 'ServerQueue', 'WaitingQueue'];
const deadLetterQueues = ['DeadLetterQueue', 'OrderedDeadLetterQueue'];

const countQueues = (ordered: readonly string[]): readonly Statement[] => [
  allow(
    ['sqs:GetQueueAttributes'],
    [
      ...unorderedQueues,
      'BulkQueue',
      ...ordered,
      ...deadLetterQueues,
      'QuarantineQueue',
      'NotifyQueue',
      'NotifySlowQueue',
      'NotifyDeadLetterQueue',
    ].map(arnOf),
  ),
  allow(['cloudwatch:GetMetricData'], '*'), // it knows no resources
];

/** The rights to the items of the two tables, which are the stack's or others. */
function rightsToTables(parameters: StageParameters) {
  const [jobs, access] = [jobTableOf(parameters), accessTableOf(parameters)];
  return {
    table: (...calls: readonly string[]): readonly Statement[] => [
      allow(
        calls.map((call) => `dynamodb:${call}`),
        jobs.arn,
      ),
    ],
    index: (...names: readonly string[]): Statement => {
      const indexes = names.map(jobs.index);
      return allow(['dynamodb:Query'], indexes.length === 1 ? indexes[0] : indexes);
    },
    /** Everybody can call a function that reads it, so no function may write it. */
    readAccess: [allow(['dynamodb:GetItem'], access.arn)],
    /**
     * Of the same table, the entries of these names, and neither a key nor the root secret: DynamoDB compares the
     * item's key.
     */
    readEntries: (pattern: string): readonly Statement[] => [
      {
        ...allow(['dynamodb:GetItem'], access.arn),
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': pattern } },
      },
    ],
    /** What a function keeps between its calls, and no job. */
    itemOf: (id: string): Statement => ({
      ...allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], jobs.arn),
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': id } },
    }),
    /** No job has such an id. */
    deletable: (id: string): Statement => ({
      ...allow(['dynamodb:DeleteItem'], jobs.arn),
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': id } },
    }),
  };
}

/** @param prefix of the names @param calls of S3, such as `GetObject` */
const objects = (prefix: string, ...calls: readonly string[]): Statement =>
  allow(
    calls.map((call) => `s3:${call}`),
    sub(`\${Bucket.Arn}/${prefix}/*`),
  );
const ownCalls = ['GetObject', 'PutObject', 'DeleteObject'];

/**
 * The same for who reads: without the right to list these names, S3 answers 403 for an object that does not exist, as
 * it does while a policy refuses. With it, S3 says 404.
 */
const readable = (prefix: string, ...calls: readonly string[]): readonly Statement[] => [
  objects(prefix, ...calls),
  {
    ...allow(['s3:ListBucket'], arnOf('Bucket')),
    Condition: { StringLike: { 's3:prefix': `${prefix}/*` } },
  },
];

const schedules = (role: string, ...calls: readonly string[]): readonly Statement[] => [
  allow(
    calls.map((call) => `scheduler:${call}`),
    inAccount('scheduler', `schedule/\${ScheduleGroup}/*`),
  ),
  passRole(arnOf(role), 'scheduler.amazonaws.com'),
];

/**
 * From the stage's address alone, if it has one. In the sandbox SES checks the right to the receiver's identity, too,
 * and everywhere the right to the configuration set that an identity has by default. The look-up knows no resources.
 */
const sendMail = ({ mailFrom }: StageParameters): readonly Statement[] =>
  (mailFrom ?? '') === ''
    ? []
    : [
        {
          ...allow(
            ['ses:SendEmail'],
            [inAccount('ses', 'identity/*'), inAccount('ses', 'configuration-set/*')],
          ),
          Condition: { StringEquals: { 'ses:FromAddress': String(mailFrom) } },
        },
        allow(['ses:GetSuppressedDestination'], '*'),
      ];

/** Of everything that runs jobs. */
const logGroups = ({ servers }: StageParameters): readonly unknown[] =>
  [
    `/aws/lambda/\${AWS::StackName}-worker`,
    `/aws/lambda/\${AWS::StackName}-longWorker`,
    ...(servers === 'fargate' ? [`/ecs/\${AWS::StackName}-servers`] : []),
  ].map((name) => inAccount('logs', `log-group:${name}:*`));

/** IAM refuses a policy with an empty resource. */
const putEvents = ({ eventBus }: StageParameters): readonly Statement[] =>
  (eventBus ?? '') === '' ? [] : [allow(['events:PutEvents'], inAccount('events', `event-bus/${eventBus}`))];

const headersOfTraces = ({ otlpHeaders }: StageParameters): readonly Statement[] => {
  const [, service, name] = secretPattern.exec(String(otlpHeaders ?? '')) ?? [];
  if (name === undefined) return [];
  return [readSecret({ service: service === 'ssm' ? 'ssm' : 'secretsmanager' }, name)];
};

/** What a function may do that has a capability. Beside this it may write its own log. */
export const rightsOf = (
  parameters: StageParameters,
  ordered = orderedQueueIds(parameters),
  { table, index, itemOf, deletable, readAccess, readEntries } = rightsToTables(parameters),
): Readonly<Record<CapabilityName, readonly Statement[]>> => ({
  readJobs: table('GetItem'),
  jobTable: table('GetItem', 'UpdateItem'),
  jobTableWithMessages: [...table('GetItem', 'UpdateItem'), ...readable('messages', ...ownCalls)],
  jobLists: [index('list', 'failed'), ...table('BatchGetItem')],
  unfinishedJobs: [index('failed', 'group'), ...table('GetItem', 'UpdateItem')],
  workPlaces: [...table('BatchGetItem', 'UpdateItem'), index('due'), deletable(placeItems)],
  waitingJobs: [index('due')],
  sampleJobs: table('DescribeTable', 'Scan'),
  openJobs: table('Scan'),
  passState: [itemOf(passItemId)],
  countRequests: [itemOf(requestRateItems)],
  countWaits: [itemOf(openWaitItems)],
  listShards: [],
  tenantLimits: [],
  maxWait: [],
  callers: readAccess,
  tokenIssuer: [],
  webhookSecrets: [...readEntries(webhookKeyId), ...readEntries(`${webhookEntryPrefix}*`)],
  tenants: readEntries(`${tenantEntryPrefix}*`),
  suspensions: readEntries(suspendedId),
  signalLinks: readEntries(linksId),
  endpointTable: [
    allow(
      ['GetItem', 'PutItem', 'DeleteItem', 'Query'].map((call) => `dynamodb:${call}`),
      arnOf('EndpointTable'),
    ),
  ],
  triedEndpoints: [
    allow(['dynamodb:Query'], sub(`\${EndpointTable.Arn}/index/tried`)),
    allow(['dynamodb:GetItem', 'dynamodb:PutItem'], arnOf('EndpointTable')),
  ],

  receiveStandard: receive('StandardQueue'),
  receiveLong: receive('LongQueue'),
  receiveServer: receive('ServerQueue'),
  receiveBulk: receive('BulkQueue'),
  receiveOrdered: receive(...ordered),
  receiveWaiting: receive('WaitingQueue'),
  receiveNotifications: receive('NotifyQueue', 'NotifySlowQueue'),
  receiveDeadLetters: receive(...deadLetterQueues),
  sendToStandard: send('StandardQueue'),
  sendToLong: send('LongQueue'),
  sendToServer: send('ServerQueue'),
  sendToBulk: send('BulkQueue'),
  sendToOrdered: send(...ordered),
  sendToWaiting: send('WaitingQueue'),
  jobQueues: send(...unorderedQueues, ...ordered),
  notifyEnds: send('NotifyQueue'),
  sendToSlowQueue: send('NotifySlowQueue'),
  sendToDeadLetters: send('DeadLetterQueue'),
  sendToNotifyDeadLetters: send('NotifyDeadLetterQueue'),
  quarantine: send('QuarantineQueue'),
  showOrdered: [allow(['sqs:ChangeMessageVisibility'], ordered.map(arnOf))],
  countOrdered: [allow(['sqs:GetQueueAttributes'], ordered.map(arnOf))],
  queueFigures: countQueues(ordered),
  watchedStage: countQueues(ordered),
  watchState: [itemOf(watchItemId)],
  alarmTopic: [allow(['sns:Publish', 'sns:ListSubscriptionsByTopic'], ref('AlarmTopic'))],

  readLogs: [
    allow(['logs:StartQuery'], logGroups(parameters)),
    allow(['logs:GetQueryResults'], '*'), // it knows no resources
  ],

  signUploads: [objects('uploads', 'PutObject')],
  readUploads: readable('uploads', 'GetObject'),
  saveStates: readable('states', ...ownCalls),
  writeResults: readable(
    'results',
    'GetObject',
    'PutObject',
    'AbortMultipartUpload',
    'ListMultipartUploadParts',
  ),
  readResults: readable('results', 'GetObject'),
  readMessages: readable('messages', 'GetObject'),
  keepPayloads: parameters.keepPayload === 'always' ? [objects('messages', 'PutObject')] : [],
  readMaps: readable('maps', 'GetObject'),
  readInputs: [...readable('uploads', 'GetObject'), ...readable('states', 'GetObject')],
  storeAnswers: ['PutObject', 'DeleteObject'].map((action) => objects('states', action)),
  eraseObjects: ['messages', 'results', 'states'].map((prefix) => objects(prefix, 'DeleteObject')),
  abortResults: [objects('results', 'AbortMultipartUpload')],

  waitingSchedules: schedules('ScheduleRole', 'CreateSchedule', 'DeleteSchedule'),
  notifySchedules: schedules('NotifyScheduleRole', 'CreateSchedule'),
  mail: sendMail(parameters),
  eventBus: putEvents(parameters),
  stackOutputs: [
    allow(['cloudformation:DescribeStacks'], inAccount('cloudformation', `stack/\${AWS::StackName}/*`)),
  ],

  publicUrl: [],
  jobRetention: [],
  uploadRetention: [],
  leases: [],
  notifyTargets: [],
  webhookHosts: [],
  stageSetup: [],
  metrics: [],
  readMetrics: [allow(['cloudwatch:GetMetricData'], '*')], // it knows no resources
  traces: headersOfTraces(parameters),
  nameLookups: [],
});
