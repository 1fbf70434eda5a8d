import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { readItem } from '../domain/state/item.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { updateOf } from './update-expression.ts';

/** The DynamoDB table behind the `JobStore` port: `GetItem` (consistent) and `UpdateItem`, and no other call. */
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
      const input = { TableName: tableName, Key: toAttributes({ id }), ConsistentRead: true };
      const { Item } = await call('read', client.send(new GetItemCommand(input)));
      return Item && readItem(fromAttributes(Item));
    },

    async write(write) {
      const input = { TableName: tableName, ReturnValues: 'ALL_NEW' as const, ...updateOf(write) };
      try {
        const { Attributes } = await call('written', client.send(new UpdateItemCommand(input)));
        return readItem(fromAttributes(Attributes ?? {}));
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },
  };
}
