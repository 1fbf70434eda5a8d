import { describe, expect, test } from '@jest/globals';
import { parseServerOptions } from '../../server/options.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import * as serverUses from '../../shared/aws/uses/server-uses.ts';
import { ofEachOrdered } from './expected.ts';
import { privileges } from './expected-privileges.ts';
import { lastArgsOf, stageNamed } from './image/dockerfile.ts';
import { findingsIn } from './nag-findings.ts';
import { rightsIn } from './rights-in.ts';
import {
  alarmOnJobs,
  scalingPolicy,
  scalingTarget,
  service,
  subnet,
  task,
  taskRole,
} from './server-kinds.ts';
import { serverExceptions, serverPrivileges } from './server-rights.ts';
import type { Template } from './template.ts';

const image = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker:v1';
export const serverParameters = {
  servers: 'fargate',
  serversImage: image,
  serversMax: '3',
  serversSpotWeight: '2',
  permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
};

/** @param template of a stage with these parameters */
export function describeServers(template: Template): void {
  describe('the tasks', () => describeTasks(template));
  describe('the rights of the tasks', () => describeRights(template));
  describe('the number of tasks', () => describeNumber(template));

  test('every role has the permissions boundary of the stage', () => {
    const roles = Object.entries(template.resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(10);
    for (const [id, { Properties }] of roles)
      expect({ id, Properties }).toMatchObject({
        Properties: { PermissionsBoundary: serverParameters.permissionsBoundary },
      });
  });

  test('cdk-nag finds nothing in what servers add without a reason beside it', () => {
    const own = findingsIn(template.text).filter(({ resource }) => resource.startsWith('Servers'));
    const isExcepted = ({ rule, resource }: { rule: string; resource: string }) =>
      serverExceptions.some((each) => each.rule === rule && each.resources.test(resource));
    expect(own.filter((finding) => !isExcepted(finding))).toEqual([]);
    for (const { rule, resources } of serverExceptions)
      expect([rule, own.some((each) => each.rule === rule && resources.test(each.resource))]).toEqual([
        rule,
        true,
      ]);
  });
}

function describeTasks(template: Template): void {
  const container = () => template.one('ServersTask', task).ContainerDefinitions[0];

  test('run the image on arm64, on a root that is not written to, and have two minutes to stop', () => {
    const { RuntimePlatform, Cpu, Memory } = template.one('ServersTask', task);
    expect({ RuntimePlatform, Cpu, Memory }).toEqual({
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      Cpu: '1024',
      Memory: '4096',
    });
    expect(container()).toMatchObject({ Image: image, ReadonlyRootFilesystem: true, StopTimeout: 120 });
    expect(container().MountPoints).toEqual([{ SourceVolume: 'tmp', ContainerPath: '/tmp' }]);
  });

  test('have the environment of a server, which stops before ECS ends it', () => {
    const values = container().Environment.map(({ Name, Value }) => [
      Name,
      typeof Value === 'object' && Value.Ref === 'AWS::Region' ? 'eu-central-1' : template.resolve(Value),
    ]);
    const environment = Object.fromEntries(values) as Record<string, string>;
    expect(() => readEnvironment(serverUses, environment)).not.toThrow();
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const options = parseServerOptions(['node', 'main.mjs']);
      expect(options).toEqual({ queues: ['server'], concurrency: 1, drainSeconds: 100, healthPort: 8080 });
      expect(options.drainSeconds).toBeLessThan(container().StopTimeout);
    } finally {
      process.env = before;
    }
  });

  // dockerfile.test.ts runs it.
  test('are checked as the image says', () => {
    const [kind, ...command] = container().HealthCheck.Command;
    const ofImage = lastArgsOf(stageNamed('worker'), 'HEALTHCHECK');
    expect(kind).toBe('CMD');
    expect(ofImage).toContain(` CMD ${JSON.stringify(command).replaceAll('","', '", "')}`);
  });

  test('run in two Availability Zones, on Fargate and on Spot, by the weight that is given', () => {
    const { CapacityProviderStrategy, NetworkConfiguration } = template.one('ServersService', service);
    expect(CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Weight: 1 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 2 },
    ]);
    const zones = NetworkConfiguration.AwsvpcConfiguration.Subnets.map(
      ({ Ref }) => template.one(Ref, subnet).AvailabilityZone['Fn::Select'][0],
    );
    expect(zones).toEqual([0, 1]);
  });

  test('have the tags of the service', () => {
    expect(template.one('ServersService', service).PropagateTags).toBe('SERVICE');
  });

  test('go on while those of a deployment start beside them, and no balance of zones stops them', () => {
    expect(template.one('ServersService', service)).toMatchObject({
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      AvailabilityZoneRebalancing: 'DISABLED',
    });
  });

  test('cannot be connected to', () => {
    expect(template.resources.ServersSecurityGroup?.Properties).not.toHaveProperty('SecurityGroupIngress');
    const types = Object.values(template.resources).map(({ Type }) => Type);
    expect(types).not.toContain('AWS::EC2::SecurityGroupIngress');
    expect(types).not.toContain('AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(types).not.toContain('AWS::EC2::NatGateway');
  });
}

