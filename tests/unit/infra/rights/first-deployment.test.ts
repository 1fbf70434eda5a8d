import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { askIssuer } from '../../../../infra/deployed/token-issuer.ts';
import { deriveFunctions } from '../../../../infra/rights/derive-functions.ts';
import { problemsOfEnvironments } from '../../../../infra/rights/environment-problems.ts';
import { problemsOfStageName } from '../../../../infra/rights/problems-of-stage.ts';
import type { UsesOfType } from '../../../../infra/rights/type-uses.ts';
import type { FunctionConfig, Resource } from '../../../../infra/template/serverless.ts';
import { finishRoles, keepData } from '../../../../infra/template/stack-policies.ts';
import { uses } from '../../../../job-types/send-email/uses.ts';
import { projectDir } from '../../../project-copy.ts';

describe('the issuer of tokens', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  /** An issuer that answers like this. @returns its address */
  async function issuer(answer: RequestListener): Promise<string> {
    server = createServer(answer);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
  }

  const describing =
    (describe: (address: string) => object): RequestListener =>
    ({ url, headers }, response) =>
      url === '/team/.well-known/openid-configuration'
        ? response.end(JSON.stringify(describe(`http://${headers.host}`)))
        : response.writeHead(404).end('{}');

  test.each(['/team', '/team/'])('is right if it calls itself as the stage does: %s', async (path) => {
    const address = await issuer(
      describing((origin) => ({ issuer: `${origin}${path}`, jwks_uri: `${origin}/keys` })),
    );
    expect(await askIssuer(`${address}${path}`)).toEqual({});
  });

  test('is wrong if it calls itself by another name, which tokens then have', async () => {
    const address = await issuer(
      describing((origin) => ({ issuer: `${origin}/team/`, jwks_uri: `${origin}/keys` })),
    );
    expect(await askIssuer(`${address}/team`)).toEqual({
      problem: expect.stringContaining(
        `jwtIssuer is ${address}/team, and the issuer calls itself ${address}/team/.`,
      ),
    });
  });

  test.each<[string, RequestListener]>([
    ['is not there', (_, response) => response.writeHead(404).end('{}')],
    ['is a page', (_, response) => response.end('<html>')],
    ['has no keys', describing((origin) => ({ issuer: `${origin}/team` }))],
    ['says so with an error', (_, response) => response.writeHead(400).end('{"issuer":"a","jwks_uri":"b"}')],
  ])('is wrong if its description %s', async (_what, answer) => {
    const address = await issuer(answer);
    expect(await askIssuer(`${address}/team`)).toEqual({
      problem: expect.stringMatching(/^jwtIssuer: .* answers \d{3}, and does not describe an issuer/),
    });
  });

  test('is not known if it is out of order, or is not there', async () => {
    const address = await issuer((_, response) => response.writeHead(503).end());
    expect(await askIssuer(address)).toEqual({
      warning: expect.stringMatching(/did not answer: status 503$/),
    });
    server?.close();
    expect(await askIssuer('http://127.0.0.1:1')).toEqual({
      warning: expect.stringMatching(
        /^jwtIssuer: http:\/\/127\.0\.0\.1:1\/\.well-known\/.* did not answer: /,
      ),
    });
  });

  test('has three seconds to answer', async () => {
    const given: (AbortSignal | null | undefined)[] = [];
    const silent: typeof fetch = (_url, init) => {
      given.push(init?.signal);
      return Promise.reject(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    };
    expect(await askIssuer('https://login.example.com', silent)).toEqual({
      warning: expect.stringContaining('did not answer: The operation was aborted due to timeout'),
    });
    expect(given).toEqual([expect.any(AbortSignal)]);
  });
});

describe('the variables of a function', () => {
  const resources = {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'job-worker-prod-standard' } },
    Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
    Role: { Type: 'AWS::IAM::Role', Properties: {} },
  };
  const stack = { region: 'eu-central-1', resources };
  const problemsOf = (submit: object) =>
    problemsOfEnvironments({ submit: { ...submit } }, { stack, parameters: {} });

  test('are counted as Lambda counts them: the text of a JSON object, with names', () => {
    const around = '{"A":""}'.length;
    expect(problemsOf({ A: 'x'.repeat(4096 - around) })).toEqual([]);
    expect(problemsOf({ A: 'x'.repeat(4097 - around) })).toHaveLength(1);
    expect(problemsOf({ A: 'ä'.repeat((4098 - around) / 2) })).toHaveLength(1);
  });

  test('are counted with what CloudFormation puts in place of references, and the largest are named', () => {
    const others = { URL: { Ref: 'Queue' }, ARN: { 'Fn::GetAtt': ['Queue', 'Arn'] }, N: 7 };
    const texts = {
      URL: 'https://sqs.eu-central-1.amazonaws.com/000000000000/job-worker-prod-standard',
      ARN: 'arn:aws:sqs:eu-central-1:000000000000:job-worker-prod-standard',
      N: '7',
    };
    const left = 4096 - JSON.stringify({ ...texts, LONG: '' }).length;
    expect(problemsOf({ ...others, LONG: 'x'.repeat(left) })).toEqual([]);
    expect(problemsOf({ ...others, LONG: 'x'.repeat(left + 1) })).toEqual([
      `the variables of submit have 4,097 bytes, and Lambda takes 4,096. The largest are LONG (${(left + 3).toLocaleString('en')}), URL (78), ARN (64): shorten the parameters of the stage that they come from.`,
    ]);
  });

  test('are counted with the longest names that CloudFormation makes', () => {
    const [bucket, role] = [63, 'arn:aws:iam::000000000000:role/'.length + 63];
    const names = { B: { Ref: 'Bucket' }, R: { 'Fn::GetAtt': ['Role', 'Arn'] } };
    const left = 4096 - '{"B":"","R":"","L":""}'.length - bucket - role;
    expect(problemsOf({ ...names, L: 'x'.repeat(left) })).toEqual([]);
    expect(problemsOf({ ...names, L: 'x'.repeat(left + 1) })).toHaveLength(1);
  });
});

