import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { readItem } from '../domain/state/job/item.ts';
import type { DependencyReader, JobReader, JobStore, MessageKeepingStore } from '../domain/state/ports.ts';
import { type KeepDependencies, keepMessagesInObjects } from '../domain/state/stored-copies.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable, jobTableWithMessages, readJobs } from './capabilities.ts';
import type { Granted } from './environment.ts';
import { updateOf } from './update-expression.ts';

/** The same reads, with what each has cost. */
export const dynamoDbDependencies = (
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): DependencyReader => ({
  async read(id) {
    const input = { TableName, Key: toAttributes({ id }), ConsistentRead: true };
    const command = new GetItemCommand({ ...input, ReturnConsumedCapacity: 'TOTAL' });
    const { Item, ConsumedCapacity } = await called('read', client.send(command));
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

const readerOf = (client: DynamoDBClient, { TABLE_NAME: TableName }: Table): JobReader => ({
  async read(id) {
    const input = { TableName, Key: toAttributes({ id }), ConsistentRead: true };
    const { Item } = await called('read', client.send(new GetItemCommand(input)));
    return Item && readItem(fromAttributes(Item));
  },
});

const storeOf = (client: DynamoDBClient, { TABLE_NAME: TableName }: Table): JobStore => ({
  ...readerOf(client, { TABLE_NAME: TableName }),

  async write(write) {
    const input = { TableName, ReturnValues: 'ALL_NEW' as const, ...updateOf(write) };
    try {
      const { Attributes } = await called('written', client.send(new UpdateItemCommand(input)));
      return readItem(fromAttributes(Attributes ?? {}));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  },
});

/** @throws StoreUnavailableError; ConditionalCheckFailedException, which is an answer */
async function called<T>(what: string, sending: Promise<T>): Promise<T> {
  try {
    return await sending;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) throw cause;
    throw new StoreUnavailableError(`the table could not be ${what}`, { cause });
  }
}
