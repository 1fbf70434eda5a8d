import {
  attemptsFailing,
  callsFailed,
  functionErrors,
  notificationsFailed,
  openTroubles,
  outages,
} from '../../shared/domain/watch/watch-ports.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import { liveArnOf } from './live-alias.ts';
import type { Resource, Resources } from './serverless.ts';
import { arnOf, ref } from './template-values.ts';

/** How osls calls what it makes. */
interface Naming {
  getLambdaLogicalId(functionName: string): string;
  getLogGroupLogicalId(functionName: string): string;
}

interface Watched {
  readonly parameters: StageParameters;
  /** The names of all functions. */
  readonly functions: readonly string[];
  readonly naming: Naming;
}

/**
 * Adds who looks after the stage: with `watch: core` a rule that calls the function `check`, filters that make metrics
 * of lines of logs, and alarms. With `off` there are the topic and its subscribers alone.
 */
export function addWatch(resources: Resources, watched: Watched): void {
  const { watch } = watched.parameters;
  const added = {
    ...subscriptions(watched.parameters),
    ...(watch === 'off' ? {} : { ...schedule(watched), ...filters(watched), ...coreAlarms(watched) }),
  };
  resources.Resources = { ...resources.Resources, ...added };
}

/** What tells the topic, at its start and at its end. */
const alarmOf = (properties: Readonly<Record<string, unknown>>): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Period: 300,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    Dimensions: [],
    ...properties,
    AlarmActions: [ref('AlarmTopic')],
    OKActions: [ref('AlarmTopic')],
  },
});

/** SNS asks each of them to confirm, before it sends anything else. */
function subscriptions({ alarmMail, alarmWebhook }: StageParameters): Readonly<Record<string, Resource>> {
  const entries = [
    ['AlarmMail', 'email', alarmMail],
    ['AlarmWebhook', 'https', alarmWebhook],
  ] as const;
  return Object.fromEntries(
    entries
      .filter(([, , endpoint]) => (endpoint ?? '') !== '')
      .map(([id, Protocol, Endpoint]) => [
        id,
        {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: ref('AlarmTopic'), Protocol, Endpoint },
        },
      ]),
  );
}

/** Not an event of serverless.yml, which `npm start` would obey. */
const schedule = ({ naming }: Watched): Readonly<Record<string, Resource>> => ({
  CheckRule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Description: 'Looks for troubles of the stage',
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Id: 'check', Arn: liveArnOf(naming, 'check') }],
    },
  },
  CheckRulePermission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: liveArnOf(naming, 'check'),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: arnOf('CheckRule'),
    },
  },
});

/** The namespace of a stage's metrics. */
const stack = ref('AWS::StackName');

export interface Filter {
  readonly pattern: string;
  readonly metric: string;
  readonly value: '0' | '1';
  readonly dimensions?: readonly { readonly Key: string; readonly Value: string }[];
}

/**
 * Of each function. Lambda writes such a line for an invocation that threw, took too long, or lost its process. One
 * whose function cannot read its configuration returns its messages, and is a success to Lambda.
 */
const errors: Filter = {
  pattern:
    '{ (($.type = "platform.report") && ($.record.status != "success")) || ($.message = "configuration unreadable") }',
  metric: functionErrors,
  value: '1',
};
const refusals: Filter = {
  pattern: `{ ${Object.keys(outages)
    .map((name) => `($.error.name = "${name}")`)
    .join(' || ')} }`,
  metric: callsFailed,
  value: '1',
  dimensions: [{ Key: 'Error', Value: '$.error.name' }],
};
const isEnd = '($.message = "attempt ended")';
export const attempts = {
  Failing: {
    pattern: `{ ${isEnd} && (($.outcome = "failed") || ($.outcome = "retrying")) }`,
    metric: attemptsFailing,
    value: '1',
  },
  Other: {
    pattern: `{ ${isEnd} && ($.outcome != "failed") && ($.outcome != "retrying") }`,
    metric: attemptsFailing,
    value: '0',
  },
} as const satisfies Record<string, Filter>;
const putOff: Filter = {
  pattern: '{ $.message = "notification failed" }',
  metric: notificationsFailed,
  value: '1',
};

