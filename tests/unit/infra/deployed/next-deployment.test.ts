import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { type AccountLimit, roomFor } from '../../../../infra/deployed/account-room.ts';
import { askAccount } from '../../../../infra/deployed/ask-account.ts';
import {
  noticesOfShorterLives,
  problemsOfOneWay,
  typesThatGo,
} from '../../../../infra/deployed/one-way-parameters.ts';
import { type StageTemplate, stageTemplateIn } from '../../../../infra/deployed/stage-template.ts';
import { noticesOfWhatGoes, whatGoes } from '../../../../infra/deployed/what-goes.ts';
import { bucketSettingsOf } from '../../../../infra/template/bucket-settings.ts';

interface Stage {
  readonly listShards?: string;
  readonly retentionDays?: string;
  readonly keepChildrenDays?: string;
  readonly uploadRetentionDays?: number;
  readonly jobTypes?: readonly string[];
}

/** A compiled template, with what these parameters make of it. */
function templateOf({ listShards = '1', retentionDays = '30', jobTypes, ...others }: Stage) {
  const { keepChildrenDays = retentionDays, uploadRetentionDays = 30 } = others;
  const bucket = bucketSettingsOf({ retentionDays, keepChildrenDays, uploadRetentionDays }, []);
  const Variables = { RETENTION_DAYS: retentionDays, KEEP_CHILDREN_DAYS: keepChildrenDays };
  return stageTemplateIn({
    ...(jobTypes ? { Metadata: { JobTypes: jobTypes } } : {}),
    Resources: {
      ApiLambdaFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Environment: { Variables: { LIST_SHARDS: listShards, TABLE_NAME: { Ref: 'JobTable' } } },
        },
      },
      WorkerLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables } } },
      CheckLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: bucket },
      ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' },
    },
  });
}
const change = (deployed: Stage, next: Stage) => ({
  deployed: templateOf(deployed),
  next: templateOf(next),
});

describe('listShards', () => {
  test('may grow, and stay', () => {
    expect(problemsOfOneWay(change({ listShards: '4' }, { listShards: '4' }))).toEqual([]);
    expect(problemsOfOneWay(change({ listShards: '4' }, { listShards: '12' }))).toEqual([]);
  });

  test('may not get smaller, and the problem says what to set', () => {
    expect(problemsOfOneWay(change({ listShards: '12' }, { listShards: '4' }))).toEqual([
      expect.stringMatching(
        /^listShards is 4, and the deployed stage has 12\..* Set listShards to at least 12/,
      ),
    ]);
  });

  test('of a stage whose functions do not say it is not compared', () => {
    const deployed = { variables: {}, expiry: {}, reserved: 0, maxima: 0 };
    expect(problemsOfOneWay({ deployed, next: templateOf({}) })).toEqual([]);
  });
});

describe('what goes earlier', () => {
  test('is nothing if all is kept as long, or longer', () => {
    expect(noticesOfShorterLives(change({}, {}))).toEqual([]);
    expect(noticesOfShorterLives(change({}, { retentionDays: '40', uploadRetentionDays: 31 }))).toEqual([]);
  });

  test('is first what is in the bucket, and then each job that ends later', () => {
    const notices = noticesOfShorterLives(change({ retentionDays: '100' }, { retentionDays: '30' }));
    expect(notices).toEqual([
      expect.stringContaining(
        'results/ after 38 days in place of 108, messages/ended/ after 31 days in place of 101',
      ),
      expect.stringMatching(/^retentionDays is 30, and was 100: .* goes after 100 days/),
    ]);
  });

  test('is no object, if children are kept longer than other jobs', () => {
    const children = { keepChildrenDays: '100' };
    const shorter = change({ ...children, retentionDays: '90' }, { ...children, retentionDays: '30' });
    expect(noticesOfShorterLives(shorter)).toEqual([expect.stringMatching(/^retentionDays is 30/)]);
  });

  test('may be children alone, or uploads alone', () => {
    const children = change({ keepChildrenDays: '30' }, { keepChildrenDays: '20' });
    expect(noticesOfShorterLives(children)).toEqual([expect.stringMatching(/^keepChildrenDays is 20/)]);
    const uploads = change({}, { uploadRetentionDays: 7 });
    expect(noticesOfShorterLives(uploads)).toEqual([
      expect.stringContaining('uploads/ after 7 days in place of 30'),
    ]);
  });
});

test('the types that go are those that only the deployed stage has', () => {
  const types = (deployed: Stage, next: Stage) => typesThatGo(change(deployed, next));
  expect(types({ jobTypes: ['a', 'b', 'c'] }, { jobTypes: ['b', 'd'] })).toEqual(['a', 'c']);
  expect(types({}, { jobTypes: ['b'] })).toEqual([]);
});

