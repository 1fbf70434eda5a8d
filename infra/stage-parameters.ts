import { authModes, takesTokens, twoDoors } from '../shared/domain/access/auth-mode.ts';
import { limitNames, limits } from '../shared/domain/access/limits.ts';
import { maxOrderedQueues } from '../shared/domain/base/queue-figures.ts';
import { isPlainAddress } from '../shared/domain/notify/mail-rules.ts';
import type { NotifyTarget } from '../shared/domain/notify/notification.ts';
import { readTargets } from '../shared/domain/notify/stage-setup.ts';
import { allowedHostsIn } from '../shared/domain/notify/webhook-url.ts';
import { maxWaitSeconds } from '../shared/http/wait-request.ts';
import { violationsOfTargets } from '../shared/operations/check-targets.ts';
import { problemsOfCanary, shifts } from './canary.ts';
import { isMoved } from './moved-parameters.ts';
import {
  commaListOf,
  listOf,
  oneOf,
  orNothing,
  type Rule,
  type StageParameters,
  secretPattern,
  whole,
} from './parameter-rules.ts';
import { problemsOfServers, serverRules } from './server-parameters.ts';
import { problemsOfTables } from './stage-tables.ts';
import { maxTags, readTags } from './tags.ts';
import { problemsOfTypes, rulesOf, type UsesOfType } from './type-uses.ts';
import { problemsOfWarmth, warmRule } from './warm-throughput.ts';

