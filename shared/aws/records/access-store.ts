import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { accessEntry } from '../../domain/access/access-entry.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type { callers, signalLinks, suspensions, tenants, webhookSecrets } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';

/** The access table behind the `AccessStore` port: `GetItem`, and no other call. */
export const dynamoDbAccessStore = (
  client: DynamoDBClient,
  {
    ACCESS_TABLE_NAME: TableName,
  }:
    | Granted<typeof callers>
    | Granted<typeof signalLinks>
    | Granted<typeof suspensions>
    | Granted<typeof tenants>
    | Granted<typeof webhookSecrets>,
): AccessStore => ({
  async read(id) {
    const input = { TableName, Key: toAttributes({ id }) };
    const { Item } = await client.send(new GetItemCommand(input)).catch((cause: unknown) => {
      throw new StoreUnavailableError('the access table could not be read', { cause });
    });
    return Item && accessEntry.parse(fromAttributes(Item));
  },
});
