import * as z from 'zod/mini';
import { kind, statement } from './kinds.ts';

const ref = z.object({ Ref: z.string() });
const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });

const container = z.looseObject({
  Image: z.string(),
  ReadonlyRootFilesystem: z.boolean(),
  StopTimeout: z.number(),
  Environment: z.array(z.object({ Name: z.string(), Value: z.union([z.string(), ref]) })),
  MountPoints: z.array(z.object({ SourceVolume: z.string(), ContainerPath: z.string() })),
  HealthCheck: z.looseObject({ Command: z.array(z.string()) }),
});
export const task = kind(
  'AWS::ECS::TaskDefinition',
  z.looseObject({
    Cpu: z.coerce.string(),
    Memory: z.coerce.string(),
    RuntimePlatform: z.object({ CpuArchitecture: z.string(), OperatingSystemFamily: z.string() }),
    ContainerDefinitions: z.tuple([container]),
  }),
);

export const service = kind(
  'AWS::ECS::Service',
  z.looseObject({
    PropagateTags: z.optional(z.string()),
    CapacityProviderStrategy: z.array(z.object({ CapacityProvider: z.string(), Weight: z.coerce.number() })),
    NetworkConfiguration: z.object({ AwsvpcConfiguration: z.looseObject({ Subnets: z.array(ref) }) }),
  }),
);

export const subnet = kind(
  'AWS::EC2::Subnet',
  z.looseObject({ AvailabilityZone: z.object({ 'Fn::Select': z.tuple([z.number(), z.unknown()]) }) }),
);

export const taskRole = kind(
  'AWS::IAM::Role',
  z.object({
    AssumeRolePolicyDocument: z.unknown(),
    Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) })),
  }),
);

export const policy = kind(
  'AWS::IAM::ManagedPolicy',
  z.object({
    Description: z.string(),
    PolicyDocument: z.object({ Version: z.string(), Statement: z.array(statement) }),
  }),
);

export const scalingTarget = kind(
  'AWS::ApplicationAutoScaling::ScalableTarget',
  z.looseObject({ MinCapacity: z.number(), MaxCapacity: z.coerce.number() }),
);

const step = z.object({
  MetricIntervalLowerBound: z.optional(z.number()),
  MetricIntervalUpperBound: z.optional(z.number()),
  ScalingAdjustment: z.number(),
});
export const scalingPolicy = kind(
  'AWS::ApplicationAutoScaling::ScalingPolicy',
  z.looseObject({
    StepScalingPolicyConfiguration: z.looseObject({
      AdjustmentType: z.literal('ExactCapacity'),
      StepAdjustments: z.array(step),
    }),
  }),
);

/** An alarm on an expression of several metrics. */
const metric = z.object({
  Id: z.string(),
  ReturnData: z.boolean(),
  Expression: z.optional(z.string()),
  MetricStat: z.optional(
    z.looseObject({
      Metric: z.object({
        Namespace: z.string(),
        MetricName: z.string(),
        Dimensions: z.array(z.object({ Name: z.string(), Value: attribute })),
      }),
    }),
  ),
});
export const alarmOnJobs = z.looseObject({
  Metrics: z.array(metric),
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  EvaluationPeriods: z.number(),
  AlarmActions: z.array(ref),
});
