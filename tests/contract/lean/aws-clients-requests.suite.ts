import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { InvokeStore } from '@aws/lambda-invoke-store';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  allSides,
  create,
  credentials,
  event,
  get,
  look,
  made,
  mail,
  region,
  type Side,
} from './aws-client-calls.ts';
import { engineCalls, queueUrl } from './aws-client-samples.ts';
import { allCommands, type Call, type ClientOptions, clientOf } from './aws-modules.ts';
import { comparable } from './compared-requests.ts';
import type { Secrets } from './signature-check.ts';
import { checkRequestsOfClients, testedDynamoDbClient, testedSqsClient } from './tested-clients.ts';

/** By TLS, to whatever host the client asks for, which is this server. Warnings are those of the SDK about the addresses of queues. */
const everywhere = ({ aws }: Side): ClientOptions => ({
  maxAttempts: 1,
  requestHandler: { httpsAgent: { ...aws.httpsAgent, maxSockets: 500 } },
  logger: silent,
});
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Sends one call as each client, and compares their requests. @returns that of the first */
async function compared(call: Call, more: ClientOptions = {}, secrets: Secrets = credentials) {
  const requests = [];
  for (const side of allSides()) {
    side.aws.play([{}]);
    const client = clientOf(side, call.service, { ...everywhere(side), ...more });
    const outcome = await made(side, client, call);
    client.destroy();
    const [request] = outcome.requests;
    if (!request) throw new Error(`${side.name} has sent nothing: ${outcome.error?.message}`);
    requests.push(await comparable(request, secrets));
  }
  const [first, ...others] = requests;
  for (const other of others) expect(other).toEqual(first);
  if (!first) throw new Error('there is no client');
  return first;
}

/** How each service is spoken to. */
const wire: Readonly<Record<Call['service'], Wire>> = {
  dynamodb: { name: 'dynamodb', target: 'DynamoDB_20120810', json: '1.0' },
  eventbridge: { name: 'events', target: 'AWSEvents', json: '1.1' },
  scheduler: { name: 'scheduler', messages: /^(POST|DELETE) \/schedules\/[\w.%-]+(\?[\w=&%-]+)?$/ },
  sesv2: {
    ...{ name: 'ses', host: 'email' },
    messages: /^(POST \/v2\/email\/outbound-emails|GET \/v2\/email\/suppression\/addresses\/[\w.%-]+)$/,
  },
  sqs: { name: 'sqs', target: 'AmazonSQS', json: '1.0' },
};
interface Wire {
  /** In its signature. */
  readonly name: string;
  readonly host?: string;
  readonly target?: string;
  readonly json?: string;
  readonly messages?: RegExp;
}

function describeCommands(): void {
  test.each(engineCalls.map(({ what, ...call }): [string, string, Call] => [call.command, what, call]))(
    '%s: %s',
    async (_command, _what, call) => {
      const { method, path, headers, scope } = await compared(call, { region, credentials });
      const { name, host = name, target, json, messages } = wire[call.service];
      expect(scope).toMatchObject({ region, service: name, accessKeyId: credentials.accessKeyId });
      expect(headers.host).toBe(`${host}.${region}.amazonaws.com`);
      if (target) {
        expect([method, path]).toEqual(['POST', '/']);
        expect(headers).toMatchObject({
          'x-amz-target': `${target}.${call.command.replace(/Command$/, '')}`,
          'content-type': `application/x-amz-json-${json}`,
        });
      } else expect(`${method} ${path}`).toMatch(messages ?? /^$/);
    },
  );

  test('are all that the engine has, and no others', async () => {
    const root = join(import.meta.dirname, '../../..');
    const used = new Set<string>();
    for await (const file of glob('{shared,functions}/**/*.ts', { cwd: root })) {
      const source = readFileSync(join(root, file), 'utf8');
      for (const [, names = ''] of source.matchAll(
        /import \{([^}]*)\} from '@aws-sdk\/client-(?:dynamodb|eventbridge|scheduler|sesv2|sqs)'/g,
      ))
        for (const [name] of names.matchAll(/\b\w+Command\b/g)) used.add(name);
    }
    expect([...used].sort()).toEqual(allCommands.toSorted());
    expect(new Set(engineCalls.map(({ command }) => command))).toEqual(new Set(allCommands));
  });
}

