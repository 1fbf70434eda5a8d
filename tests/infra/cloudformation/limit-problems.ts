import * as z from 'zod/mini';
import { asDeployed, lookIn } from './as-deployed.ts';
import { policiesIn } from './policy-problems.ts';
import type { RawTemplate } from './raw-template.ts';

/** What AWS's schemas do not say of a name: the property that has it, how long it may be, and of what it may consist. */
const names: Readonly<Record<string, readonly [property: string, most: number, letters: RegExp]>> = {
  'AWS::Lambda::Function': ['FunctionName', 64, /^[\w-]+$/],
  'AWS::IAM::Role': ['RoleName', 64, /^[\w+=,.@-]+$/],
  'AWS::SQS::Queue': ['QueueName', 80, /^[\w-]+(\.fifo)?$/],
  'AWS::DynamoDB::Table': ['TableName', 255, /^[\w.-]{3,}$/],
  'AWS::Logs::LogGroup': ['LogGroupName', 512, /^[\w./#-]+$/],
  'AWS::SNS::Topic': ['TopicName', 256, /^[\w-]+$/],
  'AWS::Scheduler::ScheduleGroup': ['Name', 64, /^[\w.-]+$/],
  'AWS::Scheduler::Schedule': ['Name', 64, /^[\w.-]+$/],
  'AWS::ApiGatewayV2::Api': ['Name', 128, /^./],
  'AWS::ECS::Cluster': ['ClusterName', 255, /^[\w-]+$/],
  'AWS::ECS::Service': ['ServiceName', 255, /^[\w-]+$/],
  'AWS::ECS::TaskDefinition': ['Family', 255, /^[\w-]+$/],
};

/** CloudFormation has no other ones. `UpdateReplacePolicy` has no `RetainExceptOnCreate`: AWS's schemas say nothing of it. */
const policiesOfRemoval = {
  DeletionPolicy: ['Delete', 'Retain', 'RetainExceptOnCreate'],
  UpdateReplacePolicy: ['Delete', 'Retain'],
};

const bytesOf = (value: unknown): number =>
  Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));

/** IAM does not count white space. */
const lettersOf = (document: unknown): number => JSON.stringify(document).replaceAll(/\s/g, '').length;

/** Quotas of CloudFormation, Lambda and IAM, and the names that services take. */
export function problemsOfLimits(text: string, template: RawTemplate): readonly string[] {
  const { Resources, Outputs } = template;
  const look = lookIn(template);
  const sizes: readonly (readonly [what: string, size: number, most: number])[] = [
    ['template', bytesOf(text), 1_000_000],
    ['resources', Object.keys(Resources).length, 500],
    ['outputs', Object.keys(Outputs).length, 200],
    ...Object.entries(Outputs).flatMap(([name, { Description = '', Value }]) => [
      [`the description of ${name}`, bytesOf(Description), 1024] as const,
      [`the output ${name}`, bytesOf(asDeployed(Value, look)), 4096] as const,
    ]),
    ...sizesOfPolicies(template),
    ...Object.entries(Resources).map(
      ([id, { Properties }]) =>
        [`the managed policies of ${id}`, [Properties.ManagedPolicyArns ?? []].flat().length, 10] as const,
    ),
    ...Object.entries(environmentsIn(template)).map(
      ([id, variables]) => [`the environment of ${id}`, sizeOfEnvironment(variables), 4096] as const,
    ),
  ];
  return [
    ...sizes
      .filter(([, size, most]) => size > most)
      .map(([what, size, most]) => `${what}: ${size} of ${most}`),
    ...[...Object.keys(Resources), ...Object.keys(Outputs)]
      .filter((id) => !/^[A-Za-z0-9]{1,255}$/.test(id))
      .map((id) => `${id} is no logical id`),
    ...problemsOfNames(template),
    ...problemsOfRemoval(template),
  ];
}

/** All inline policies of a role together, a managed policy, and who may assume a role. */
function sizesOfPolicies(template: RawTemplate): readonly (readonly [string, number, number])[] {
  const policies = policiesIn(template);
  return Object.entries(template.Resources).flatMap(([id, { Type }]) => {
    const ofKind = (kind: string) =>
      policies
        .filter((each) => each.place === id && each.kind === kind)
        .reduce((sum, { document }) => sum + lettersOf(document), 0);
    return [
      [`the policies of ${id}`, ofKind('identity'), Type === 'AWS::IAM::Role' ? 10_240 : 6144] as const,
      [`the trust policy of ${id}`, ofKind('trust'), 2048] as const,
      [`the policy ${id}`, ofKind('resource'), 8192] as const,
    ];
  });
}

const environment = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });

/** The variables of each function, as Lambda gets them. */
export function environmentsIn(
  template: RawTemplate,
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const look = lookIn(template);
  const functions = Object.entries(template.Resources).filter(
    ([, { Type }]) => Type === 'AWS::Lambda::Function',
  );
  return Object.fromEntries(
    functions.map(([id, { Properties }]) => {
      const { Variables } = environment.parse(Properties).Environment;
      const values = Object.entries(Variables).map(([name, value]) => [
        name,
        String(asDeployed(value, look)),
      ]);
      return [id, Object.fromEntries(values)];
    }),
  );
}

/** As Lambda counts it: keys and values. */
export const sizeOfEnvironment = (variables: Readonly<Record<string, string>>): number =>
  Object.entries(variables).reduce((sum, [name, value]) => sum + bytesOf(name) + bytesOf(value), 0);

function problemsOfNames(template: RawTemplate): readonly string[] {
  const look = lookIn(template);
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    const [property, most, letters] = names[Type] ?? [];
    const value = property === undefined ? undefined : Properties[property];
    if (value === undefined || most === undefined || letters === undefined) return [];
    const name = String(asDeployed(value, look));
    return name.length <= most && letters.test(name)
      ? []
      : [`${id} cannot be named ${name}: at most ${most} of ${letters}`];
  });
}

const problemsOfRemoval = ({ Resources }: RawTemplate): readonly string[] =>
  Object.entries(Resources).flatMap(([id, resource]) =>
    (['DeletionPolicy', 'UpdateReplacePolicy'] as const).flatMap((key) => {
      const value = resource[key];
      return value === undefined || policiesOfRemoval[key].includes(value)
        ? []
        : [`${id} has the ${key} ${value}`];
    }),
  );