describe('what a deployment takes away', () => {
  const sending = {
    Effect: 'Allow',
    Action: ['sqs:SendMessage'],
    Resource: { 'Fn::GetAtt': ['LongQueue', 'Arn'] },
  };
  const reading = {
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:Query'],
    Resource: [{ 'Fn::GetAtt': ['JobTable', 'Arn'] }, { 'Fn::Sub': 'arn:$' }],
  };
  const role = (...Statement: readonly object[]) => ({
    Type: 'AWS::IAM::Role',
    Properties: { Policies: [{ PolicyDocument: { Statement } }] },
  });
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };

  test('names each right that a role loses, on what', () => {
    const one = { ...reading, Action: 'dynamodb:GetItem', Resource: { 'Fn::GetAtt': ['JobTable', 'Arn'] } };
    expect(whatGoes({ WorkerRole: role(sending, reading) }, { WorkerRole: role(one) })).toEqual([
      'of WorkerRole: sqs:SendMessage on LongQueue, dynamodb:GetItem on {Fn::Sub:arn:$}, dynamodb:Query on JobTable, dynamodb:Query on {Fn::Sub:arn:$}',
    ]);
  });

  test('finds what a managed policy loses', () => {
    const policy = (...Statement: readonly object[]) => ({
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { PolicyDocument: { Statement } },
    });
    expect(whatGoes({ ServersPolicy: policy(sending) }, { ServersPolicy: policy() })).toEqual([
      'of ServersPolicy: sqs:SendMessage on LongQueue',
    ]);
  });

  const policyOf = (...Statement: readonly object[]) => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: { Statement } },
  });
  const withPolicies = (each: ReturnType<typeof role>, ...ids: readonly string[]) => ({
    ...each,
    Properties: { ...each.Properties, ManagedPolicyArns: ids.map((Ref) => ({ Ref })) },
  });

  test('says nothing of a right that moves from a role to a policy of its own, between these, or back', () => {
    const own = { R: role(sending, reading) };
    const moved = { R: withPolicies(role(sending), 'One'), One: policyOf(reading) };
    const again = {
      R: withPolicies(role(), 'Two', 'Three'),
      Two: policyOf(sending),
      Three: policyOf(reading),
    };
    for (const [before, after] of [
      [own, moved],
      [moved, again],
      [again, own],
    ] as const)
      expect(whatGoes(before, after)).toEqual([]);
  });

  test('names a right that is in no policy of a role any more', () => {
    const before = { R: withPolicies(role(sending), 'One'), One: policyOf(reading) };
    expect(whatGoes(before, { R: role(sending), One: policyOf(reading) })).toEqual([
      expect.stringMatching(/^of R: dynamodb:GetItem on JobTable, /),
    ]);
    expect(whatGoes(before, { ...before, One: policyOf() })).toHaveLength(1);
  });

  test('takes the policies of worker servers for one', () => {
    const one = { ServersPolicy: policyOf(sending, reading) };
    const two = { ServersPolicy: policyOf(reading), ServersPolicy2: policyOf(sending) };
    expect([whatGoes(one, two), whatGoes(two, one)]).toEqual([[], []]);
    expect(whatGoes(two, { ServersPolicy: policyOf(reading) })).toEqual([
      'of ServersPolicy: sqs:SendMessage on LongQueue',
    ]);
    const notices = (before: object, after: object) =>
      noticesOfWhatGoes('job-worker-prod', { Resources: before }, { Resources: after });
    expect(notices(one, two)).toEqual([expect.stringContaining('ServersPolicy2 is new, ')]);
    expect([notices(two, two), notices(two, one), notices({}, two)]).toEqual([[], [], []]);
  });

  test('names a queue, a table and a bucket that go, and nothing that no code calls', () => {
    const deployed = {
      OldQueue: queue,
      OldTable: { Type: 'AWS::DynamoDB::Table', Properties: {} },
      OldBucket: { Type: 'AWS::S3::Bucket', Properties: {} },
      OldAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
    };
    expect(whatGoes(deployed, {})).toEqual([
      'the queue OldQueue',
      'the table OldTable',
      'the bucket OldBucket',
    ]);
  });

  test('says nothing of what is kept, comes, is allowed on everything, loses a condition, or goes with its function', () => {
    const condition = { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } };
    const deployed = {
      Same: role(sending, reading),
      Wider: role(sending),
      Freer: role({ ...sending, Condition: condition }),
      Gone: role(sending),
    };
    const next = {
      Same: role({ ...reading }, { ...sending, Action: 'sqs:SendMessage' }),
      Wider: role({ ...sending, Resource: '*' }),
      Freer: role(sending),
      LongQueue: queue,
      New: role(reading),
    };
    expect(whatGoes(deployed, next)).toEqual([]);
  });

  test('names a right that comes under a condition', () => {
    const condition = { StringEquals: { 'ses:FromAddress': 'jobs@example.com' } };
    expect(whatGoes({ R: role(sending) }, { R: role({ ...sending, Condition: condition }) })).toHaveLength(1);
  });
});

