import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  DeleteItemCommand,
  DeleteTableCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetBucketEncryptionCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import { fromAttributes } from '../../shared/aws/records/attribute-value.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { keyEntryId, rootSecretEntry } from '../../shared/domain/access/access-entry.ts';
import { readApiKey, sha256Of } from '../../shared/domain/access/api-key.ts';
import { projectDir } from '../project-copy.ts';
import { aMessage } from '../set-ups/samples.ts';
import { credentials, Deployed, type MotoAws } from './deployed.ts';
import { privileges } from './expected-privileges.ts';
import { usesOf } from './packaged.ts';
import { describeRestore } from './restore.suite.ts';

const execute = promisify(execFile);

const region = 'eu-central-1';
const stage = 'prod';
const prefix = `job-worker-${stage}`;
const table = `${prefix}-jobs`;
const accessTable = `${prefix}-access`;
const item = { id: { S: 'some job' } };

/** What a job type of the project that is deployed runs in another service. */
export const deployedScript = 'print(1)';

export function describeDeployment(moto: MotoAws): void {
  let aws: Deployed;
  /** The variables of a function before the stage is removed. */
  const kept: { BUCKET_NAME?: string } = {};
  beforeAll(() => {
    aws = new Deployed(moto.endpoint, region);
  });
  afterAll(() => aws?.close());

  const run = (command: 'deploy' | 'remove', ...args: string[]) =>
    moto.sls([command, '--stage', stage, ...args], region);

  // Bundles that are kept have no source maps: two functions are bundled, which take little time.
  const deployWithMaps = () => moto.sls(['deploy', '--stage', stage], region, { BUNDLES: 'status,wait' });

  const listenToAlarms = async () => {
    const sns = new SNSClient({ endpoint: moto.endpoint, region, credentials });
    const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
    const TopicArn = Topics[0]?.TopicArn;
    expect(TopicArn).toMatch(new RegExp(`:${prefix}-alarms$`));
    // moto confirms a mail itself.
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'on-call@example.com' }));
    sns.destroy();
  };

  const root = async () => {
    const Key = { id: { S: 'root' } };
    const { Item } = await aws.dynamoDb.send(new GetItemCommand({ TableName: accessTable, Key }));
    return rootSecretEntry.parse(fromAttributes(Item ?? {}));
  };

  const variablesOf = async (name: string) => {
    const found = (await aws.functions()).find(({ FunctionName }) => FunctionName === `${prefix}-${name}`);
    return found?.Environment.Variables ?? {};
  };

  test('creates functions with the URLs of their queues and the name of their table', async () => {
    expect(await deployWithMaps()).toContain(
      `Nobody hears of the alarms of ${prefix}. Set the stage parameter alarmMail or alarmWebhook.`,
    );
    const functions = await aws.functions();
    expect(functions).toHaveLength(Object.keys(privileges).length);
    const queueNames = [...(await aws.queues()).keys()];
    for (const { Handler, Environment } of functions) {
      const uses = usesOf[dirname(Handler)];
      const environment = { ...Environment.Variables, AWS_REGION: region };
      expect(Environment.Variables.TABLE_NAME).toBe(table);
      for (const [key, url] of Object.entries(uses ? readEnvironment(uses, environment) : {}))
        if (key.endsWith('QUEUE_URL')) expect(queueNames).toContain(String(url).split('/').at(-1));
    }
    expect([...(await aws.tables())].sort()).toEqual([accessTable, `${prefix}-endpoints`, table]);
  });

  test('has all calls of a function go to its first version', async () => {
    for (const { FunctionName } of await aws.functions())
      expect(await aws.liveVersion(FunctionName)).toBe('1');
  });

  test('protects its tables and its stack from deletion, once it is there', async () => {
    for (const name of await aws.tables()) expect([name, await aws.protectionOf(name)]).toEqual([name, true]);
    expect(await aws.protectionOfStack(prefix)).toBe(true);
  });

  // moto ignores the bucket's other properties: bucket.suite.ts reads them in the template.
  test('creates a bucket that is encrypted, and gives its name to the functions that use it', async () => {
    const names = (await aws.functions()).map(({ Environment }) => Environment.Variables.BUCKET_NAME);
    const [Bucket = '', ...others] = new Set(names.filter((name) => name !== undefined));
    expect({ Bucket, others }).toEqual({
      Bucket: expect.stringMatching(/^job-worker-prod-bucket-/),
      others: [],
    });
    const { ServerSideEncryptionConfiguration } = await aws.s3.send(
      new GetBucketEncryptionCommand({ Bucket }),
    );
    expect(ServerSideEncryptionConfiguration?.Rules).toEqual([
      expect.objectContaining({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }),
    ]);
  });

  test('puts the source maps of what was bundled into the bucket', async () => {
    const { BUCKET_NAME: Bucket } = await variablesOf('worker');
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'maps/' }));
    const name = (bundle: string) =>
      expect.stringMatching(new RegExp(`^maps/${bundle}\\.[0-9a-f]{16}\\.mjs\\.map\\.gz$`));
    expect(Contents.map(({ Key }) => Key)).toEqual([name('status'), name('wait')]);
  });

  test('creates a group of schedules, in which admission and notify can create theirs', async () => {
    for (const [name, queue] of [
      ['admission', 'waiting'],
      ['notify', 'notify'],
    ] as const) {
      const variables = await variablesOf(name);
      expect(variables.SCHEDULE_GROUP).toBe(prefix);
      const target = await aws.targetOfNewSchedule(variables);
      expect(target?.Arn).toMatch(new RegExp(`:${prefix}-${queue}$`));
      expect(target?.DeadLetterConfig?.Arn).toMatch(/-dead-letter$/);
    }
  });

  test('writes a root secret, which a second deployment keeps as it is; it says nothing of alarms once somebody listens', async () => {
    const before = await root();
    expect(Buffer.from(before.secret, 'base64url')).toHaveLength(32);
    await listenToAlarms();
    const output = await deployWithMaps();
    expect(output).toContain('No changes to deploy');
    expect(output).not.toContain('hears of the alarms');
    expect(await root()).toEqual(before);
  });

  test('makes a table in which `npm run keys` writes keys', async () => {
    const keys = async (...args: string[]) => {
      const command = [join(projectDir, 'scripts/keys.ts'), ...args, '--stage', stage];
      const env = { ...process.env, AWS_REGION: region };
      return (await execute(join(projectDir, 'node_modules/.bin/node'), command, { env })).stdout;
    };
    const text = await keys('create', '--tenant', 'acme', '--rights', 'submit,read');
    const { id = '', secret = '' } = readApiKey(text.trim()) ?? {};
    const Key = { id: { S: keyEntryId(id) } };
    const { Item } = await aws.dynamoDb.send(new GetItemCommand({ TableName: accessTable, Key }));
    expect(fromAttributes(Item ?? {})).toMatchObject({
      tenant: 'acme',
      secrets: [{ sha256: sha256Of(secret) }],
    });
    expect(await keys('list')).toContain(`key/${id}  acme  submit,read`);
    expect(await keys('list')).not.toContain(secret);
  });

  // moto makes tables without expiry and recovery, its queues have addresses of AWS, and it has neither CloudWatch's protocol of
  // today nor the account's limits.
  test('makes a stage of which `jobctl doctor --stage` says what is wrong, and what to do', async () => {
    const doctor = async () => {
      const command = [join(projectDir, 'scripts/doctor.ts'), '--stage', stage];
      const env = { ...process.env, AWS_REGION: region };
      const ended = execute(join(projectDir, 'node_modules/.bin/node'), command, { env });
      return ended.catch((error: { readonly code: number; readonly stdout: string }) => error);
    };
    const ill = await doctor();
    expect(ill).toMatchObject({ code: 1 });
    const lines = ill.stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^wrong {3}job-worker-prod cannot be watched: .* could not be read$/),
        'wrong   jobs do not expire: the table grows without an end',
        `        -> aws dynamodb update-time-to-live --table-name ${table} --time-to-live-specification Enabled=true,AttributeName=expiresAt`,
        `wrong   ${table} cannot be recovered: point-in-time recovery is off`,
        expect.stringMatching(/^notice {2}the concurrency of the account: not known: /),
        'ok      the root secret is there',
        'ok      the clock here is right',
      ]),
    );
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'expiresAt' };
    await aws.dynamoDb.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
    expect((await doctor()).stdout.split('\n')).toContain('ok      jobs expire (TTL)');
  });

  test('changes functions, but keeps the items, the messages and the root secret', async () => {
    const QueueUrl = (await aws.queues()).get(`${prefix}-standard`);
    await aws.dynamoDb.send(new PutItemCommand({ TableName: table, Item: item }));
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a job' }));

    const secret = await root();

    const REPORTS = 'https://reports.example';
    const parameters = ['retentionDays=40', 'listShards=2', `reports=${REPORTS}`];
    const output = await run('deploy', ...parameters.flatMap((parameter) => ['--param', parameter]));

    expect(output).not.toContain('takes something away');
    expect(await aws.liveVersion(`${prefix}-worker`)).toBe('2');
    expect(await root()).toEqual(secret);
    expect(await variablesOf('worker')).toMatchObject({ RETENTION_DAYS: '40', KEEP_CHILDREN_DAYS: '40' });
    expect(await variablesOf('longWorker')).toMatchObject({ REPORTS });
    expect(await variablesOf('submit')).toMatchObject({ SETUP: 'reports' });
    const { BUCKET_NAME: Bucket } = await variablesOf('api');
    const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket, Key: 'scripts/on-spark/main.py' }));
    expect(await Body?.transformToString()).toBe(deployedScript);
    expect(await variablesOf('submit')).toMatchObject({ ACCESS_TABLE_NAME: accessTable, AUTH: 'apiKey' });
    const { Item } = await aws.dynamoDb.send(new GetItemCommand({ TableName: table, Key: item }));
    expect(Item).toEqual(item);
    const { Messages } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toEqual([expect.objectContaining({ Body: 'a job' })]);
  });

  test('refuses to show only a part of the lists', async () => {
    await expect(run('deploy')).rejects.toMatchObject({
      stdout: expect.stringMatching(
        /cannot be deployed:\n- listShards is 1, and the deployed stage has 2\. /,
      ),
    });
    expect(await variablesOf('api')).toMatchObject({ LIST_SHARDS: '2' });
  });

  test('creates a FIFO queue that accepts a job of a group, and a quarantine queue that accepts its message', async () => {
    const urls = await aws.queues();
    const [ordered = '', quarantined = ''] = ['ordered.fifo', 'quarantine'].map((name) =>
      urls.get(`${prefix}-${name}`),
    );
    await sqsJobQueue(aws.sqs, { queueUrl: ordered }).send(
      aMessage({ options: { maxAttempts: 1, group: 'g' } }),
    );
    const queue = sqsJobQueue(aws.sqs, { queueUrl: ordered, quarantineUrl: quarantined });
    await queue.quarantine(await aws.receive(ordered), 'a reason');
    expect((await aws.receive(quarantined)).body).toContain('"group":"g"');
  });

  test('says which right goes, and that an alias which a person has moved stays', async () => {
    const unchanged = `${prefix}-deadLetter`;
    await aws.goBackTo('1', unchanged);
    const refused = `cannot be deployed by a canary:\n- ${unchanged} runs version 1, and not 2, which`;
    await expect(
      run('deploy', '--param', 'canary=10percent5minutes', '--param', 'listShards=2'),
    ).rejects.toMatchObject({ stdout: expect.stringContaining(refused) });
    expect(await aws.liveVersion(`${prefix}-longWorker`)).toBe('2');
    const output = await run('deploy', '--param', 'retentionDays=40', '--param', 'listShards=2');
    expect(output).toMatch(
      /takes something away from job-worker-prod\. .*\n- of LongWorkerIamRoleLambdaExecution: execute-api:Invoke on /,
    );
    expect(await aws.liveVersion(`${prefix}-longWorker`)).toBe('3');
    expect(await aws.liveVersion(unchanged)).toBe('1');
    expect(output).toContain(
      `${unchanged} runs version 1: aws lambda update-alias --function-name ${unchanged} --name live --function-version 2`,
    );
  });

  test('is not deployed without its root secret, which would be another one; an exported one brings it back', async () => {
    const keys = (...args: string[]) => {
      const command = [join(projectDir, 'scripts/keys.ts'), ...args, '--stage', stage];
      const env = { ...process.env, AWS_REGION: region, ROOT_PASSPHRASE: 'correct horse battery' };
      return execute(join(projectDir, 'node_modules/.bin/node'), command, { env });
    };
    const folder = await mkdtemp(join(tmpdir(), 'root-'));
    const file = join(folder, 'root.json');
    const before = await root();
    await keys('export-root', file);
    await aws.dynamoDb.send(new DeleteItemCommand({ TableName: accessTable, Key: { id: { S: 'root' } } }));
    await expect(run('deploy')).rejects.toMatchObject({
      stdout: expect.stringMatching(
        /cannot be deployed:\n- its root secret is lost: .* jobs or keys\.\n- Bring it back: npm run keys -- import-root FILE --stage prod/,
      ),
    });
    await expect(keys('init')).rejects.toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--replace'),
    });
    await keys('import-root', file);
    expect(await root()).toEqual(before);
    await rm(folder, { recursive: true });
  });

  // The message in `standard` was received, and admission's and notify's schedules were made, by tests above.
  test('is not removed without a second word: it names what is open, and what to do', async () => {
    const QueueUrl = (await aws.queues()).get(`${prefix}-waiting`);
    const MessageBody = 'a job that waits for its time';
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds: 900 }));
    const key = { id: { S: 'waiting' }, dueKey: { S: 'paused-15' }, lookAt: { N: '1' } };
    await aws.dynamoDb.send(new PutItemCommand({ TableName: table, Item: key }));
    const refused = await run('remove').catch((error: { readonly stdout: string }) => error);
    const { stdout = '' } = typeof refused === 'string' ? {} : refused;
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'The stage prod is not removed:',
        '- the stage is protected (docs/runbook.md, "Remove a stage").',
        `- the queue ${prefix}-standard has messages: 0 ready, 1 in flight, 0 delayed.`,
        `- the queue ${prefix}-waiting has messages: 0 ready, 0 in flight, 1 delayed.`,
        `- the group of schedules ${prefix} has open schedules: at least 2.`,
        '- jobs wait outside of all queues: at least 1.',
        '- To remove it all the same: npx sls remove --stage prod --param really=prod',
      ]),
    );
    await expect(run('remove', '--param', 'really=dev')).rejects.toMatchObject({
      stdout: expect.stringContaining('- really is "dev", and the stage is prod.'),
    });
    expect(await aws.protectionOfStack(prefix)).toBe(true);
    expect(await aws.functions()).not.toEqual([]);
  });

  // Depends on the tests before it, which have deployed.
  test('is undone by `sls remove`, except for the table and its items, the queues and their messages, the bucket and its objects', async () => {
    Object.assign(kept, await variablesOf('api'));
    const { BUCKET_NAME: Bucket } = kept;
    await aws.s3.send(new PutObjectCommand({ Bucket, Key: 'uploads/a', Body: 'some' }));
    const queues = await aws.queues();
    const QueueUrl = queues.get(`${prefix}-waiting`);
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a job that waits' }));
    expect(await run('remove', '--param', `really=${stage}`)).toContain(
      `Removed with open work: the queue ${prefix}-waiting has messages: 1 ready, 0 in flight, 1 delayed.`,
    );
    expect(await aws.protectionOf(table)).toBe(true);
    const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket, Key: 'uploads/a' }));
    expect(await Body?.transformToString()).toBe('some');
    expect(await aws.functions()).toEqual([]);
    expect(queues.size).toBe(15);
    expect(await aws.queues()).toEqual(queues);
    expect((await aws.receive(QueueUrl ?? '')).body).toBe('a job that waits');
    expect(await aws.scheduleGroups()).toEqual(['default']);
    const { Item } = await aws.dynamoDb.send(new GetItemCommand({ TableName: table, Key: item }));
    expect(Item).toEqual(item);
  });

  test('is not deployed over what was kept: it names that, and what to do', async () => {
    await expect(run('deploy')).rejects.toMatchObject({
      stdout: expect.stringMatching(
        new RegExp(
          `- the stack ${prefix} has no table, and there is what was kept (?=.*${table})(?=.*${accessTable})(?=.*${prefix}-standard).*${prefix}-bucket-.*\\n.*stage -- adopt --stage prod`,
        ),
      ),
    });
  });

  test('takes over what was kept, and goes on with its items, messages, objects, keys and ids', async () => {
    const before = await root();
    const { BUCKET_NAME: Bucket } = kept;
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    await aws.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    await moto.sls(['package', '--stage', stage], region);
    const packaged = join(moto.dir, '.serverless');
    const command = [join(projectDir, 'scripts/stage.ts'), 'adopt', '--stage', stage, '--package', packaged];
    const env = { ...process.env, AWS_REGION: region };
    const { stdout } = await execute(join(projectDir, 'node_modules/.bin/node'), command, { env });
    const queues = [...(await aws.queues()).keys()];
    const [adopted, tables] = [stdout.trim().split('\n'), await aws.tables()];
    const all = [...tables, ...queues, Bucket ?? '', `the policy of ${Bucket}`];
    expect(adopted.toSorted()).toEqual(all.sort());
    await run('deploy');
    expect(await root()).toEqual(before);
    expect(await aws.protectionOfStack(prefix)).toBe(true);
    expect((await variablesOf('api')).BUCKET_NAME).toBe(Bucket);
    const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket, Key: 'uploads/a' }));
    expect(await Body?.transformToString()).toBe('some');
    const { Item } = await aws.dynamoDb.send(new GetItemCommand({ TableName: table, Key: item }));
    expect(Item).toEqual(item);
    expect([...(await aws.queues()).keys()]).toEqual(queues);
    expect(await aws.scheduleGroups()).toEqual(['default', prefix]);
  });

  describe('restore', () =>
    describeRestore({ stage, region, aws: () => aws, deploy: (...args) => run('deploy', ...args) }));

  test('says what to run if the root secret cannot be written', async () => {
    const unprotected = { TableName: accessTable, DeletionProtectionEnabled: false };
    await aws.dynamoDb.send(new UpdateTableCommand(unprotected));
    await aws.dynamoDb.send(new DeleteTableCommand({ TableName: accessTable }));
    await expect(run('deploy', '--param', 'retentionDays=29')).rejects.toMatchObject({
      stderr: expect.stringContaining('retentionDays is 29, and was 30: '),
      stdout: expect.stringMatching(
        /is deployed, but has no root secret yet.*\n- there is no table job-worker-prod-access\n.*npm run keys -- init --stage prod/,
      ),
    });
  });
}
