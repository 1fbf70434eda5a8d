import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { accessEntry } from '../job/access-entry.ts';
import { StoreUnavailableError } from '../job/errors.ts';
import type { AccessStore } from '../job/ports.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';

/** The access table behind the `AccessStore` port: `GetItem`, and no other call. */
export const dynamoDbAccessStore = (client: DynamoDBClient, tableName: string): AccessStore => ({
  async read(id) {
    const input = { TableName: tableName, Key: toAttributes({ id }) };
    const { Item } = await client.send(new GetItemCommand(input)).catch((cause: unknown) => {
      throw new StoreUnavailableError('the access table could not be read', { cause });
    });
    return Item && accessEntry.parse(fromAttributes(Item));
  },
});
