import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { nothingSeen, readMemory, watchItemId } from '../domain/watch/memory.ts';
import type { WatchState } from '../domain/watch/watch-ports.ts';
import type { watchState as capability } from './capabilities.ts';
import type { Granted } from './environment.ts';
import { versionedItem } from './versioned-item.ts';

const stored = z.object({
  watchVersion: z._default(z.number(), 0),
  memory: z._default(z.string(), JSON.stringify(nothingSeen)),
});

/** One item of the jobs table behind the `WatchState` port: a text. */
export function dynamoDbWatchState(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof capability>,
): WatchState {
  const place = { TableName, id: watchItemId, versionName: 'watchVersion' };
  const item = versionedItem(client, place, (cause) => {
    throw new StoreUnavailableError('the state of the watch could not be read or written', { cause });
  });
  return {
    async read() {
      const { watchVersion: version, memory } = stored.parse(await item.read());
      return { memory: readMemory(memory), version };
    },
    write: (memory, version) => item.write({ memory: JSON.stringify(memory) }, version),
  };
}
