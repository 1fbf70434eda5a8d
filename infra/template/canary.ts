import { type MetricName, meteredQueues } from '../../shared/domain/observe/metrics.ts';
import { attemptsFailing } from '../../shared/domain/watch/watch-ports.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import { shifts } from '../parameters/shifts.ts';
import { attempts, filterOf, runsJobs } from './alarms.ts';
import { aliasIdOf, aliasName } from './live-alias.ts';
import type { Naming, Resource, Serverless } from './serverless.ts';
import { allow, arnOf, inAccount, ref } from './template-values.ts';

type Metric = Readonly<Record<string, unknown>>;

interface Watched {
  readonly what: string;
  readonly metrics: readonly Metric[];
  /** Of the other metrics: it is `threshold` or more if something is wrong. */
  readonly expression: string;
  readonly threshold: number;
}

/** An alarm of which nobody is told but CodeDeploy: the watch tells people. */
const quietAlarm = ({ what, metrics, expression, threshold }: Watched): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmDescription: what,
    Metrics: [...metrics, { Id: 'result', Expression: expression, ReturnData: true }],
    Threshold: threshold,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  },
});

/** The sum of metrics of which some have no data. */
const sumOf = (metrics: readonly Metric[]): string =>
  `SUM([${metrics.map(({ Id }) => String(Id)).join(', ')}])`;

interface Series {
  readonly id: string;
  readonly stat: 'Sum' | 'SampleCount';
  readonly namespace: unknown;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
  readonly minutes: number;
}

const metricOf = ({ id, stat, namespace, metric, dimensions, minutes }: Series): Metric => ({
  Id: id,
  MetricStat: {
    Metric: {
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: 60 * minutes,
    Stat: stat,
  },
  ReturnData: false,
});

/** A version of a function, in the template of its deployment. */
interface Version {
  readonly name: string;
  readonly functionId: string;
  readonly number: unknown;
}

/**
 * What takes calls or runs jobs, moved in one wave. The other functions move at once: CodeDeploy deploys each alias by
 * itself, and all of them together would make more calls than Lambda's control plane takes, 15 a second.
 */
export const shifted = ['submit', 'status', 'api', 'worker', 'longWorker', 'bulk'];

const capitalized = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/**
 * Three: one may be a job that ends its process. And one in a hundred: a busy function has three in five minutes at any
 * time.
 */
const isErroneous = '(errors >= 3) AND (errors / invocations >= 0.01)';

function errorsAlarm({ name, functionId, number }: Version, minutes: number): readonly [string, Resource] {
  const dimensions = {
    FunctionName: ref(functionId),
    Resource: { 'Fn::Join': [':', [ref(functionId), aliasName]] },
    ExecutedVersion: number,
  };
  const common = { stat: 'Sum', namespace: 'AWS/Lambda', dimensions, minutes } as const;
  return [
    `Canary${capitalized(name)}ErrorsAlarm`,
    quietAlarm({
      what: `Invocations of the new version of ${name} failed`,
      metrics: [
        metricOf({ ...common, id: 'errors', metric: 'Errors' }),
        metricOf({ ...common, id: 'invocations', metric: 'Invocations' }),
      ],
      expression: `IF(${isErroneous}, 1, 0)`,
      threshold: 1,
    }),
  ];
}

/**
 * Of all calls, in both versions: API Gateway does not tell them apart. A function with a twentieth of the calls, of
 * which a tenth fails.
 */
const isFaulty = '(faults >= 5) AND (faults / calls >= 0.005)';

function apiFaultsAlarm(minutes: number): Resource {
  const dimensions = { ApiId: ref('HttpApi') };
  const common = { stat: 'Sum', namespace: 'AWS/ApiGateway', dimensions, minutes } as const;
  return quietAlarm({
    what: 'The API answered with 5xx',
    metrics: [
      metricOf({ ...common, id: 'faults', metric: '5xx' }),
      metricOf({ ...common, id: 'calls', metric: 'Count' }),
    ],
    expression: `IF(${isFaulty}, 1, 0)`,
    threshold: 1,
  });
}

/** As handlers call their log: `long-worker`. */
const serviceOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * The share of failed attempts in the new version, less that in the other one. There is none before both have had
 * attempts.
 */
const difference = 'freshFailed / fresh - (seenFailed - freshFailed) / (seen - fresh)';
/**
 * Whether it is one in a hundred, and three times what chance does: the variance of a share is f (n - f) / n^3, for f
 * of n. Fewer than twenty attempts say nothing. CloudWatch has no square root.
 */
const isWorse =
  '(fresh >= 20) AND (difference >= 0.01) AND (difference * difference * fresh * fresh * fresh >= 9 * freshFailed * (fresh - freshFailed))';

function attemptsAlarm({ name, number }: Version, minutes: number): readonly [string, Resource] {
  const Service = serviceOf(name);
  const common = { namespace: ref('AWS::StackName'), metric: attemptsFailing, minutes };
  const ofAll = { ...common, dimensions: { Service } };
  const ofVersion = { ...common, dimensions: { Service, FunctionVersion: number } };
  return [
    `Canary${capitalized(name)}AttemptsAlarm`,
    quietAlarm({
      what: `Attempts fail more often in the new version of ${name} than in the one before`,
      metrics: [
        metricOf({ ...ofVersion, id: 'fresh', stat: 'SampleCount' }),
        metricOf({ ...ofVersion, id: 'freshFailed', stat: 'Sum' }),
        metricOf({ ...ofAll, id: 'seen', stat: 'SampleCount' }),
        metricOf({ ...ofAll, id: 'seenFailed', stat: 'Sum' }),
        { Id: 'difference', Expression: difference, ReturnData: false },
      ],
      expression: `IF(${isWorse}, 1, 0)`,
      threshold: 1,
    }),
  ];
}

function unreadableAlarm(minutes: number): Resource {
  const metrics = meteredQueues.map((Queue, at) =>
    metricOf({
      id: `queue${at}`,
      stat: 'Sum',
      namespace: ref('AWS::StackName'),
      metric: 'ConfigurationUnreadable' satisfies MetricName,
      dimensions: { Queue },
      minutes,
    }),
  );
  const what = 'A function could not read its configuration, and gave its messages back';
  return quietAlarm({ what, metrics, expression: sumOf(metrics), threshold: 1 });
}

/** The attempts of a function, all of them and by version: what its alarm compares. */
const filtersOf = (name: string, group: string): Readonly<Record<string, Resource>> =>
  Object.fromEntries(
    Object.entries(attempts).flatMap(([what, filter]) => {
      const service = { Key: 'Service', Value: '$.service' };
      const version = { Key: 'FunctionVersion', Value: '$.functionVersion' };
      return Object.entries({ Service: [service], Version: [service, version] }).map(([by, dimensions]) => [
        `Canary${name}${what}By${by}`,
        filterOf({ ...filter, dimensions }, group),
      ]);
    }),
  );

const application: Resource = {
  Type: 'AWS::CodeDeploy::Application',
  Properties: { ComputePlatform: 'Lambda' },
};

/** Less than AWS's policy for it: no hook is called, and nothing is read from S3. */
const role: Resource = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'codedeploy.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    Policies: [
      {
        PolicyName: 'shift',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            allow(
              ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
              // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
              inAccount('lambda', 'function:${AWS::StackName}-*'),
            ),
            allow(['cloudwatch:DescribeAlarms'], inAccount('cloudwatch', 'alarm:*')),
          ],
        },
      },
    ],
  },
};

