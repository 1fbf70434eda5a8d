import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AccessAdminStore, DynamoDbAccessAdminStore } from '../../infra/access/admin-store.ts';
import { type Emulators, startEmulators } from '../../local/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { createTable } from '../../local/table-resource.ts';
import { InMemoryAccessAdminStore } from '../set-ups/in-memory-access-admin-store.ts';
import { describeAccessAdminStore } from './access-admin-store.contract.ts';

const fake = new InMemoryAccessAdminStore();
describeAccessAdminStore('InMemoryAccessAdminStore', () => fake);

const TableName = 'access';
let emulators: Emulators;
let client: DynamoDBClient;
let store: AccessAdminStore;
beforeAll(async () => {
  emulators = await startEmulators();
  client = new DynamoDBClient({ endpoint: emulators.dynamoDbEndpoint, region, credentials });
  const properties = {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  };
  await createTable(client, { name: TableName, properties, resolve: (value) => value });
  store = new DynamoDbAccessAdminStore(client, TableName);
});
afterAll(async () => {
  client.destroy();
  await emulators.stop();
});
describeAccessAdminStore('DynamoDbAccessAdminStore', () => store);

test('an update keeps what a function writes between its read and its write', async () => {
  const id = 'key/used';
  await store.create({
    id,
    kind: 'key',
    tenant: 't',
    rights: [],
    createdAt: 1,
    secrets: [{ sha256: 'a'.repeat(64) }],
  });
  let isFirst = true;
  client.middlewareStack.add(
    (next) => async (args) => {
      const isUpdate = 'UpdateExpression' in args.input;
      if (isUpdate && isFirst) {
        isFirst = false;
        await client.send(new UpdateItemCommand({ TableName, Key: { id: { S: id } }, ...lastUse }));
      }
      return next(args);
    },
    { step: 'initialize', name: 'useMeanwhile' },
  );
  await store.update(id, (key) => ({ ...key, createdAt: 2 }));
  client.middlewareStack.remove('useMeanwhile');
  expect(await store.read(id)).toMatchObject({ createdAt: 2, lastUsedOn: '2026-11-25' });
});
const lastUse = {
  UpdateExpression: 'SET lastUsedOn = :day',
  ExpressionAttributeValues: { ':day': { S: '2026-11-25' } },
};

test('a table that is not there, and an entry of another shape, are named', async () => {
  const missing = new DynamoDbAccessAdminStore(client, 'nowhere');
  await expect(missing.read('root')).rejects.toThrow('there is no table nowhere');
  await client.send(new PutItemCommand({ TableName, Item: { id: { S: 'key/odd' }, kind: { S: 'key' } } }));
  await expect(store.read('key/odd')).rejects.toThrow('the entry key/odd cannot be read');
});
