import { describe, expect, test } from '@jest/globals';
import { shifts } from '../../infra/parameters/shifts.ts';
import { problemsOfParameters } from '../../infra/rights/problems-of-stage.ts';
import { problemsOfAliases } from './cloudformation/alias-problems.ts';
import { environmentsIn, sizeOfEnvironment } from './cloudformation/limit-problems.ts';
import { readTemplate } from './cloudformation/raw-template.ts';
import { problemsOfTemplate } from './cloudformation/template-problems.ts';
import { marks } from './package-all.ts';
import type { Packaged } from './package-commands.ts';

const kinds = [
  ...['dev', 'staging', 'prod', 'preview', 'own', 'fargate', 'iam', 'marked', 'three schedules'],
  'many types',
];

/** The parameters that have one of a few values, with these: `problemsOfParameters` names them all. */
const enumerated = problemsOfParameters({}).flatMap((problem) => {
  const [, name = '', values] = /^(\w+) is missing\. Use ((?:[\w,]+, )*\w+ or \w+)\.$/.exec(problem) ?? [];
  return values === undefined ? [] : [[name, values.split(/, | or /)] as const];
});

/** The stages that are packaged with values that make another template. `none` is for `npm start`: refusals.suite.ts. */
const packagedWith: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  auth: {
    apiKey: 'prod',
    jwt: 'own',
    'apiKey,jwt': 'fargate',
    iam: 'iam',
    none: 'an open stage, and names everything else that is wrong',
  },
  servers: { none: 'prod', own: 'own', fargate: 'fargate' },
  examples: { true: 'dev', false: 'prod' },
  watch: { core: 'prod', off: 'dev' },
  metrics: { true: 'prod', false: 'fargate' },
  canary: { off: 'prod', ...Object.fromEntries(Object.keys(shifts).map((mode) => [mode, 'marked'])) },
  metricsByType: { true: 'own', false: 'prod' },
  keepLogs: { true: 'own', false: 'prod' },
  keepPayload: { needed: 'prod', always: 'own' },
  // Its bundles are in engine-bundles.suite.ts.
  awsClients: { lean: 'prod', sdk: 'own' },
  tableDeletionPolicy: { Retain: 'prod', Delete: 'dev' },
  tenants: { one: 'prod', several: 'iam' },
};

/** A template without white space. */
const compact = async (packaged: Packaged, name: string): Promise<string> =>
  JSON.stringify(JSON.parse(await packaged.template(name)));

const withOther = (text: string, value: string, other: string): string =>
  text.replaceAll(new RegExp(`(?<=: ?"?)${value}(?="?[,}\\s])`, 'g'), other);

/** AWS's own schemas say what a template may have: `@aws-cdk/aws-service-spec`. */
export function describeCloudFormation(packaged: Packaged): void {
  test.each(kinds)('AWS has nothing against the template of %s', async (name) => {
    expect(await problemsOfTemplate(await compact(packaged, name))).toEqual([]);
  });

  test('every parameter with a few values is packaged with each of them, or has a mark', () => {
    const unmarked = enumerated.filter(([name]) => !Object.hasOwn(marks, name));
    const sorted = unmarked.map(([name, values]) => [name, [...values].sort()]);
    expect(Object.fromEntries(sorted)).toEqual(
      Object.fromEntries(Object.entries(packagedWith).map(([name, by]) => [name, Object.keys(by).sort()])),
    );
  });

  test.each(Object.entries(marks))('AWS has nothing against any %s', async (name, mark) => {
    const text = await compact(packaged, 'marked');
    const [, values = []] = enumerated.find(([each]) => each === name) ?? [];
    expect(values).toContain(mark);
    for (const value of values) {
      const other = withOther(text, mark, value);
      expect(value === mark || other !== text).toBe(true);
      expect([value, await problemsOfTemplate(other)]).toEqual([value, []]);
    }
  });

  test('no function has more than a half of the environment that Lambda takes', async () => {
    for (const name of kinds) {
      const environments = Object.values(environmentsIn(readTemplate(await compact(packaged, name))));
      expect(Math.max(...environments.map(sizeOfEnvironment))).toBeLessThan(2048);
    }
  });

  test('a stage may have a name of 16 letters in any region', async () => {
    const regions = ['ap-southeast-1', 'ap-northeast-1'];
    const text = await compact(packaged, 'preview');
    const problemsWith = async (stage: string) => {
      const named = text.replaceAll('preview', stage);
      const found = await Promise.all(
        regions.map((region) => problemsOfTemplate(named.replaceAll('{"Ref":"AWS::Region"}', `"${region}"`))),
      );
      return found.flat();
    };
    expect(await problemsWith('sixteen-letters-')).toEqual([]);
    expect(await problemsWith('seventeen-letters')).toContainEqual(expect.stringContaining('lambdaRole'));
  });

  describe('a template with a fault is found', () => describeFaults(packaged));
  describe('what does not wait for the alias that it names is found', () => describeRaces(packaged));
}