export const runsJobs = (name: string): boolean => /worker$|^bulk$/i.test(name);

/** A filter costs nothing, and its metric only in hours in which it has found something. */
function filters({ functions, naming, parameters }: Watched): Readonly<Record<string, Resource>> {
  const ofFunctions = functions.flatMap((name) => {
    const group = naming.getLogGroupLogicalId(name);
    return Object.entries({
      Errors: errors,
      Refusals: refusals,
      ...(runsJobs(name) ? attempts : {}),
      ...(name === 'notify' ? { PutOff: putOff } : {}),
    }).map(([what, filter]) => [`${group}${what}`, filterOf(filter, group)] as const);
  });
  const ofServers: Readonly<Record<string, Filter>> =
    parameters.servers === 'fargate' ? { Refusals: refusals, ...attempts } : {};
  return Object.fromEntries([
    ...ofFunctions,
    ...Object.entries(ofServers).map(
      ([what, filter]) => [`ServersLogGroup${what}`, filterOf(filter, 'ServersLogGroup')] as const,
    ),
  ]);
}

export const filterOf = ({ pattern, metric, value, dimensions }: Filter, group: string): Resource => ({
  Type: 'AWS::Logs::MetricFilter',
  Properties: {
    LogGroupName: ref(group),
    FilterPattern: pattern,
    MetricTransformations: [
      {
        MetricNamespace: stack,
        MetricName: metric,
        MetricValue: value,
        ...(dimensions ? { Dimensions: dimensions } : {}),
      },
    ],
  },
});

const ofStage = { Namespace: stack, Threshold: 1 };
const see = 'see docs/incidents.md';

/** A rule calls the function every five minutes, and nobody else does. */
const silenceOf = (name: 'check' | 'overdue', naming: Naming): Resource =>
  alarmOf({
    AlarmDescription: `For 15 minutes nobody has called the function ${name}; ${see}`,
    Namespace: 'AWS/Lambda',
    MetricName: 'Invocations',
    Dimensions: [{ Name: 'FunctionName', Value: ref(naming.getLambdaLogicalId(name)) }],
    Statistic: 'Sum',
    Threshold: 1,
    EvaluationPeriods: 3,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });

const coreAlarms = ({ naming }: Watched): Readonly<Record<string, Resource>> => ({
  TroubleAlarm: alarmOf({
    ...ofStage,
    AlarmDescription: `The function check has found a trouble, and has sent a text about it; ${see}`,
    MetricName: openTroubles,
    Statistic: 'Maximum',
    // A check may come a second late, and then a period has none.
    EvaluationPeriods: 2,
    DatapointsToAlarm: 1,
  }),
  CheckSilentAlarm: silenceOf('check', naming),
  OverdueSilentAlarm: silenceOf('overdue', naming),
  FunctionErrorsAlarm: alarmOf({
    ...ofStage,
    AlarmDescription: `In 15 minutes, three invocations or more threw, took too long, lost their process, or could not read their configuration; ${see}`,
    MetricName: functionErrors,
    Statistic: 'Sum',
    Period: 900,
    Threshold: 3,
  }),
  AttemptsFailingAlarm: alarmOf({
    ...ofStage,
    AlarmDescription: `For 15 minutes, half of all attempts or more have failed; ${see}`,
    MetricName: attemptsFailing,
    Statistic: 'Average',
    EvaluationPeriods: 3,
    Threshold: 0.5,
  }),
  ApiFaultsAlarm: alarmOf({
    AlarmDescription: `The API has answered five calls or more with 5xx in 5 minutes; ${see}`,
    Namespace: 'AWS/ApiGateway',
    MetricName: '5xx',
    Dimensions: [{ Name: 'ApiId', Value: ref('HttpApi') }],
    Statistic: 'Sum',
    Threshold: 5,
  }),
  ThrottlesAlarm: alarmOf({
    AlarmDescription: `Lambda has refused invocations in this account and region: its concurrency is used up; ${see}`,
    Namespace: 'AWS/Lambda', // without a dimension: of all functions, as the limit is
    MetricName: 'Throttles',
    Statistic: 'Sum',
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    Threshold: 1,
  }),
});
