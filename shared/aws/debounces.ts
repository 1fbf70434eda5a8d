import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { type Debounces, debounceExpiresAt } from '../domain/state/limits/first-try.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable, jobTableWithMessages } from './capabilities.ts';
import { conditionHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

const debounceItem = z.object({ number: z.int() });

const failed = (cause: unknown) => {
  throw new StoreUnavailableError('the current job of a debounce key is out of reach', { cause });
};

/** An item of the jobs table for each key, behind the `Debounces` port. It is in no index, and expires. */
export const dynamoDbDebounces = (
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable> | Granted<typeof jobTableWithMessages>,
): Debounces => ({
  async read(keyId) {
    const command = new GetItemCommand({ TableName, Key: keyOf(keyId), ConsistentRead: true });
    const { Item } = await client.send(command).catch(failed);
    return Item && debounceItem.parse(fromAttributes(Item)).number;
  },
  raise(keyId, { from, to }, now) {
    const command = new UpdateItemCommand({
      TableName,
      Key: keyOf(keyId),
      UpdateExpression: 'SET #number = :to, expiresAt = :expiresAt',
      ConditionExpression: from === undefined ? 'attribute_not_exists(id)' : '#number = :from',
      ExpressionAttributeNames: { '#number': 'number' },
      ExpressionAttributeValues: toAttributes({
        ':to': to,
        ':expiresAt': debounceExpiresAt(now),
        ...(from === undefined ? {} : { ':from': from }),
      }),
    });
    return conditionHeld(client.send(command), failed);
  },
});

// No job has such an id.
const keyOf = (keyId: string) => toAttributes({ id: `debounce/${keyId}` });
