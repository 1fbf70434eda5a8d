import { dirname } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../shared/aws/config.ts';
import { sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { aMessage } from '../fakes/samples.ts';
import { sls, withProjectCopy } from '../project-copy.ts';
import { credentials, Deployed, region } from './deployed.ts';
import { privileges } from './expected.ts';
import { type Moto, motoIsInstalled, startMoto } from './moto.ts';
import { configSchemas } from './packaged.ts';

const stage = 'prod';
const prefix = `job-worker-${stage}`;
const table = `${prefix}-jobs`;
const accessTable = `${prefix}-access`;
const item = { id: { S: 'some job' } };

/** Deploys with `sls deploy`, to an AWS in memory. */
const describeIfInstalled = motoIsInstalled() ? describe : describe.skip;

describeIfInstalled('sls deploy (needs python3-moto)', () => {
  let moto: Moto;
  let aws: Deployed;
  beforeAll(async () => {
    moto = await startMoto();
    aws = new Deployed(moto.endpoint);
  });
  afterAll(async () => {
    aws?.close();
    await moto?.stop();
  });

  const run = (command: 'deploy' | 'remove', ...args: string[]) =>
    withProjectCopy((dir) =>
      sls(dir, [command, '--stage', stage, ...args], {
        AWS_ENDPOINT_URL: moto.endpoint,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_REGION: region,
        SLS_AWS_MONITORING_FREQUENCY: '200',
      }),
    );

  const variablesOf = async (name: string) => {
    const found = (await aws.functions()).find(({ FunctionName }) => FunctionName === `${prefix}-${name}`);
    return found?.Environment.Variables ?? {};
  };

  test('creates functions with the URLs of their queues and the name of their table', async () => {
    await run('deploy');
    const functions = await aws.functions();
    expect(functions).toHaveLength(Object.keys(privileges).length);
    const queueNames = [...(await aws.queues()).keys()];
    for (const { Handler, Environment } of functions) {
      const schema = configSchemas[dirname(Handler)];
      if (schema) expect(() => parseConfig(schema, Environment.Variables)).not.toThrow();
      expect(Environment.Variables.TABLE_NAME).toBe(table);
      const urls = Object.entries(Environment.Variables).filter(([key]) => key.endsWith('QUEUE_URL'));
      for (const [, url] of urls) expect(queueNames).toContain(url.slice(url.lastIndexOf('/') + 1));
    }
    expect([...(await aws.tables())].sort()).toEqual([accessTable, table]);
  });

  test('changes nothing if the project has not changed', async () => {
    expect(await run('deploy')).toContain('No changes to deploy');
  });

  test('changes functions, but keeps the items and the messages', async () => {
    const QueueUrl = (await aws.queues()).get(`${prefix}-standard`);
    await aws.dynamoDb.send(new PutItemCommand({ TableName: table, Item: item }));
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a job' }));

    await run('deploy', '--param', 'retentionDays=40');

    expect(await variablesOf('worker')).toMatchObject({ RETENTION_DAYS: '40' });
    expect(await variablesOf('submit')).toMatchObject({ ACCESS_TABLE_NAME: accessTable, AUTH: 'apiKey' });
    const { Item } = await aws.dynamoDb.send(new GetItemCommand({ TableName: table, Key: item }));
    expect(Item).toEqual(item);
    const { Messages } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toEqual([expect.objectContaining({ Body: 'a job' })]);
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

  // Depends on the tests before it, which have deployed.
  test('is undone by `sls remove`, except for the table and its items', async () => {
    await run('remove');
    expect(await aws.functions()).toEqual([]);
    expect(await aws.queues()).toEqual(new Map());
    const { Item } = await aws.dynamoDb.send(new GetItemCommand({ TableName: table, Key: item }));
    expect(Item).toEqual(item);
  });
});
