import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compareWithDeployed } from '../../infra/deployed/compare-with-deployed.ts';
import { countOpenJobs } from '../../infra/deployed/open-jobs-of-types.ts';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { describeWithMoto, motoEndpoint } from './shared-services.ts';

const stack = 'job-worker-compared';
const TableName = `${stack}-jobs`;
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
const clientConfig = () => ({ endpoint: motoEndpoint, region: 'eu-west-3', credentials });

const templateWith = (JobTypes: readonly string[], ExpirationInDays: number, LIST_SHARDS = '4') => ({
  Metadata: { JobTypes },
  // What is compared is the template: moto need not make the function.
  Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
  Resources: {
    Submit: {
      Type: 'AWS::Lambda::Function',
      Condition: 'Never',
      Properties: { Environment: { Variables: { LIST_SHARDS } } },
    },
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        LifecycleConfiguration: { Rules: [{ Prefix: 'results/', Status: 'Enabled', ExpirationInDays }] },
      },
    },
  },
});

describeWithMoto('a deployment, compared with the stage as it is (needs python3-moto)', () => {
  let dynamoDb: DynamoDBClient;
  beforeAll(async () => {
    dynamoDb = new DynamoDBClient(clientConfig());
    const cloudFormation = new CloudFormationClient(clientConfig());
    const TemplateBody = JSON.stringify(templateWith(['add', 'resize', 'send', 'sum'], 108));
    await cloudFormation.send(new CreateStackCommand({ StackName: stack, TemplateBody }));
    cloudFormation.destroy();
    const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' } as const];
    const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' } as const];
    await dynamoDb.send(
      new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' }),
    );
    const jobs = [
      ...(['queued', 'waiting', 'running'] as const).map((status) => ({ type: 'resize', status })),
      ...(['succeeded', 'failed', 'canceled'] as const).map((status) => ({ type: 'send', status })),
      { type: 'add', status: 'queued' },
      { type: 'sum', status: 'queued' },
      { type: 'resize' }, // a group of errors
    ];
    for (const [index, job] of jobs.entries()) {
      const Item = toAttributes({ id: `job ${index}`, ...job });
      await dynamoDb.send(new PutItemCommand({ TableName, Item }));
    }
  });
  afterAll(() => dynamoDb?.destroy());

  const compared = (template: unknown, name = stack) =>
    compareWithDeployed({ stack: name, template }, clientConfig());

  test('says what goes earlier, and names the types that go while jobs of them are open', async () => {
    const { problems, notices } = await compared(templateWith(['sum'], 38));
    expect(problems).toEqual([]);
    expect(notices).toEqual([
      expect.stringContaining('results/ after 38 days in place of 108'),
      expect.stringMatching(/^The job type add is taken out while jobs of it are open: 1\. /),
      expect.stringMatching(/^The job type resize is taken out while jobs of it are open: 3\. /),
    ]);
  });

  test('says nothing if nothing goes, and of a stage that is new', async () => {
    const nothing = { problems: [], notices: [] };
    expect(await compared(templateWith(['add', 'new', 'resize', 'send', 'sum'], 108))).toEqual(nothing);
    expect(await compared(templateWith([], 1), 'job-worker-new')).toEqual(nothing);
  });

  test('stops where jobs would be in no list, and says nothing else', async () => {
    expect(await compared(templateWith([], 38, '3'))).toEqual({
      problems: [expect.stringMatching(/^listShards is 3, and the deployed stage has 4\. /)],
      notices: [],
    });
  });

  test('goes on without it if nobody answers, and says so', async () => {
    const nowhere = { ...clientConfig(), endpoint: 'http://127.0.0.1:1', maxAttempts: 1 };
    const found = await compareWithDeployed({ stack, template: templateWith([], 1) }, nowhere);
    expect(found).toEqual({ problems: [], notices: [expect.stringContaining('is not known: ')] });
  });

  test('counts page by page, until its time is over', async () => {
    const look = { TableName, types: ['resize'], pageSize: 2 };
    const whole = await countOpenJobs(dynamoDb, { ...look, until: Date.now() + 60_000 });
    expect(whole).toEqual({ counts: new Map([['resize', 3]]), looked: 9, isWhole: true });
    const cut = await countOpenJobs(dynamoDb, { ...look, until: 0 });
    expect(cut).toMatchObject({ looked: 2, isWhole: false });
  });
});
