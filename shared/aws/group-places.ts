import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { dayMs } from '../domain/base/schedule-time.ts';
import { tenantKeyOf } from '../domain/base/tenant-key.ts';
import type { GroupPlaces, MovablePlaces } from '../domain/state/group-place.ts';
import { TenantQueues } from '../domain/state/tenant-queues.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobQueues, sendToOrdered } from './capabilities.ts';
import { systemClock } from './clients.ts';
import { conditionHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

/** No job has such an id: the ids of jobs are UUIDs. */
const idOf = (tenant: string): string => `ordered-queue/${tenantKeyOf(tenant)}`;
const stageId = 'ordered-queues';

const placeItem = z.object({
  queue: z.int(),
  move: z.optional(z.object({ to: z.int(), phase: z.enum(['drain', 'closed']) })),
  changes: z.optional(z.int()),
});
const stageItem = z.object({ since: z.number() });

const unavailable = (cause: unknown): never => {
  throw new StoreUnavailableError('the ordered queue of a tenant could not be read or written', { cause });
};

/** One item of the jobs table for each tenant, and one for the stage, behind the `GroupPlaces` port. They are in no index, and do not expire. */
export function dynamoDbGroupPlaces(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: { readonly TABLE_NAME: string },
): GroupPlaces {
  /** Writes a value, unless there is one. @returns what is there now */
  const keep = async (id: string, name: string, value: number): Promise<unknown> => {
    const command = new UpdateItemCommand({
      TableName,
      Key: toAttributes({ id }),
      UpdateExpression: 'SET #name = if_not_exists(#name, :value)',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: toAttributes({ ':value': value }),
      ReturnValues: 'ALL_NEW',
    });
    const { Attributes = {} } = await client.send(command).catch(unavailable);
    return fromAttributes(Attributes);
  };

  return {
    async read(tenant) {
      const input = { TableName, Key: toAttributes({ id: idOf(tenant) }), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return Item && placeItem.parse(fromAttributes(Item));
    },
    keep: async (tenant, queue) => placeItem.parse(await keep(idOf(tenant), 'queue', queue)),
    since: async (now) => stageItem.parse(await keep(stageId, 'since', now)).since,
  };
}

/** The same items, for who moves a tenant. */
export function dynamoDbMovablePlaces(
  client: DynamoDBClient,
  env: { readonly TABLE_NAME: string },
): MovablePlaces {
  const { read } = dynamoDbGroupPlaces(client, env);
  return {
    read,
    change: (tenant, { queue, changes = 0 }, { queue: to, move }) =>
      conditionHeld(
        client.send(
          new PutItemCommand({
            TableName: env.TABLE_NAME,
            Item: toAttributes({
              id: idOf(tenant),
              queue: to,
              move: move && { ...move },
              changes: changes + 1,
            }),
            ConditionExpression: `#queue = :queue AND ${changes === 0 ? 'attribute_not_exists(#changes)' : '#changes = :changes'}`,
            ExpressionAttributeNames: { '#queue': 'queue', '#changes': 'changes' },
            ExpressionAttributeValues: toAttributes({
              ':queue': queue,
              ...(changes === 0 ? {} : { ':changes': changes }),
            }),
          }),
        ),
        unavailable,
      ),
  };
}

/** Which ordered queue each tenant of the stage has. A process has one of these. */
export const stageTenantQueues = (
  dynamoDb: DynamoDBClient,
  env: Granted<typeof sendToOrdered> | Granted<typeof jobQueues>,
): TenantQueues =>
  new TenantQueues({
    queues: env.ORDERED_QUEUES,
    waitMs: env.ORDERED_QUEUES_WAIT_DAYS * dayMs,
    places: dynamoDbGroupPlaces(dynamoDb, env),
    clock: systemClock,
  });