const groupOf = (config: string, alarms: readonly string[]): Resource => ({
  Type: 'AWS::CodeDeploy::DeploymentGroup',
  Properties: {
    ApplicationName: ref('CanaryApplication'),
    ServiceRoleArn: arnOf('CanaryRole'),
    DeploymentConfigName: config,
    DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
    AlarmConfiguration: { Enabled: true, Alarms: alarms.map((id) => ({ Name: ref(id) })) },
    AutoRollbackConfiguration: {
      Enabled: true,
      Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
    },
  },
});

/**
 * Has CodeDeploy move the aliases of what takes calls or runs jobs, a part of the calls first, and back if an alarm
 * rings. All have the same alarms: a build is one whole, and goes back as one. Their names begin with `Canary`:
 * `findRingingAlarms` asks for these.
 */
export function shiftAliases(
  { functions, provider }: Serverless['service'],
  parameters: StageParameters,
  naming: Naming,
): void {
  const shift = shifts[String(parameters.canary)];
  const Resources = provider.compiledCloudFormationTemplate?.Resources;
  if (shift === undefined || Resources === undefined) return;
  const versions = Object.entries(functions).flatMap(([name, { versionLogicalId = '' }]) =>
    shifted.includes(name)
      ? [
          {
            name,
            functionId: naming.getLambdaLogicalId(name),
            number: { 'Fn::GetAtt': [versionLogicalId, 'Version'] },
          },
        ]
      : [],
  );
  const workers = versions.filter(({ name }) => runsJobs(name));
  const alarms = {
    ...Object.fromEntries(versions.map((version) => errorsAlarm(version, shift.windowMinutes))),
    ...Object.fromEntries(workers.map((version) => attemptsAlarm(version, shift.windowMinutes))),
    CanaryUnreadableAlarm: unreadableAlarm(shift.windowMinutes),
    CanaryApiFaultsAlarm: apiFaultsAlarm(shift.windowMinutes),
  };
  const group = groupOf(shift.config, Object.keys(alarms));
  Object.assign(Resources, { CanaryApplication: application, CanaryRole: role, ...alarms });
  for (const { name } of workers)
    Object.assign(Resources, filtersOf(name, naming.getLogGroupLogicalId(name)));
  for (const { functionId } of versions) {
    const groupId = `${functionId}CanaryGroup`;
    const aliasId = aliasIdOf(functionId);
    const policy = { ApplicationName: ref('CanaryApplication'), DeploymentGroupName: ref(groupId) };
    Object.assign(Resources, {
      [groupId]: group,
      [aliasId]: {
        ...Resources[aliasId],
        DependsOn: groupId,
        UpdatePolicy: { CodeDeployLambdaAliasUpdate: policy },
      },
    });
  }
}
