import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import * as worker from '../../../../functions/worker/uses.ts';
import { derivedFrom } from '../../../../infra/rights/derive-functions.ts';
import { problemsOfUses, variablesOfWorkers } from '../../../../infra/rights/problems-of-uses.ts';
import { rightsOf, setupNames } from '../../../../infra/rights/rights-of-capabilities.ts';
import {
  defaultsOf,
  derivedFromTypes,
  secretsWithoutValue,
  type UsesOfType,
} from '../../../../infra/rights/type-uses.ts';
import { mergeStatements } from '../../../../infra/template/merge-statements.ts';
import type { Statement } from '../../../../infra/template/template-values.ts';
import { defineJob } from '../../../../shared/author/contract.ts';
import {
  arnInAccount,
  defineUses,
  parameter,
  type Right,
  secret,
  secureString,
  stageBucket,
} from '../../../../shared/author/uses.ts';
import { aType } from './a-type.ts';

const orders: UsesOfType = {
  ...aType({}),
  uses: defineUses({
    variables: { ORDERS_TABLE: parameter('ordersTable'), BUCKET: stageBucket },
    rights: ({ ORDERS_TABLE }) => [
      { actions: ['dynamodb:PutItem'], resources: [arnInAccount('dynamodb', `table/${ORDERS_TABLE}`)] },
    ],
  }),
};

describe('what a type uses', () => {
  const stage = { stage: 'prod', parameters: { ordersTable: 'orders' } };
  const table = arnInAccount('dynamodb', 'table/orders');

  test('comes into the environment and the rights of its worker', () => {
    expect(derivedFromTypes([orders], stage)).toEqual({
      environment: { ORDERS_TABLE: 'orders' },
      rights: [{ Effect: 'Allow', Action: ['dynamodb:PutItem'], Resource: [{ 'Fn::Sub': table }] }],
    });
  });

  test('gives no right on a stage that has not set it up: IAM would refuse an empty resource', () => {
    const parameters = defaultsOf([orders]);
    expect(derivedFromTypes([orders], { stage: 'prod', parameters })).toEqual({
      environment: { ORDERS_TABLE: '' },
      rights: [],
    });
  });

  test('gives its rights without a parameter that it can do without', () => {
    const { uses } = aType({ KEY: parameter('key', { optional: true }), PASSWORD: secret('db') });
    const { rights } = derivedFromTypes([{ ...orders, uses }], { stage: 'prod', parameters: { key: '' } });
    expect(rights).toHaveLength(1);
  });

  test.each([
    ['standard', ['worker', 'longWorker', 'servers']],
    ['long', ['longWorker', 'servers']],
    ['server', ['servers']],
  ] as const)('is there for each worker of the queue %s', (queue, expected) => {
    const types = [aType({ A_SETTING: parameter('aSetting') }, { queue })];
    const derive = (queues?: readonly ('standard' | 'long' | 'server')[]) =>
      derivedFrom(worker, { ...stage, types }, queues).environment;
    const by = { worker: derive(['standard']), longWorker: derive(['standard', 'long']), servers: derive() };
    const having = Object.entries(by).filter(([, environment]) => 'A_SETTING' in environment);
    expect(having.map(([name]) => name)).toEqual(expected);
  });
});

describe('a secret of a type', () => {
  const types = [aType({ DB: secret('shop/{stage}/db'), API_KEY: secureString('/shop/{stage}/key') })];

  test('is a name in the environment, with the right to read that secret alone', () => {
    const { environment, rights } = derivedFromTypes(types, { stage: 'prod', parameters: {} });
    expect(environment).toEqual({ DB: 'secretsmanager:shop/prod/db', API_KEY: 'ssm:/shop/prod/key' });
    const arn = (text: string) => [{ 'Fn::Sub': expect.stringMatching(text) }];
    expect(rights.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['secretsmanager:GetSecretValue'], arn(':secret:shop/prod/db-\\?{6}$')],
      [['ssm:GetParameter'], arn(':parameter/shop/prod/key$')],
    ]);
  });

  test('is a text on this machine, if the variable is set there, and else nothing', () => {
    const localSecrets = { DB: 'postgres://localhost/shop' };
    const { environment } = derivedFromTypes(types, { stage: 'local', parameters: {}, localSecrets });
    expect(environment).toEqual({ DB: 'text:postgres://localhost/shop', API_KEY: '' });
    expect(secretsWithoutValue([...types, ...types], localSecrets)).toEqual(['API_KEY']);
  });
});

