import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { jobItem } from '../contracts/job-item.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { JobStore } from '../ports.ts';
import { updateOf } from './dynamodb-update.ts';

/** The table behind the `JobStore` port: `GetItem` (consistent) and `UpdateItem`, and no other call. */
export function dynamoDbJobStore(client: DynamoDBClient, tableName: string): JobStore {
  const call = async <T>(what: string, sending: Promise<T>): Promise<T> => {
    try {
      return await sending;
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException) throw cause;
      throw new StoreUnavailableError(`the table could not be ${what}`, { cause });
    }
  };

  return {
    async read(id) {
      const input = { TableName: tableName, Key: marshall({ id }), ConsistentRead: true };
      const { Item } = await call('read', client.send(new GetItemCommand(input)));
      return Item && jobItem.parse(unmarshall(Item));
    },

    async write(write) {
      const input = { TableName: tableName, ReturnValues: 'ALL_NEW' as const, ...updateOf(write) };
      try {
        const { Attributes } = await call('written', client.send(new UpdateItemCommand(input)));
        return jobItem.parse(unmarshall(Attributes ?? {}));
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },
  };
}