/** So that nobody takes the one for the other. */
function describeTested(): void {
  test('are those of the lean clients, if nobody asks for the SDK', async () => {
    const [side] = allSides();
    if (!side) throw new Error('there is no client');
    side.aws.play([{}]);
    const options = { endpoint: side.aws.endpoint, region, credentials, maxAttempts: 1 };
    const clients = [testedDynamoDbClient(options), testedSqsClient(options)] as const;
    await clients[0].send(new DescribeTableCommand({ TableName: 'jobs' }));
    await clients[1].send(new GetQueueAttributesCommand({ QueueUrl: queueUrl }));
    for (const client of clients) client.destroy();
    await checkRequestsOfClients();
    const isSdk = side.aws.requests.map(({ headers }) => headers.get('user-agent')?.includes('aws-sdk-js'));
    const expected = process.env.AWS_CLIENTS === 'sdk';
    expect(isSdk).toEqual([expected, expected]);
  });
}

const schedule: Call = { ...create, input: { ...create.input, ClientToken: 't' } };
const lookAt = (url: string): Call => ({ ...look, input: { ...look.input, QueueUrl: url } });

/** What Lambda sets. */
const ofLambda = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'another/secret+key',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEA//+=',
};
const secretsOfLambda: Secrets = {
  accessKeyId: ofLambda.AWS_ACCESS_KEY_ID,
  secretAccessKey: ofLambda.AWS_SECRET_ACCESS_KEY,
  sessionToken: ofLambda.AWS_SESSION_TOKEN,
};
const trace =
  'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:a87bd80c:0';

type Environment = Readonly<Record<string, string>>;
const before = { ...process.env };

function inEnvironment(environment: Environment): void {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before, environment);
}