describe('what is wrong with what a type uses', () => {
  const contract = (needs: readonly string[]) =>
    defineJob({ payload: z.object({}), result: z.object({}), timeoutSeconds: 30, maxAttempts: 1, needs });
  const needsOf = (types: readonly UsesOfType[]) => [...setupNames(types)];
  const problemsOf = (types: readonly UsesOfType[], needs = needsOf(types)) =>
    problemsOfUses(types, { contracts: { 'store-order': contract(needs) }, variables: variablesOfWorkers });
  const withRights = (...rights: readonly Right[]) => problemsOf([aType({}, { rights: () => rights })]);

  test('is nothing, if it names what it needs', async () => {
    expect(await problemsOf([orders])).toEqual([]);
  });

  test('is a parameter that the contract does not name: a job that cannot run would be accepted', async () => {
    expect(await problemsOf([orders], [])).toEqual([
      "job-types/store-order/uses.ts: the contract of store-order does not say that it needs 'ordersTable'. Add that to its needs.",
    ]);
  });

  test('is a need that no stage could meet: no uses.ts has a parameter of that name', async () => {
    expect(await problemsOf([orders], ['ordersTable', 'orderQueue'])).toEqual([
      "the contract of store-order needs 'orderQueue', and no uses.ts has a parameter of that name: its jobs would be refused everywhere.",
    ]);
    expect(await problemsOf([], ['ordersTable'])).toHaveLength(1);
    expect(await problemsOf([orders], ['ordersTable', 'mailFrom', 'eventBus', 'servers'])).toEqual([]);
  });

  test.each(['orders', 'AWS_TABLE', 'LAMBDA_X', '_X', '1X'])('is a variable called %s', async (name) => {
    expect(await problemsOf([aType({ [name]: secret('x') })])).toEqual([
      expect.stringContaining(`${name} cannot be a variable`),
    ]);
  });

  test('is a variable of the workers themselves, or one that means two things', async () => {
    expect(await problemsOf([aType({ TABLE_NAME: secret('x') })])).toEqual([
      expect.stringContaining('TABLE_NAME is a variable of the workers themselves'),
    ]);
    const other = aType({ DB: secret('y') }, { type: 'other' });
    expect(await problemsOf([aType({ DB: secret('x') }), other])).toEqual([
      expect.stringContaining(
        'job-types/other/uses.ts: DB is something else in job-types/store-order/uses.ts',
      ),
    ]);
    expect(
      await problemsOf([aType({ DB: secret('x') }), aType({ DB: secret('x') }, { type: 'other' })]),
    ).toEqual([]);
  });

  test('is an action that IAM does not have, also if it is a pattern', async () => {
    for (const action of ['s3:GetObjects', 's3:Get*', '*', 'nothing:Get'])
      expect(await withRights({ actions: [action], resources: ['arn:aws:s3:::x/*'] })).toEqual([
        expect.stringContaining(`IAM has no action ${action}`),
      ]);
  });

  test('is a right to everything, unless the action knows no resources', async () => {
    expect(await withRights({ actions: ['s3:GetObject'], resources: ['*'] })).toEqual([
      expect.stringContaining('s3:GetObject is allowed on everything'),
    ]);
    expect(await withRights({ actions: ['s3:GetObject'], resources: [] })).toEqual([
      expect.stringContaining('s3:GetObject has no resource'),
    ]);
    expect(await withRights({ actions: ['textract:DetectDocumentText'], resources: ['*'] })).toEqual([]);
    // It knows a resource, and wants none.
    const figures = { actions: ['cloudwatch:GetMetricData'], resources: ['*'] };
    expect(await withRights(figures)).toEqual([expect.stringContaining('(dataset), or say whyEverything')]);
    expect(await withRights({ ...figures, whyEverything: 'figures have no ARN' })).toEqual([]);
  });
});