test('the variables of no function grow with the tenants of a stage', async () => {
  const mailTo = Array.from(
    { length: 500 },
    (_, index) => `tenant-${index}=customer-${index}.example`,
  ).join();
  const folders = [
    'submit',
    'status',
    'wait',
    'api',
    'pages',
    'worker',
    'long-worker',
    'admission',
    'dead-letter',
    'notify',
  ];
  const functions: Record<string, Pick<FunctionConfig, 'handler' | 'environment'>> = Object.fromEntries(
    folders.map((folder) => [folder, { handler: `functions/${folder}/handler.handler` }]),
  );
  const type: UsesOfType = { type: 'send-email', queue: 'long', place: 'job-types/send-email/uses.ts', uses };
  const stage = { stage: 'prod', parameters: { mailFrom: 'jobs@example.com', mailTo }, types: [type] };
  await deriveFunctions({ serviceDir: projectDir, functions }, stage);
  const environments = Object.fromEntries(
    Object.entries(functions).map(([name, { environment = {} }]) => [name, environment]),
  );
  expect(environments.notify).toMatchObject({ ACCESS_TABLE_NAME: { Ref: 'AccessTable' } });
  expect(
    problemsOfEnvironments(environments, {
      stack: { region: 'eu-central-1', resources: {} },
      parameters: {},
    }),
  ).toEqual([]);
});

describe('the name of a stage', () => {
  const problemsOf = (stage: string, region = 'eu-central-1') =>
    problemsOfStageName({ service: 'job-worker', stage, region, functions: ['api', 'longWorker'] });

  test('leaves room for the longest name of a role', () => {
    const [longest, tooLong] = ['x'.repeat(29), 'x'.repeat(30)];
    expect(`job-worker-${longest}-longWorker-eu-central-1`).toHaveLength(64);
    expect(problemsOf(longest)).toEqual([]);
    expect(problemsOf(tooLong)).toEqual([
      `The name of the stage ${tooLong} has 30 characters. In eu-central-1 it may have 29, since a role's name has 64.`,
    ]);
    expect(problemsOf(longest, 'ap-southeast-1')).toHaveLength(1);
  });

  test.each(['a_b', 'a b', '-a', 'a.b', ''])('may not be %j', (stage) => {
    expect(problemsOf(stage)).toEqual([expect.stringContaining('cannot be part of names')]);
  });
});

test.each([
  ['Retain', 'RetainExceptOnCreate', 'Retain'],
  ['Delete', 'Delete', 'Delete'],
])('with tableDeletionPolicy=%s data has the policies %s and %s, and nothing else has one', (...row) => {
  const [tableDeletionPolicy, DeletionPolicy, UpdateReplacePolicy] = row;
  const resources: Record<string, Resource> = {
    Table: { Type: 'AWS::DynamoDB::Table' },
    Queue: { Type: 'AWS::SQS::Queue' },
    Topic: { Type: 'AWS::SNS::Topic' },
  };
  keepData({ Resources: resources }, { tableDeletionPolicy });
  expect(resources).toEqual({
    Table: { Type: 'AWS::DynamoDB::Table', DeletionPolicy, UpdateReplacePolicy },
    Queue: { Type: 'AWS::SQS::Queue', DeletionPolicy, UpdateReplacePolicy },
    Topic: { Type: 'AWS::SNS::Topic' },
  });
});

test('a role keeps all rights but the one to make the group of its log', () => {
  const log = [{ 'Fn::Sub': 'arn:aws:logs:eu-central-1:1:log-group:/aws/lambda/a:*:*' }];
  const right = (Action: string | readonly string[], Resource: unknown = '*') => ({
    PolicyName: 'p',
    PolicyDocument: { Version: 'v', Statement: [{ Effect: 'Allow', Action, Resource }] },
  });
  const others = [right(['logs:CreateLogGroup'], 'arn:aws:logs:*:*:log-group:audit'), right('s3:GetObject')];
  const role: Resource = {
    Type: 'AWS::IAM::Role',
    Properties: { Policies: [right(['logs:CreateLogGroup', 'logs:PutLogEvents'], log), ...others] },
  };
  finishRoles({ Role: role }, { permissionsBoundary: '' });
  expect(role.Properties).toEqual({ Policies: [right(['logs:PutLogEvents'], log), ...others] });
});

test('a role in a VPC may have network interfaces, and not all that the managed policy allows beside that', () => {
  const managed = (name: string) => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::aws:policy/service-role/${name}`]],
  });
  const role: Resource = {
    Type: 'AWS::IAM::Role',
    Properties: {
      ManagedPolicyArns: [managed('AWSLambdaVPCAccessExecutionRole'), managed('Another')],
      Policies: [],
    },
  };
  finishRoles({ Role: role }, {});
  expect(role.Properties).toEqual({
    ManagedPolicyArns: [managed('Another')],
    Policies: [
      {
        PolicyName: 'vpc',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: rightsInVpc, Resource: '*' }],
        },
      },
    ],
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const rightsInVpc = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