/** The values that CloudWatch Logs accepts. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const isHttps = (value: string): boolean => URL.canParse(value) && new URL(value).protocol === 'https:';
/** An issuer on this machine, for `npm start`. */
const isLoopback = (value: string): boolean => /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/.test(value);
/** As a browser would write it, so that it can stand in headers and in pages as it is. */
const isPublicUrl = (value: string): boolean =>
  /^https:\/\/[^/?#@]+(\/[\w.~-]+)*$/.test(value) &&
  URL.canParse(value) &&
  new URL(value).href.replace(/\/$/, '') === value;
const isOrigin = (value: string): boolean =>
  value === '*' || (URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value);

/** Which hosts are allowed, and whether mail may be sent, depends on other parameters. */
const isTarget = (target: NotifyTarget): boolean => {
  if ('url' in target) return URL.canParse(target.url);
  return 'event' in target || isPlainAddress(target.email);
};

/** Invocations at a time. Lambda's limits of an event source mapping. */
const ofMapping = whole(2, 1000);
const tableName = /^[\w.-]{3,255}$/;

const ownRules: Readonly<Record<string, Rule>> = {
  vpcSubnets: commaListOf(/^subnet-[0-9a-f]+$/, 'a comma list of subnets, such as subnet-0a1b,subnet-2c3d'),
  vpcSecurityGroups: commaListOf(/^sg-[0-9a-f]+$/, 'a comma list of security groups, such as sg-0a1b'),
  auth: oneOf(...authModes),
  jwtIssuer: {
    accepts: (value) => value === '' || isHttps(value) || isLoopback(value),
    use: "the issuer's address, such as https://login.example.com/",
  },
  jwtAudience: { accepts: () => true, use: 'a comma list' },
  jwtTenantClaim: { accepts: (value) => value.trim() !== '', use: 'the name of a claim, such as sub' },
  cors: {
    accepts: (value) => listOf(value).every(isOrigin),
    use: 'a comma list of origins without a path, such as https://app.example.com; or nothing',
  },
  publicUrl: {
    accepts: (value) => value === '' || isPublicUrl(value),
    use: 'the https address of the API without a slash at its end, such as https://jobs.example.com or https://api.example.com/jobs; or nothing',
  },
  webhookHosts: {
    accepts: (value) => listOf(value).every((host) => /^[a-z0-9.-]+(:\d{1,5})?$/.test(host)),
    use: 'a comma list of hosts in lower case, such as hooks.internal or 10.0.0.7:8080; or nothing',
  },
  eventBus: {
    accepts: (value) => /^[\w./-]{0,256}$/.test(value),
    use: 'the name of an EventBridge bus of this account and region, such as default; or nothing',
  },
  ...serverRules,
  notify: {
    accepts: (value) => readTargets(value).every(isTarget),
    use: 'a comma list of web addresses, mail addresses and the word event; or nothing',
  },
  examples: oneOf('true', 'false'),
  throttleRate: whole(1),
  throttleBurst: whole(1),
  watch: oneOf('core', 'full', 'off'),
  canary: oneOf('off', ...Object.keys(shifts)),
  alarmMail: {
    accepts: (value) => value === '' || isPlainAddress(value),
    use: 'a mail address, such as on-call@example.com; or nothing',
  },
  alarmWebhook: {
    accepts: (value) => value === '' || isHttps(value),
    use: 'an https address that confirms subscriptions of SNS; or nothing',
  },
  metrics: oneOf('true', 'false'),
  metricsByType: oneOf('true', 'false'),
  keepLogs: oneOf('true', 'false'),
  otlpEndpoint: {
    accepts: (value) =>
      value === '' || (/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(value) && URL.canParse(value)),
    use: 'the address of a receiver of OTLP over HTTP without /v1/traces, such as http://localhost:4318; or nothing',
  },
  otlpHeaders: orNothing(
    secretPattern,
    'where a secret with the headers is, such as ssm:/jobs/otlp or secretsmanager:jobs/otlp',
  ),
  traceRatio: {
    accepts: (value) => /^(0(\.\d+)?|1(\.0+)?)$/.test(value),
    use: 'a number from 0 to 1, such as 0.1',
  },
  dashboard: oneOf('true', 'false'),
  logLevel: oneOf('DEBUG', 'INFO', 'WARN', 'ERROR'),
  logRetentionDays: oneOf(...retentions),
  maximumConcurrency: ofMapping,
  notifyConcurrency: ofMapping,
  admissionConcurrency: ofMapping,
  waitReserved: {
    accepts: (value) => value === 'none' || whole(1).accepts(value),
    use: `${whole(1).use}; or none`,
  },
  waitSeconds: whole(0, maxWaitSeconds),
  listShards: whole(1, 64),
  warmThroughput: warmRule,
  orderedQueues: whole(1, maxOrderedQueues),
  orderedQueuesWaitDays: {
    accepts: (value) => value === '0' || whole(15, 365).accepts(value), // a queue keeps a message for 14
    use: `${whole(15, 365).use}; or 0 on a stage without a job of a group`,
  },
  retentionDays: whole(15), // a queue may hold an invisible duplicate for 14 days
  keepChildrenDays: {
    accepts: (value) => value === '' || whole(15).accepts(value), // for the reason of retentionDays
    use: `${whole(15).use}; or nothing, which is retentionDays`,
  },
  uploadRetentionDays: whole(1),
  leaseSeconds: whole(2),
  longWorkerTimeout: whole(1, 900), // Lambda's maximum
  heartbeatSeconds: whole(1),
  awsClients: oneOf('lean', 'sdk'),
  keepPayload: oneOf('needed', 'always'),
  unknownTypeHours: whole(1, 168), // a message of a group is received every 15 minutes, and 1000 times at most
  spawnAllowance: whole(1, 10_000_000), // 100 batches of 100,000 children
  mailFrom: {
    accepts: (value) => value === '' || isPlainAddress(value),
    use: 'an address of an identity that SES has verified, such as jobs@example.com; or nothing',
  },
  tableDeletionPolicy: oneOf('Retain', 'Delete'),
  jobTable: orNothing(tableName, 'the name of a table of jobs that `npm run stage -- restore` has made'),
  accessTable: orNothing(tableName, 'the name of an access table that `npm run stage -- restore` has made'),
  operatorRole: orNothing(
    /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'the ARN of a role, such as arn:aws:iam::123456789012:role/operators',
  ),
  tags: {
    accepts: (value) => readTags(value) !== undefined,
    use: `a comma list of KEY=VALUE, such as team=shop,cost-center=7, each key once and none of AWS's own (aws:...), at most ${maxTags}; or nothing`,
  },
  permissionsBoundary: orNothing(
    /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/,
    'the ARN of a policy, such as arn:aws:iam::123456789012:policy/boundary',
  ),
};

/** Limits of each tenant, and whether there are several. A stage that does not name one has none. */
const limitRules: Readonly<Record<string, Rule>> = {
  tenants: oneOf('one', 'several'),
  ...Object.fromEntries(
    limitNames.map((name) => {
      const { accepts, use } = whole(1, limits[name].highest);
      return [
        name,
        { accepts: (value: string) => value === 'none' || accepts(value), use: `${use}; or none` },
      ];
    }),
  ),
};

/** Everything that is wrong with a stage's parameters, each with its name and the remedy. */
export function problemsOfParameters(
  parameters: StageParameters,
  types: readonly UsesOfType[] = [],
): readonly string[] {
  // A type may read a parameter of the engine, whose rule stays.
  const rules = { ...rulesOf(types), ...ownRules, ...limitRules };
  const wrong = Object.entries(rules).flatMap(([name, { accepts, use }]) => {
    const value = parameters[name];
    if (value === undefined && Object.hasOwn(limitRules, name)) return [];
    if (value === undefined || value === null) return [`${name} is missing. Use ${use}.`];
    return accepts(String(value)) ? [] : [`${name} is "${value}". Use ${use}.`];
  });
  const unknown = Object.keys(parameters)
    .filter((name) => !Object.hasOwn(rules, name) && !isMoved(name))
    .map((name) =>
      name === 'really'
        ? 'really is of `sls remove` alone. Leave it out.'
        : `${name} is not a parameter. Is it misspelt? There are ${Object.keys(rules).join(', ')}.`,
    );
  // What is misspelt elsewhere would be a problem of these, too.
  const others = wrong.length > 0 ? [] : problemsOfNotify(parameters);
  return [
    ...wrong,
    ...unknown,
    ...problemsOfLease(parameters),
    ...problemsOfTypes(types, parameters),
    ...problemsOfVpc(parameters),
    ...problemsOfWarmth(parameters),
    ...problemsOfCanary(parameters),
    ...problemsOfServers(parameters),
    ...others,
  ];
}

/** Lambda takes both, or none. */
function problemsOfVpc({ vpcSubnets, vpcSecurityGroups }: StageParameters): readonly string[] {
  const [subnets, groups] = [listOf(vpcSubnets).length, listOf(vpcSecurityGroups).length];
  if (subnets > 0 === groups > 0) return [];
  return ['vpcSubnets and vpcSecurityGroups belong together. Set both, or none of them.'];
}

/** Whom the stage tells of every job must be somebody whom the stage can tell. */
function problemsOfNotify(parameters: StageParameters): readonly string[] {
  const text = (name: string): string => String(parameters[name] ?? '');
  const targets = readTargets(text('notify'));
  const rules = {
    given: new Set(['mailFrom', 'eventBus'].filter((name) => text(name) !== '')),
    allowedHosts: allowedHostsIn(text('webhookHosts')),
    notify: targets,
    places: [],
  };
  return violationsOfTargets(targets, rules).map(
    ({ index, detail }) => `notify has ${JSON.stringify(targets[index])}: ${detail}.`,
  );
}

function problemsOfLease({ heartbeatSeconds, leaseSeconds }: StageParameters): readonly string[] {
  if (!(Number(heartbeatSeconds) * 2 > Number(leaseSeconds))) return [];
  return [
    `heartbeatSeconds is ${heartbeatSeconds}, more than half of leaseSeconds (${leaseSeconds}). Use at most half: one heartbeat may fail.`,
  ];
}

function problemsOfJwt({ auth, jwtIssuer, jwtAudience }: StageParameters): readonly string[] {
  if (!takesTokens(auth)) return [];
  return [
    ...(listOf(jwtIssuer).length > 0
      ? []
      : [`jwtIssuer is empty, and auth is ${auth}. Set it to the address of the issuer of your tokens.`]),
    ...(listOf(jwtAudience).length > 0
      ? []
      : [
          `jwtAudience is empty, and auth is ${auth}. Set it to the audience of your tokens; several as a comma list.`,
        ]),
  ];
}

/** What is wrong with deploying a stage with this mode. */
export function problemsOfDeployment(stage: string, parameters: StageParameters): readonly string[] {
  return [
    ...(stage === 'local'
      ? ['The stage local is for `npm start`, not for AWS. Deploy a stage of another name: --stage dev']
      : []),
    ...(parameters.auth === 'none'
      ? [
          `auth is none, which would open the stage ${stage} to everybody. Use apiKey, jwt, apiKey,jwt or iam.`,
        ]
      : []),
    ...problemsOfTables(stage, parameters),
    ...problemsOfJwt(parameters),
    ...(isLoopback(String(parameters.jwtIssuer))
      ? [
          `jwtIssuer is ${parameters.jwtIssuer}, which AWS cannot reach. Set it to an address that begins with https.`,
        ]
      : []),
  ];
}

interface Names {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
  readonly functions: readonly string[];
}

/** Of a role. Each function has one, by the name of the service, the stage, the function and the region. */
const maxRoleName = 64;

/** What is wrong with the name of a stage, which is part of the names of its resources. */
export function problemsOfStageName({ service, stage, region, functions }: Names): readonly string[] {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(stage))
    return [`The stage ${stage} cannot be part of names. Use letters, digits and hyphens, such as dev.`];
  const longest = Math.max(...functions.map(({ length }) => length));
  const max = maxRoleName - [service, region].join('---').length - longest;
  if (stage.length <= max) return [];
  return [
    `The name of the stage ${stage} has ${stage.length} characters. In ${region} it may have ${max}, since a role's name has ${maxRoleName}.`,
  ];
}

/** What is wrong with running a stage on this machine with this mode. */
export function problemsOfLocalRun(parameters: StageParameters): readonly string[] {
  const { auth } = parameters;
  if (auth === twoDoors) return problemsOfJwt(parameters);
  if (auth !== 'jwt' && auth !== 'iam') return [];
  return [
    `auth is ${auth}, which needs API Gateway: on this machine nothing would check a token or a signature. Use AUTH=apiKey, AUTH=apiKey,jwt or AUTH=none.`,
  ];
}