/** So that no check passes because it looks at nothing: a text of the template, what replaces it, and what is said. */
const faults: readonly (readonly [
  what: string,
  from: string | RegExp,
  to: string,
  problem: RegExp,
  /** Default: prod. */
  stage?: string,
])[] = [
  [
    'a type that there is not',
    'AWS::SQS::QueuePolicy',
    'AWS::SQS::QueuePolicies',
    /there is no AWS::SQS::QueuePolicies/,
  ],
  [
    'a property that there is not',
    '"VisibilityTimeout"',
    '"VisibilityTimeouts"',
    /VisibilityTimeouts is not a property/,
  ],
  ['a property that is missing', '"KeySchema"', '"Keys"', /KeySchema is missing/],
  ['a value of another type', /"BatchSize":\d+/, '"BatchSize":"ten"', /BatchSize is "ten", and no integer/],
  [
    'a value that is not allowed',
    /"RetentionInDays":\d+/,
    '"RetentionInDays":91',
    /RetentionInDays is 91, and not one of 1, 3,/,
  ],
  ['a text for a list', '"Architectures":["arm64"]', '"Architectures":"arm64"', /Architectures is no list/],
  [
    'an attribute that there is not',
    '"Fn::GetAtt":["JobTable","Arn"]',
    '"Fn::GetAtt":["JobTable","ARN"]',
    /refers to JobTable\.ARN, and AWS::DynamoDB::Table has no/,
  ],
  [
    'a reference to nothing',
    '{"Ref":"AlarmTopic"}',
    '{"Ref":"Alarms"}',
    /refers to Alarms, which there is not/,
  ],
  ['a reference to nothing in a text', '{Bucket.Arn}', '{Bucke.Arn}', /refers to Bucke, which there is not/],
  [
    'an attribute that there is not in a text',
    '{Bucket.Arn}',
    '{Bucket.Name}',
    /refers to Bucket\.Name, and/,
  ],
  [
    'a function that there is not',
    '"AlarmActions":[{"Ref":"AlarmTopic"}]',
    '"AlarmActions":[{"Fn::Concat":"a"}]',
    /Fn::Concat is no function/,
  ],
  [
    'a variable that nobody has replaced',
    '"Description":"runs',
    '"Description":"\u0024{param:x} runs',
    /has \$\{param:x\} runs/,
  ],
  [
    'resources that need each other',
    '"DependsOn":["WorkerIamRoleLambdaExecution"',
    '"DependsOn":["StandardQueue","WorkerLambdaFunction"',
    /need each other: WorkerLambdaFunction, WorkerLambdaFunction/,
  ],
  [
    'an action that there is not',
    'sqs:SendMessage',
    'sqs:SendMessages',
    /there is no action sqs:SendMessages/,
  ],
  [
    'an action on the resource of another service',
    '["sqs:SendMessage"]',
    '["dynamodb:GetItem"]',
    /dynamodb:GetItem has no resource that it knows/,
  ],
  [
    'a condition key that there is not',
    'iam:PassedToService',
    'iam:PassedTo',
    /iam:PassRole knows no iam:PassedTo/,
  ],
  [
    'a condition key of another action',
    'iam:PassedToService',
    'ses:FromAddress',
    /iam:PassRole knows no ses:FromAddress/,
  ],
  [
    'an operator that there is not',
    '{"StringEquals":{"iam:',
    '{"StringIs":{"iam:',
    /there is no operator StringIs/,
  ],
  ['a policy of the old version', '"2012-10-17"', '"2008-10-17"', /Version/],
  [
    'a policy of a role with a principal',
    '"Action":["sqs:',
    '"Principal":"*","Action":["sqs:',
    /a statement has a Principal/,
  ],
  [
    'a policy that keeps nothing',
    '"UpdateReplacePolicy":"Retain"',
    '"UpdateReplacePolicy":"RetainExceptOnCreate"',
    /has the UpdateReplacePolicy RetainExceptOnCreate/,
  ],
  [
    'a name that is too long',
    '"FunctionName":"job-worker-prod-worker"',
    `"FunctionName":"job-worker-prod-${'w'.repeat(49)}"`,
    /cannot be named job-worker-prod-w+: at most 64/,
  ],
  [
    'a name with a letter that is not allowed',
    'prod-standard"',
    'prod.standard"',
    /cannot be named job-worker-prod\.standard/,
  ],
  [
    'an environment that is too large',
    '"JWT_TENANT_CLAIM":"sub"',
    `"JWT_TENANT_CLAIM":"${'s'.repeat(4000)}"`,
    /the environment of SubmitLambdaFunction: \d+ of 4096/,
  ],
  [
    'a policy that is too large',
    '"sqs:SendMessage"',
    Array(700).fill('"sqs:SendMessage"').join(),
    /the policies of SubmitIamRoleLambdaExecution: \d+ of 10240/,
  ],
  [
    'a managed policy that is too large',
    '"secretsmanager:GetSecretValue"',
    Array(100).fill('"secretsmanager:GetSecretValue"').join(),
    /the policies of \w+Rights[0-9a-f]{8}: \d+ of 6144/,
    'many types',
  ],
  [
    'a managed policy that a role names, and that there is not',
    /"ManagedPolicyArns":\[\{"Ref":"\w+"/,
    '"ManagedPolicyArns":[{"Ref":"AnotherPolicy"',
    /refers to AnotherPolicy, which there is not/,
    'many types',
  ],
  [
    'more managed policies than a role may have',
    '"ManagedPolicyArns":[{',
    `"ManagedPolicyArns":[${Array(10).fill('"arn:aws:iam::1:policy/a"').join()},{`,
    /the managed policies of \w+: 1[12] of 10/,
    'many types',
  ],
  [
    'a property that a managed policy has not',
    /(?<="Type":"AWS::IAM::ManagedPolicy","Properties":\{)/,
    '"PolicyName":"a",',
    /PolicyName is not a property/,
    'many types',
  ],
  [
    'a template that is too large',
    '"Description":"runs',
    `"Description":"${' '.repeat(1e6)}runs`,
    /template: \d+ of 1000000/,
  ],
];

function describeFaults(packaged: Packaged): void {
  test.each(faults)('%s', async (_what, from, to, problem, stage = 'prod') => {
    const text = await compact(packaged, stage);
    const broken = text.replace(from, () => to);
    expect(broken).not.toBe(text);
    expect((await problemsOfTemplate(broken)).join('\n')).toMatch(problem);
  });
}

const named = (name: string) => ({ 'Fn::Join': [':', [{ 'Fn::GetAtt': [name, 'Arn'] }, 'live']] });
/** What each of these resources has in place of what makes it wait. A permission that names its rule waits as the rule does. */
const races: readonly (readonly [what: string, id: string, change: object])[] = [
  ['a permission of API Gateway', 'SubmitLambdaPermissionHttpApi', { DependsOn: undefined }],
  ['another one, with what it needs beside', 'PagesLambdaPermissionHttpApi', { DependsOn: ['HttpApi'] }],
  ['an integration', 'HttpApiIntegrationStatus', { DependsOn: ['StatusIamRoleLambdaExecution'] }],
  ['a mapping', 'WorkerEventSourceMappingSQSStandardQueue', { DependsOn: 'WorkerIamRoleLambdaExecution' }],
  [
    'a mapping that waits for another alias',
    'LongWorkerEventSourceMappingSQSOrderedQueue',
    { DependsOn: ['WorkerLambdaFunctionLiveAlias'] },
  ],
  ['a rule of osls', 'OverdueEventsRuleSchedule1', { DependsOn: undefined }],
  [
    'its permission',
    'OverdueLambdaPermissionEventsRuleSchedule1',
    { DependsOn: [], Properties: { FunctionName: named('OverdueLambdaFunction') } },
  ],
  [
    'a rule of ours',
    'CheckRule',
    { Properties: { Targets: [{ Id: 'check', Arn: named('CheckLambdaFunction') }] } },
  ],
  [
    'its permission, which waits for the function alone',
    'CheckRulePermission',
    { DependsOn: 'CheckLambdaFunction', Properties: { FunctionName: named('CheckLambdaFunction') } },
  ],
  [
    'a text in which names are replaced',
    'CheckRulePermission',
    { Properties: { FunctionName: { 'Fn::Sub': '\u0024{CheckLambdaFunction.Arn}:live' } } },
  ],
];

function describeRaces(packaged: Packaged): void {
  test.each(races)('%s', async (_what, id, change) => {
    const template = readTemplate(await compact(packaged, 'prod'));
    const before = template.Resources[id];
    expect(before).toBeDefined();
    const Resources = { ...template.Resources, [id]: { ...before, ...change } };
    const found = problemsOfAliases(readTemplate(JSON.stringify({ ...template, Resources })));
    expect(found).toEqual([expect.stringMatching(new RegExp(`^${id} does not wait for \\w+LiveAlias$`))]);
  });
}