function describeEnvironment(): void {
  afterEach(() => inEnvironment({}));

  test.each<[string, Call, Environment, Readonly<Record<string, string | undefined>>]>([
    ['signs with its session', get, {}, { 'x-amz-security-token': ofLambda.AWS_SESSION_TOKEN }],
    ['has no lineage outside of Lambda', get, { _X_AMZN_TRACE_ID: trace }, { 'x-amzn-trace-id': undefined }],
    [
      'has no lineage without a trace',
      get,
      { AWS_LAMBDA_FUNCTION_NAME: 'f' },
      { 'x-amzn-trace-id': undefined },
    ],
    [
      'passes on its lineage to DynamoDB',
      get,
      { AWS_LAMBDA_FUNCTION_NAME: 'f', _X_AMZN_TRACE_ID: trace },
      { 'x-amzn-trace-id': trace },
    ],
    [
      'passes on its lineage to SQS',
      look,
      { AWS_LAMBDA_FUNCTION_NAME: 'f', _X_AMZN_TRACE_ID: trace },
      { 'x-amzn-trace-id': trace },
    ],
  ])('%s', async (_what, call, environment, headers) => {
    inEnvironment({ ...ofLambda, ...environment });
    const sent = await compared(call, {}, secretsOfLambda);
    for (const [name, value] of Object.entries(headers)) expect(sent.headers[name]).toBe(value);
    expect(sent.signed).toContain('x-amz-security-token');
    expect(sent.signed).not.toContain('x-amzn-trace-id');
  });

  test('has lineage of each invocation of its own', async () => {
    for (const side of allSides()) {
      side.aws.play([{}]);
      inEnvironment({ ...ofLambda, AWS_LAMBDA_FUNCTION_NAME: 'f' });
      const client = clientOf(side, 'dynamodb', everywhere(side));
      for (const id of ['Root=1-a', 'Root=1-b']) {
        process.env._X_AMZN_TRACE_ID = id;
        await made(side, client, get);
      }
      client.destroy();
      const traces = side.aws.requests.map(({ headers }) => headers.get('x-amzn-trace-id'));
      expect(traces).toEqual(['Root=1-a', 'Root=1-b']);
    }
  });

  test('passes on what the runtime keeps for its invocation, before what the environment has', async () => {
    inEnvironment({ ...ofLambda, AWS_LAMBDA_FUNCTION_NAME: 'f', _X_AMZN_TRACE_ID: trace });
    const store = await InvokeStore.getInstanceAsync();
    const kept = {
      'x-amzn-trace-id': 'Root=1-a',
      traceparent: '00-a-b-01',
      tracestate: 'c=d',
      baggage: 'e=f',
    };
    const context = {
      [Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID')]: kept['x-amzn-trace-id'],
      [Symbol.for('_AWS_LAMBDA_TRACEPARENT')]: kept.traceparent,
      [Symbol.for('_AWS_LAMBDA_TRACESTATE')]: kept.tracestate,
      [Symbol.for('_AWS_LAMBDA_BAGGAGE')]: kept.baggage,
    };
    const sending = store.run(context, () => compared(get, {}, secretsOfLambda));
    const sent = await sending.finally(() => store.run({}, () => undefined));
    expect(sent.headers).toMatchObject(kept);
  });

  test('bears a runtime that keeps less', async () => {
    inEnvironment(ofLambda);
    const store = await InvokeStore.getInstanceAsync();
    const newer = ['getTraceparent', 'getTracestate', 'getBaggage'];
    for (const name of newer) Object.assign(store, { [name]: undefined });
    const { headers } = await compared(get, {}, secretsOfLambda).finally(() => {
      for (const name of newer) Reflect.deleteProperty(store, name);
    });
    expect(headers.traceparent).toBeUndefined();
  });

  test('bears a runtime that keeps nothing', async () => {
    inEnvironment({ ...ofLambda, AWS_LAMBDA_FUNCTION_NAME: 'f', _X_AMZN_TRACE_ID: trace });
    const { awslambda } = globalThis;
    Reflect.deleteProperty(globalThis, 'awslambda');
    const { headers } = await compared(get, {}, secretsOfLambda).finally(() =>
      Object.assign(globalThis, { awslambda }),
    );
    expect(headers['x-amzn-trace-id']).toBe(trace);
  });

  const account = { AWS_ACCOUNT_ID: '123456789012' };
  const global = 'dynamodb.eu-central-1.amazonaws.com';
  test.each<[string, Call, Environment, string]>([
    ['DynamoDB of its account', get, account, '123456789012.ddb.eu-central-1.amazonaws.com'],
    ['DynamoDB without an account', get, {}, global],
    [
      'DynamoDB, if accounts are not asked for',
      get,
      { ...account, AWS_ACCOUNT_ID_ENDPOINT_MODE: 'disabled' },
      global,
    ],
    ...[
      ['us-east-1', '123456789012.ddb.us-east-1.amazonaws.com'],
      ['us-gov-west-1', '123456789012.ddb.us-gov-west-1.amazonaws.com'],
      ['us-gov-east-1', '123456789012.ddb.us-gov-east-1.amazonaws.com'],
      ['cn-north-1', '123456789012.ddb.cn-north-1.amazonaws.com.cn'],
      ['eusc-de-east-1', 'dynamodb.eusc-de-east-1.amazonaws.eu'],
      ['us-iso-east-1', 'dynamodb.us-iso-east-1.c2s.ic.gov'],
      ['us-isob-east-1', 'dynamodb.us-isob-east-1.sc2s.sgov.gov'],
      ['us-isof-south-1', 'dynamodb.us-isof-south-1.csp.hci.ic.gov'],
      ['eu-isoe-west-1', 'dynamodb.eu-isoe-west-1.cloud.adc-e.uk'],
      ['xx-north-9', '123456789012.ddb.xx-north-9.amazonaws.com'],
    ].map(([name = '', host = '']): [string, Call, Environment, string] => [
      `DynamoDB of ${name}`,
      get,
      { ...account, AWS_REGION: name },
      host,
    ]),
    ['SQS of its region', look, account, 'sqs.eu-central-1.amazonaws.com'],
    [
      'a queue of another region',
      lookAt('https://sqs.us-west-2.amazonaws.com/1/q'),
      {},
      'sqs.us-west-2.amazonaws.com',
    ],
    [
      'a queue with an old address',
      lookAt('https://eu-central-1.queue.amazonaws.com/1/q'),
      {},
      'eu-central-1.queue.amazonaws.com',
    ],
    [
      'a queue in China',
      lookAt('https://sqs.cn-north-1.amazonaws.com.cn/1/q'),
      { AWS_REGION: 'cn-north-1' },
      'sqs.cn-north-1.amazonaws.com.cn',
    ],
    [
      'a queue by its VPC endpoint',
      lookAt('https://vpce-1.sqs.eu-central-1.vpce.amazonaws.com:8443/1/q'),
      {},
      'vpce-1.sqs.eu-central-1.vpce.amazonaws.com:8443',
    ],
    ['a queue whose address is none', lookAt('a queue'), {}, 'sqs.eu-central-1.amazonaws.com'],
    ['Scheduler of its region', schedule, account, 'scheduler.eu-central-1.amazonaws.com'],
    ['Scheduler in China', schedule, { AWS_REGION: 'cn-north-1' }, 'scheduler.cn-north-1.amazonaws.com.cn'],
    ['SES of its region', mail, account, 'email.eu-central-1.amazonaws.com'],
    ['SES in China', mail, { AWS_REGION: 'cn-north-1' }, 'email.cn-north-1.amazonaws.com.cn'],
    ['an endpoint of SES', mail, { AWS_ENDPOINT_URL_SESV2: 'https://own.test' }, 'own.test'],
    ['EventBridge of its region', event, account, 'events.eu-central-1.amazonaws.com'],
    ['EventBridge in China', event, { AWS_REGION: 'cn-north-1' }, 'events.cn-north-1.amazonaws.com.cn'],
    ['an endpoint of EventBridge', event, { AWS_ENDPOINT_URL_EVENTBRIDGE: 'https://own.test' }, 'own.test'],
    ['an endpoint of Scheduler', schedule, { AWS_ENDPOINT_URL_SCHEDULER: 'https://own.test' }, 'own.test'],
    ['an endpoint for all', get, { AWS_ENDPOINT_URL: 'https://local.test' }, 'local.test'],
    [
      'an endpoint of its own',
      get,
      { AWS_ENDPOINT_URL: 'https://local.test', AWS_ENDPOINT_URL_DYNAMODB: 'https://own.test:8000' },
      'own.test:8000',
    ],
    [
      'an endpoint, and not its account',
      get,
      { ...account, AWS_ENDPOINT_URL_DYNAMODB: 'https://own.test' },
      'own.test',
    ],
    [
      'the address of a queue before an endpoint',
      look,
      { AWS_ENDPOINT_URL_SQS: 'https://own.test' },
      'sqs.eu-central-1.amazonaws.com',
    ],
    [
      'an endpoint if the address is none',
      lookAt('q'),
      { AWS_ENDPOINT_URL_SQS: 'https://own.test' },
      'own.test',
    ],
    [
      'AWS if endpoints are to be ignored',
      get,
      { AWS_ENDPOINT_URL: 'https://local.test', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      global,
    ],
  ])('asks %s', async (_what, call, environment, host) => {
    inEnvironment({ ...ofLambda, ...environment });
    const { headers, scope } = await compared(call, {}, secretsOfLambda);
    expect(headers.host).toBe(host);
    expect(scope.region).toBe(environment.AWS_REGION ?? region);
  });

  test('asks the endpoint of its options before all others, with its path', async () => {
    inEnvironment({ ...ofLambda, AWS_ENDPOINT_URL: 'https://local.test' });
    for (const [call, path] of [
      [get, '/a/path/'],
      [look, '/a/path/'],
      [schedule, '/a/path/schedules/a'],
    ] as const) {
      const sent = await compared(call, { endpoint: 'https://given.test/a/path' }, secretsOfLambda);
      expect([sent.headers.host, sent.path]).toEqual(['given.test', path]);
    }
  });
}

/** Both send the same bytes, which AWS understands. */
export function describeRequests(): void {
  describe('the requests of commands', describeCommands);
  describe('the requests of adapters, in contract tests,', describeTested);
  describe('a client that calls from its environment', describeEnvironment);
}
