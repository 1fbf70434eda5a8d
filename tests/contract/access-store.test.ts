import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { credentials, region } from '../../local/local-aws.ts';
import { dynamoDbAccessStore } from '../../shared/aws/access-store.ts';
import { toAttributes } from '../../shared/aws/attribute-value.ts';
import type { AccessEntry } from '../../shared/job/access-entry.ts';
import { StoreUnavailableError } from '../../shared/job/errors.ts';
import { InMemoryAccessStore } from '../../testkit/fakes/in-memory-access-store.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { describeAccessStore } from './access-store.contract.ts';

const fake = new InMemoryAccessStore();
describeAccessStore('InMemoryAccessStore', () => ({ store: fake, put: async (entry) => fake.put(entry) }));

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());
const storeOf = (client: DynamoDBClient) => dynamoDbAccessStore(client, aws.accessTableName);
describeAccessStore('dynamoDbAccessStore', () => ({
  store: storeOf(aws.dynamoDb),
  put: (entry: AccessEntry) => aws.putAccess(entry),
}));

test('dynamoDbAccessStore refuses an entry that is not whole', async () => {
  const Item = toAttributes({ id: 'key/broken', kind: 'key', tenant: 'a tenant' });
  await aws.dynamoDb.send(new PutItemCommand({ TableName: aws.accessTableName, Item }));
  await expect(storeOf(aws.dynamoDb).read('key/broken')).rejects.toThrow();
});

test('dynamoDbAccessStore throws a StoreUnavailableError if the table cannot be reached', async () => {
  const client = new DynamoDBClient({ endpoint: 'http://127.0.0.1:1', region, credentials, maxAttempts: 1 });
  await expect(storeOf(client).read('root')).rejects.toThrow(StoreUnavailableError);
  client.destroy();
});
