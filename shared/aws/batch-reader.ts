import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { refuseNewerVersion } from '../domain/base/version.ts';
import { type BatchShard, batchRoot, batchShard, rootKeyOf, shardKeyOf } from '../domain/children/batch.ts';
import type { BatchStore } from '../domain/children/batch-ports.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';

/** For who looks at batches, and changes none: it is small. */
export function dynamoDbBatchReader(
  client: DynamoDBClient,
  { TABLE_NAME }: { readonly TABLE_NAME: string },
): Pick<BatchStore, 'read' | 'shards'> {
  const { root, shards } = batchReads(client, TABLE_NAME);
  return { read: root, shards };
}

const readAtATime = 20;

/** The reads of roots and shards. */
export function batchReads(client: DynamoDBClient, TableName: string) {
  async function find<Schema extends z.ZodMiniType>(id: string, schema: Schema) {
    const command = new GetItemCommand({ TableName, Key: toAttributes({ id }), ConsistentRead: true });
    const { Item } = await client.send(command).catch(failed);
    if (!Item) return { kind: 'gone' } as const;
    // A late look at what is left after an erasure, or on the way to it.
    if (Item.erased || Item.erasedTo) return { kind: 'erased' } as const;
    return { kind: 'there', found: parsed(Item, schema) } as const;
  }

  async function get<Schema extends z.ZodMiniType>(id: string, schema: Schema) {
    const state = await find(id, schema);
    return state.kind === 'there' ? state.found : undefined;
  }

  return {
    find,
    get,
    root: (batch: string) => get(rootKeyOf(batch), batchRoot),
    shards: async (
      batch: string,
      round: number,
      shards: readonly number[],
    ): Promise<readonly BatchShard[]> => {
      const found: BatchShard[] = [];
      for (let next = 0; next < shards.length; next += readAtATime) {
        const some = shards
          .slice(next, next + readAtATime)
          .map((shard) => get(shardKeyOf({ batch, round, shard }), batchShard));
        found.push(...(await Promise.all(some)).flatMap((shard) => shard ?? []));
      }
      return found;
    },
  };
}

export const failed = (cause: unknown): never => {
  throw new StoreUnavailableError('the batch of children could not be read or written', { cause });
};

/** @throws NewerVersionError; ZodError if it is no such item */
export function parsed<Schema extends z.ZodMiniType>(
  attributes: Parameters<typeof fromAttributes>[0],
  schema: Schema,
): z.infer<Schema> {
  const values = fromAttributes(attributes);
  refuseNewerVersion(values, 'item');
  return schema.parse(values);
}