const stageWith = (over: Partial<StageTemplate>): StageTemplate => ({
  ...{ variables: { WAIT_SECONDS: '25' }, expiry: {}, reserved: 0, maxima: 74 },
  ...over,
});
const limitOf = (limit: number, unreserved = limit): AccountLimit => ({
  ConcurrentExecutions: limit,
  UnreservedConcurrentExecutions: unreserved,
});

describe('the line on the room of an account', () => {
  test('says what is left beside the maxima of the queues', () => {
    expect(roomFor({ next: stageWith({}) }, limitOf(1_000, 980))).toEqual({
      fits: true,
      line: expect.stringMatching(
        /^Lambda runs 1000 invocations .* 980 of them .* take 74 of these at most\. /,
      ),
    });
  });

  test('says what to do where they take all, and that nobody should wait in a small account', () => {
    const { line, fits } = roomFor({ next: stageWith({ maxima: 16 }) }, limitOf(10));
    expect(fits).toBe(false);
    expect(line).toMatch(/take 16 of these at most: while they do, the API answers 503\. Ask for 1,000 /);
    expect(line).toMatch(/Set waitSeconds to 0: /);
  });

  test.each([
    ['where nobody waits', stageWith({ maxima: 16, variables: { WAIT_SECONDS: '0' } }), limitOf(10)],
    ['in an account where waits can have a reservation', stageWith({ maxima: 900 }), limitOf(900)],
  ])('says nothing of waits %s', (_where, next, limit) => {
    expect(roomFor({ next }, limit)).toMatchObject({
      fits: false,
      line: expect.not.stringContaining('waitS'),
    });
  });
});

describe('a reservation', () => {
  test.each([
    [900, limitOf(1_000)],
    [100, limitOf(1_000, 200)],
  ])('of %i is made where 100 are left', (reserved, limit) => {
    expect(roomFor({ next: stageWith({ reserved }) }, limit)).not.toHaveProperty('problem');
  });

  test.each([
    [901, limitOf(1_000), '99 would be left', 'Set it to 900 at most'],
    [101, limitOf(1_000, 200), '99 would be left', 'Set it to 100 at most'],
    [1, limitOf(100), '99 would be left', 'Set it to none'],
    [20, limitOf(10), '0 would be left', 'Set it to none'],
  ])('of %i is refused where fewer are left', (reserved, limit, left, remedy) => {
    const { problem } = roomFor({ next: stageWith({ reserved }) }, limit);
    expect(problem).toMatch(
      new RegExp(`^waitReserved is ${reserved}: .*${left}.*Lambda demands 100\\. ${remedy}, `),
    );
  });

  test('that the stage has already is not counted twice, and may stay and get smaller whatever is left', () => {
    const deployed = stageWith({ reserved: 800 });
    const problemOf = (reserved: number, limit: AccountLimit) =>
      roomFor({ next: stageWith({ reserved }), deployed }, limit).problem;
    expect(problemOf(900, limitOf(1_000, 200))).toBeUndefined();
    expect(problemOf(901, limitOf(1_000, 200))).toBeDefined();
    expect(problemOf(800, limitOf(850, 50))).toBeUndefined();
    expect(problemOf(700, limitOf(750, 20))).toBeUndefined();
  });
});

describe('the account', () => {
  const template = {
    Resources: {
      Wait: {
        Type: 'AWS::Lambda::Function',
        Properties: { Environment: { Variables: { WAIT_SECONDS: '25' } } },
      },
      Worker: { Type: 'AWS::Lambda::Function' },
      Standard: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { ScalingConfig: { MaximumConcurrency: 10 } },
      },
      Dead: { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} },
      Long: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { ScalingConfig: { MaximumConcurrency: 4 } },
      },
    },
  };

  /** What is answer of an account with this limit. */
  async function answerOf(limit: number, status = 200) {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ AccountLimit: limitOf(limit) }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const endpoint = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    const config = { endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 };
    const answer = await askAccount({ stack: 'job-worker-dev', template }, config);
    server.close();
    return { answer, asked };
  }

  test('is asked once, and the maxima are those of the template', async () => {
    const { answer, asked } = await answerOf(15);
    expect(asked).toEqual(['/2016-08-19/account-settings']);
    expect(answer).toEqual({ notice: expect.stringContaining(' 15 invocations ') });
    expect(stageTemplateIn(template)).toMatchObject({ maxima: 14, reserved: 0 });
  });

  test('that is too small is a warning, and so is one that does not answer', async () => {
    expect((await answerOf(14)).answer).toEqual({ warning: expect.stringContaining(' 14 invocations ') });
    expect((await answerOf(15, 403)).answer).toEqual({ warning: expect.stringContaining('is not known: ') });
  });
});