test('the right to read the headers of spans is to that secret alone, and none if the stage names no secret', () => {
  expect(rightsOf({ otlpHeaders: '' }).traces).toEqual([]);
  const read = (otlpHeaders: string) => rightsOf({ otlpHeaders }).traces;
  const only = (action: string, name: RegExp) => [
    { Effect: 'Allow', Action: [action], Resource: [{ 'Fn::Sub': expect.stringMatching(name) }] },
  ];
  expect(read('ssm:/jobs/otlp')).toEqual(only('ssm:GetParameter', /^arn:[^*]+:parameter\/jobs\/otlp$/));
  expect(read('secretsmanager:jobs/otlp')).toEqual(
    only('secretsmanager:GetSecretValue', /^arn:[^*]+:secret:jobs\/otlp-\?{6}$/),
  );
});

test('who submits may put messages into the bucket only if the stage keeps each', () => {
  expect(rightsOf({ keepPayload: 'needed' }).keepPayloads).toEqual([]);
  const Resource = { 'Fn::Sub': expect.stringMatching(/^\$\{Bucket\.Arn\}\/messages\/\*$/) };
  expect(rightsOf({ keepPayload: 'always' }).keepPayloads).toMatchObject([
    { Action: ['s3:PutObject'], Resource },
  ]);
});

test('the right to the event bus is to that bus alone, and none if the stage has no bus', () => {
  expect(rightsOf({ eventBus: '' }).eventBus).toEqual([]);
  const bus = expect.stringMatching(/^arn:[^*]+:events:[^*]+:event-bus\/jobs$/);
  expect(rightsOf({ eventBus: 'jobs' }).eventBus).toEqual([
    { Effect: 'Allow', Action: ['events:PutEvents'], Resource: { 'Fn::Sub': bus } },
  ]);
});

describe('statements that are written once', () => {
  const may = (
    Action: readonly string[],
    Resource: unknown,
    Condition?: Statement['Condition'],
  ): Statement => ({
    ...{ Effect: 'Allow', Action, Resource },
    ...(Condition && { Condition }),
  });
  const [here, there] = [{ StringEquals: { a: '1' } }, { StringEquals: { a: '2' } }];

  test.each<[string, readonly Statement[], readonly Statement[]]>([
    ['the same twice', [may(['a:B'], 'x'), may(['a:B'], 'x')], [may(['a:B'], ['x'])]],
    [
      'the same actions',
      [may(['a:B', 'a:C'], 'x'), may(['a:C', 'a:B'], ['y'])],
      [may(['a:B', 'a:C'], ['x', 'y'])],
    ],
    [
      'the same resources',
      [may(['a:B'], ['x', 'y']), may(['a:C'], ['y', 'x'])],
      [may(['a:B', 'a:C'], ['x', 'y'])],
    ],
    [
      'other actions on other resources',
      [may(['a:B'], 'x'), may(['a:C'], 'y')],
      [may(['a:B'], 'x'), may(['a:C'], 'y')],
    ],
    [
      'a part of the actions',
      [may(['a:B', 'a:C'], 'x'), may(['a:B'], 'y')],
      [may(['a:B', 'a:C'], 'x'), may(['a:B'], 'y')],
    ],
    [
      'other conditions',
      [may(['a:B'], 'x', here), may(['a:B'], 'x', there), may(['a:B'], 'x')],
      [may(['a:B'], 'x', here), may(['a:B'], 'x', there), may(['a:B'], 'x')],
    ],
  ])('%s', (_what, before, after) => {
    expect(mergeStatements(before)).toEqual(after);
  });
});
