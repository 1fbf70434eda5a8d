import * as z from 'zod/mini';
import type { Kind } from './template.ts';

const ref = z.object({ Ref: z.string() });

/** Parses a reference to an attribute to the logical id of its resource. */
const attributeOf = <Attribute extends string>(attribute: Attribute) =>
  z.pipe(
    z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal(attribute)]) }),
    z.transform((value): string => value['Fn::GetAtt'][0]),
  );
const arn = attributeOf('Arn');
/** Parses what a caller of a function names, its alias, to the logical id of the function: as osls has it, or as we do. */
export const liveArn = z.union([
  z.pipe(
    z.object({ 'Fn::Join': z.tuple([z.literal(':'), z.tuple([arn, z.literal('live')])]) }),
    z.transform((value): string => value['Fn::Join'][1][0]),
  ),
  z.pipe(
    z.object({ Ref: z.string().check(z.endsWith('LiveAlias')) }),
    z.transform((value): string => value.Ref.slice(0, -'LiveAlias'.length)),
  ),
]);
/** The same, as it stands in the template. */
const arnOf = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
/** Parses a reference to a resource to its logical id. */
const reference = z.pipe(
  ref,
  z.transform((value): string => value.Ref),
);
const substituted = z.pipe(
  z.object({ 'Fn::Sub': z.string() }),
  z.transform((value): string => value['Fn::Sub']),
);

const listOf = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.pipe(
    z.union([z.array(schema), schema]),
    z.transform((value): z.output<Schema>[] => (Array.isArray(value) ? value : [value])),
  );

export const kind = <Properties>(type: string, properties: z.ZodMiniType<Properties>): Kind<Properties> => ({
  type,
  properties,
});

export const lambdaFunction = kind(
  'AWS::Lambda::Function',
  z.object({
    FunctionName: z.string(),
    Handler: z.string(),
    Runtime: z.string(),
    Architectures: z.optional(z.array(z.string())),
    Timeout: z.number(),
    MemorySize: z.optional(z.number()),
    Role: arn,
    RecursiveLoop: z.optional(z.string()),
    ReservedConcurrentExecutions: z.optional(z.number()),
    LoggingConfig: z.optional(z.record(z.string(), z.string())),
    VpcConfig: z.optional(
      z.object({ SubnetIds: z.array(z.string()), SecurityGroupIds: z.array(z.string()) }),
    ),
    Code: z.object({ S3Key: z.string() }),
    Environment: z.object({ Variables: z.record(z.string(), z.union([z.string(), ref, arnOf])) }),
  }),
);
export type LambdaFunction = z.infer<(typeof lambdaFunction)['properties']>;

export const logGroup = kind(
  'AWS::Logs::LogGroup',
  z.object({ LogGroupName: z.string(), RetentionInDays: z.optional(z.number()) }),
);

export const statement = z.object({
  Effect: z.literal('Allow'),
  Action: listOf(z.string()),
  Resource: listOf(z.union([z.string(), arn, reference, substituted])),
  Condition: z.optional(z.unknown()),
});
export const role = kind(
  'AWS::IAM::Role',
  z.object({
    AssumeRolePolicyDocument: z.unknown(),
    ManagedPolicyArns: z.optional(
      z.array(z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.union([z.string(), ref]))]) })),
    ),
    Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) })),
  }),
);

export const scheduleGroup = kind('AWS::Scheduler::ScheduleGroup', z.strictObject({ Name: z.string() }));

export const queue = kind(
  'AWS::SQS::Queue',
  z.object({
    QueueName: z.string(),
    FifoQueue: z._default(z.boolean(), false),
    ContentBasedDeduplication: z.optional(z.boolean()),
    DeduplicationScope: z.optional(z.string()),
    FifoThroughputLimit: z.optional(z.string()),
    VisibilityTimeout: z._default(z.number(), 30),
    MessageRetentionPeriod: z.number(),
    MaximumMessageSize: z.number(),
    SqsManagedSseEnabled: z.boolean(),
    RedrivePolicy: z.optional(z.object({ deadLetterTargetArn: arn, maxReceiveCount: z.number() })),
  }),
);

export const eventSource = kind(
  'AWS::Lambda::EventSourceMapping',
  z.object({
    EventSourceArn: arn,
    FunctionName: liveArn,
    BatchSize: z.number(),
    MaximumBatchingWindowInSeconds: z.optional(z.number()),
    FunctionResponseTypes: z.optional(z.array(z.string())),
    ScalingConfig: z.optional(z.object({ MaximumConcurrency: z.number() })),
  }),
);

export const table = kind('AWS::DynamoDB::Table', z.looseObject({ TableName: z.string() }));

export const alarm = kind(
  'AWS::CloudWatch::Alarm',
  z.object({
    Namespace: z.union([z.string(), ref]),
    MetricName: z.string(),
    Statistic: z.string(),
    Period: z.number(),
    EvaluationPeriods: z.number(),
    Threshold: z.number(),
    ComparisonOperator: z.string(),
    TreatMissingData: z.string(),
    Dimensions: z.array(
      z.object({ Name: z.string(), Value: z.union([attributeOf('QueueName'), reference]) }),
    ),
    AlarmActions: z._default(z.array(reference), []),
    OKActions: z._default(z.array(reference), []),
    DatapointsToAlarm: z.optional(z.number()),
  }),
);

export const metricFilter = kind(
  'AWS::Logs::MetricFilter',
  z.object({
    LogGroupName: reference,
    FilterPattern: z.string(),
    MetricTransformations: z.tuple([
      z.object({
        MetricNamespace: ref,
        MetricName: z.string(),
        MetricValue: z.string(),
        Dimensions: z._default(z.array(z.object({ Key: z.string(), Value: z.string() })), []),
      }),
    ]),
  }),
);

export const rule = kind(
  'AWS::Events::Rule',
  z.object({
    ScheduleExpression: z.literal('rate(5 minutes)'),
    Targets: z.tuple([z.object({ Arn: liveArn })]),
  }),
);

export const subscription = kind(
  'AWS::SNS::Subscription',
  z.object({ TopicArn: reference, Protocol: z.string(), Endpoint: z.string() }),
);

const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.union([z.string(), ref]))]) });
export const route = kind(
  'AWS::ApiGatewayV2::Route',
  z.object({
    RouteKey: z.string(),
    Target: joined,
    AuthorizationType: z.optional(z.string()),
    AuthorizerId: z.optional(ref),
  }),
);
export const integration = kind(
  'AWS::ApiGatewayV2::Integration',
  z.object({ IntegrationUri: liveArn, PayloadFormatVersion: z.string(), TimeoutInMillis: z.number() }),
);
