import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { type Memory, nothingSeen, readMemory, watchItemId } from '../domain/watch/memory.ts';
import type { WatchState } from '../domain/watch/watch-ports.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { watchState as capability } from './capabilities.ts';
import type { Granted } from './environment.ts';

const stored = z.object({
  watchVersion: z._default(z.number(), 0),
  memory: z._default(z.string(), JSON.stringify(nothingSeen)),
});

/** One item of the jobs table behind the `WatchState` port: a text, in no list of jobs. It does not expire. */
export function dynamoDbWatchState(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof capability>,
): WatchState {
  const Key = toAttributes({ id: watchItemId });
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the state of the watch could not be read or written', { cause });
  };
  return {
    async read() {
      const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
      const { Item } = await client.send(command).catch(unavailable);
      const { watchVersion: version, memory: text } = stored.parse(fromAttributes(Item ?? {}));
      return { memory: readMemory(text), version };
    },
    async write(memory: Memory, version) {
      const command = new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET memory = :text, watchVersion = :next',
        ConditionExpression: version === 0 ? 'attribute_not_exists(watchVersion)' : 'watchVersion = :version',
        ExpressionAttributeValues: toAttributes({
          ':text': JSON.stringify(memory),
          ':next': version + 1,
          ':version': version === 0 ? undefined : version,
        }),
      });
      try {
        await client.send(command);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        return unavailable(error);
      }
    },
  };
}
