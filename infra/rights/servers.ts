import * as z from 'zod/mini';
import { receiveServer, signalLinks, stackOutputs } from '../../shared/aws/uses/capabilities.ts';
import * as serverUses from '../../shared/aws/uses/server-uses.ts';
import * as submitUses from '../../shared/aws/uses/submit-uses.ts';
import * as workerUses from '../../shared/aws/uses/worker-uses.ts';
import type { Resources } from '../template/serverless.ts';
import type { Statement } from '../template/template-values.ts';
import type { Environment } from '../template/worker-outputs.ts';
import { derivedFrom, type StageToDerive } from './derive-functions.ts';

/**
 * Its owner says which queues a server receives from. One on Fargate is for the queue `server`. What its jobs spawn or
 * submit runs from any.
 */
const ownServer = { ...serverUses, stackOutputs };
const fargateServer = { ...workerUses, ...submitUses, receiveServer, signalLinks };

interface Additions {
  readonly stage: StageToDerive;
  /** What a worker of every type has. A server runs what that runs, and more. */
  readonly environment: Environment;
}

const containers = z.tuple([z.looseObject({ Environment: z.array(z.unknown()) })]);
const policies = z.array(z.unknown());
const configuration = z.looseObject({});

/** Completes infra/resources/servers.yml, in a stage that has it. */
export function addServers({ Resources }: Resources, { stage, environment }: Additions): void {
  const { parameters } = stage;
  const propertiesOf = (id: string): Record<string, unknown> => {
    const properties = Resources?.[id]?.Properties;
    if (!properties) throw new Error(`infra/resources/servers.yml has no ${id}.`);
    return properties;
  };
  if (parameters.servers === 'own')
    propertiesOf('ServersPolicy').PolicyDocument = policyOf(derivedFrom(ownServer, stage).rights);
  if (parameters.servers !== 'fargate') return;
  const task = propertiesOf('ServersTask');
  const [worker] = containers.parse(task.ContainerDefinitions);
  const variables = Object.entries(environment).map(([Name, Value]) => ({
    Name,
    Value,
  }));
  task.ContainerDefinitions = [{ ...worker, Environment: [...worker.Environment, ...variables] }];
  const { rights } = derivedFrom(fargateServer, stage);
  addPolicy(propertiesOf('ServersTaskRole'), 'worker', rights);
  addPolicy(propertiesOf('ServersExecutionRole'), 'image', rightsToImage(String(parameters.serversImage)));
  const policy = propertiesOf('ServersForJobs');
  policy.StepScalingPolicyConfiguration = {
    ...configuration.parse(policy.StepScalingPolicyConfiguration),
    StepAdjustments: stepsTo(Number(parameters.serversMax)),
  };
}

const policyOf = (Statement: readonly Statement[]) => ({ Version: '2012-10-17', Statement });

/** IAM refuses a policy without a statement. */
function addPolicy(role: Record<string, unknown>, PolicyName: string, Statement: readonly Statement[]): void {
  if (Statement.length === 0) return;
  role.Policies = [...policies.parse(role.Policies), { PolicyName, PolicyDocument: policyOf(Statement) }];
}

/** As many tasks as jobs. The bounds of a step count from the alarm's threshold, which is one job. */
const stepsTo = (max: number) =>
  Array.from({ length: max }, (_, above) => ({
    MetricIntervalLowerBound: above,
    ...(above + 1 < max ? { MetricIntervalUpperBound: above + 1 } : {}),
    ScalingAdjustment: above + 1,
  }));

const ecrImage = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/;

/** Only a repository of ECR asks who pulls from it. */
export function rightsToImage(image: string): readonly Statement[] {
  const [, account, region, repository] = ecrImage.exec(image) ?? [];
  if (account === undefined) return [];
  return [
    {
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: { 'Fn::Sub': `arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${repository}` },
    },
    // It knows no resources.
    { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
  ];
}