function describeRights(template: Template): void {
  const rightsOf = (id: string) =>
    rightsIn(template.one(id, taskRole).Policies.flatMap(({ PolicyDocument: { Statement } }) => Statement));

  test('are those of the long worker, but of the queue server, and to protect a task of the cluster', () => {
    const { LongQueue, ServerQueue, OrderedQueue, ...others } = privileges.longWorker ?? {};
    expect(rightsOf('ServersTaskRole')).toEqual(
      ofEachOrdered({ ...others, ...serverPrivileges.task }, 'preview'),
    );
    expect(serverPrivileges.task.ServerQueue).toEqual(LongQueue);
  });

  test('of ECS are to pull the image and to write the log', () => {
    expect(rightsOf('ServersExecutionRole')).toEqual(serverPrivileges.execution);
  });

  test('are given to tasks of the account alone', () => {
    const Condition = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    const Principal = { Service: ['ecs-tasks.amazonaws.com'] };
    const Statement = [{ Effect: 'Allow', Principal, Action: ['sts:AssumeRole'], Condition }];
    for (const id of ['ServersTaskRole', 'ServersExecutionRole'])
      expect(template.one(id, taskRole).AssumeRolePolicyDocument).toEqual({
        Version: '2012-10-17',
        Statement,
      });
  });
}

function describeNumber(template: Template): void {
  /** What the policy of an alarm sets it to, if the alarm has this value. */
  const tasksAt = (alarmId: string, jobs: number): number | undefined => {
    const properties = alarmOnJobs.parse(template.resources[alarmId]?.Properties);
    const above = jobs - properties.Threshold;
    const isOn = properties.ComparisonOperator === 'LessThanThreshold' ? above < 0 : above >= 0;
    const follows = template.one(properties.AlarmActions[0]?.Ref ?? '', scalingPolicy);
    const step = follows.StepScalingPolicyConfiguration.StepAdjustments.find(
      ({ MetricIntervalLowerBound: from = -Infinity, MetricIntervalUpperBound: to = Infinity }) =>
        from <= above && above < to,
    );
    return isOn ? step?.ScalingAdjustment : undefined;
  };

  test('is that of the jobs, up to the maximum, and zero only after a time without a job', () => {
    const tasks = [0, 1, 2, 3, 4, 100].map((jobs) => tasksAt('ServersJobsAlarm', jobs));
    expect(tasks).toEqual([undefined, 1, 2, 3, 3, 3]);
    expect([0, 1, 100].map((jobs) => tasksAt('ServersIdleAlarm', jobs))).toEqual([0, undefined, undefined]);
    const { EvaluationPeriods } = alarmOnJobs.parse(template.resources.ServersIdleAlarm?.Properties);
    expect(EvaluationPeriods).toBe(15);
    const { MinCapacity, MaxCapacity } = template.one('ServersScaling', scalingTarget);
    expect([MinCapacity, MaxCapacity]).toEqual([0, 3]);
  });

  test('counts jobs that wait and jobs that run: a task with a job is wanted as long as it has it', () => {
    for (const id of ['ServersJobsAlarm', 'ServersIdleAlarm']) {
      const { Metrics } = alarmOnJobs.parse(template.resources[id]?.Properties);
      const read = Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
      expect(read.map(({ MetricName }) => MetricName)).toEqual([
        'ApproximateNumberOfMessagesVisible',
        'ApproximateNumberOfMessagesNotVisible',
      ]);
      for (const { Dimensions } of read)
        expect(Dimensions).toEqual([
          { Name: 'QueueName', Value: { 'Fn::GetAtt': ['ServerQueue', 'QueueName'] } },
        ]);
    }
  });
}
