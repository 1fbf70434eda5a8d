import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { readItem } from '../../domain/state/job/item.ts';
import type { DependencyReader, JobReader, JobStore, MessageKeepingStore } from '../../domain/state/ports.ts';
import { type KeepDependencies, keepMessagesInObjects } from '../../domain/state/stored-copies.ts';
import { recordOf } from '../../domain/state/writes/job-write.ts';
import type { jobTable, jobTableWithMessages, readJobs } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { dynamoDbRecordReader, dynamoDbRecords, unavailable } from './records.ts';

/** The same reads, with what each has cost. */
export const dynamoDbDependencies = (
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): DependencyReader => ({
  async read(id) {
    const input = { TableName, Key: toAttributes({ id }), ConsistentRead: true };
    const command = new GetItemCommand({ ...input, ReturnConsumedCapacity: 'TOTAL' });
    const { Item, ConsumedCapacity } = await client.send(command).catch(unavailable('read a job'));
    return { job: Item && readItem(fromAttributes(Item)), units: ConsumedCapacity?.CapacityUnits ?? 0 };
  },
});

interface Table {
  readonly TABLE_NAME: string;
}

/** The DynamoDB table behind the `JobReader` port: `GetItem` (consistent). */
export const dynamoDbJobReader = (client: DynamoDBClient, env: Granted<typeof readJobs>): JobReader =>
  readerOf(client, env);

/** The same table behind the `JobStore` port: `GetItem` and `UpdateItem`, and no other call. */
export const dynamoDbJobStore = (client: DynamoDBClient, env: Granted<typeof jobTable>): JobStore =>
  storeOf(client, env);

/** The same, with large messages in objects. */
export const dynamoDbJobStoreWithMessages = (
  client: DynamoDBClient,
  env: Granted<typeof jobTableWithMessages>,
  keeping: KeepDependencies,
): MessageKeepingStore => keepMessagesInObjects(storeOf(client, env), keeping);

const readerOf = (client: DynamoDBClient, env: Table): JobReader => {
  const records = dynamoDbRecordReader(client, env);
  return {
    async read(id) {
      const item = await records.read(id, 'read a job');
      return item && readItem(item);
    },
  };
};

function storeOf(client: DynamoDBClient, env: Table): JobStore {
  const records = dynamoDbRecords(client, env);
  return {
    ...readerOf(client, env),
    async write(write) {
      const { held, item } = await records.write(write.id, recordOf(write));
      return held ? readItem(item) : undefined;
    },
  };
}
