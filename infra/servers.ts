import * as z from 'zod/mini';
import type { Resources, Statement } from './serverless.ts';
import type { StageParameters } from './stage-parameters.ts';
import type { Environment } from './worker-outputs.ts';

interface Additions {
  readonly parameters: StageParameters;
  /** Of the long worker: a server runs what that runs, and more. */
  readonly environment: Environment;
  /** To other services that the stage has set up. */
  readonly rights: readonly Statement[];
}

const containers = z.tuple([z.looseObject({ Environment: z.array(z.unknown()) })]);
const policies = z.array(z.unknown());
const configuration = z.looseObject({});

/** Completes infra/servers.yml, in a stage that has it. */
export function addServers({ Resources }: Resources, { parameters, environment, rights }: Additions): void {
  const propertiesOf = (id: string): Record<string, unknown> => {
    const properties = Resources?.[id]?.Properties;
    if (!properties) throw new Error(`infra/servers.yml has no ${id}.`);
    return properties;
  };
  if (parameters.servers === 'own') addStatements(propertiesOf('ServersPolicy'), rights);
  if (parameters.servers !== 'fargate') return;
  const task = propertiesOf('ServersTask');
  const [worker] = containers.parse(task.ContainerDefinitions);
  const variables = Object.entries(environment).map(([Name, value]) => ({
    Name,
    Value: textOrReference(value),
  }));
  task.ContainerDefinitions = [{ ...worker, Environment: [...worker.Environment, ...variables] }];
  addPolicy(propertiesOf('ServersTaskRole'), 'services', rights);
  addPolicy(propertiesOf('ServersExecutionRole'), 'image', rightsToImage(String(parameters.serversImage)));
  const policy = propertiesOf('ServersForJobs');
  policy.StepScalingPolicyConfiguration = {
    ...configuration.parse(policy.StepScalingPolicyConfiguration),
    StepAdjustments: stepsTo(Number(parameters.serversMax)),
  };
}

const textOrReference = (value: unknown): unknown => (typeof value === 'object' ? value : String(value));

/** IAM refuses a policy without a statement. */
function addPolicy(role: Record<string, unknown>, PolicyName: string, Statement: readonly Statement[]): void {
  if (Statement.length === 0) return;
  const added = { PolicyName, PolicyDocument: { Version: '2012-10-17', Statement } };
  role.Policies = [...policies.parse(role.Policies), added];
}

const document = z.looseObject({ Statement: z.array(z.unknown()) });

function addStatements(policy: Record<string, unknown>, rights: readonly Statement[]): void {
  const { Statement, ...rest } = document.parse(policy.PolicyDocument);
  policy.PolicyDocument = { ...rest, Statement: [...Statement, ...rights] };
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
