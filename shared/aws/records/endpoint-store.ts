import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import { readJson } from '../../domain/base/read-json.ts';
import type { Storable } from '../../domain/base/records.ts';
import { currentVersion, refuseNewerVersion } from '../../domain/base/version.ts';
import { type BreakerWrite, breaker, noPass } from '../../domain/notify/breaker.ts';
import {
  type Endpoint,
  endpointIdOf,
  type ParkedNotification,
  parkedExpiresAt,
  parkedNotification,
  parkingShards,
} from '../../domain/notify/endpoint.ts';
import type { EndpointStore } from '../../domain/notify/endpoint-ports.ts';
import { shardOf } from '../../domain/state/job/list-keys.ts';
import type { endpointTable, triedEndpoints } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { conditionHeld } from './conditional-write.ts';

/** The sort key of a breaker. Its partition has nothing else: what is parked is beside it. */
const breakerId = 'breaker';

/**
 * The table of endpoints behind the `EndpointStore` port: a breaker is one item, and so is each parked notification.
 */
export const dynamoDbEndpoints = (
  client: DynamoDBClient,
  { ENDPOINT_TABLE_NAME }: Granted<typeof endpointTable>,
): EndpointStore => endpointsIn(client, ENDPOINT_TABLE_NAME);

/** The breakers of that table alone. */
export const dynamoDbBreakers = (
  client: DynamoDBClient,
  { ENDPOINT_TABLE_NAME }: Granted<typeof triedEndpoints>,
): Pick<EndpointStore, 'read' | 'write'> => endpointsIn(client, ENDPOINT_TABLE_NAME);

function endpointsIn(client: DynamoDBClient, TableName: string): EndpointStore {
  const failed = (cause: unknown): never => {
    throw new StoreUnavailableError('the table of endpoints could not be read or written', { cause });
  };
  const breakerKey = (endpoint: Endpoint) => ({ endpoint: endpointIdOf(endpoint), id: breakerId });
  const partOf = (endpoint: Endpoint, shard: number) => `${endpointIdOf(endpoint)}.${shard}`;
  // The id of a parked notification ends with hexadecimal digits.
  const parkedKey = (endpoint: Endpoint, id: string) => ({
    endpoint: partOf(endpoint, shardOf(id, parkingShards)),
    id,
  });

  interface Condition {
    readonly text: string;
    readonly names?: readonly string[];
    readonly values?: Readonly<Record<string, Storable>>;
  }

  /** @returns whether the condition held */
  async function put(
    item: Readonly<Record<string, Storable | undefined>>,
    { text, names = [], values = {} }: Condition,
  ): Promise<boolean> {
    const command = new PutItemCommand({
      TableName,
      Item: toAttributes(item),
      ConditionExpression: text,
      ...(names.length === 0
        ? {}
        : {
            ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
            ExpressionAttributeValues: toAttributes(values),
          }),
    });
    return conditionHeld(client.send(command), failed);
  }

  async function frontOf(endpoint: Endpoint, shard: number, limit: number) {
    const command = new QueryCommand({
      TableName,
      KeyConditionExpression: 'endpoint = :part',
      ExpressionAttributeValues: toAttributes({ ':part': partOf(endpoint, shard) }),
      ConsistentRead: true,
      Limit: limit,
    });
    const { Items = [] } = await client.send(command).catch(failed);
    return Items.map(readParked);
  }

  return {
    read: async (endpoint) => {
      const Key = toAttributes(breakerKey(endpoint));
      const { Item } = await client
        .send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
        .catch(failed);
      if (!Item) return undefined;
      const values = fromAttributes(Item);
      refuseNewerVersion(values, 'item');
      return breaker.parse(values);
    },

    write: (write) => put({ ...write.breaker, ...breakerKey(write.endpoint) }, conditionOf(write)),

    park: async (endpoint, { message, ...notification }) => {
      const expiresAt = parkedExpiresAt(notification);
      const item = { ...notification, message: JSON.stringify(message), expiresAt };
      await put(
        { ...item, ...parkedKey(endpoint, notification.id) },
        { text: 'attribute_not_exists(endpoint)' },
      );
    },

    front: async (endpoint, limit) => {
      const shards = Array.from({ length: parkingShards }, (_, shard) => frontOf(endpoint, shard, limit));
      return (await Promise.all(shards)).flat().sort((one, other) => (one.id < other.id ? -1 : 1));
    },

    remove: async (endpoint, id) => {
      const Key = toAttributes(parkedKey(endpoint, id));
      await client.send(new DeleteItemCommand({ TableName, Key })).catch(failed);
    },
  };
}

/** @throws NewerVersionError; ZodError if it is no such item */
function readParked(attributes: Parameters<typeof fromAttributes>[0]): ParkedNotification {
  const values = fromAttributes(attributes);
  refuseNewerVersion(values, 'item');
  return parkedNotification.parse({ ...values, message: readJson(String(values.message)) });
}

/** Every name has an alias: some are reserved words of DynamoDB. */
function conditionOf({ from, pass, freeAt, breaker: { holder = '' } }: BreakerWrite) {
  const states = from.filter((origin) => origin !== 'absent');
  const bound = 'equals' in pass ? pass.equals : pass.atMost;
  const ofItem = [
    '#version <= :known',
    `#state IN (${states.map((state) => `:${state}`).join(', ')})`,
    `#pass ${'equals' in pass ? '=' : '<='} :pass`,
    ...(freeAt === undefined
      ? []
      : ['(#pass < :pass OR attribute_not_exists(#holder) OR #holder = :holder OR #heldUntil <= :freeAt)']),
  ].join(' AND ');
  const isFirst = from.includes('absent') && bound === noPass;
  return {
    text: isFirst ? `attribute_not_exists(#version) OR (${ofItem})` : ofItem,
    names: ['version', 'state', 'pass', ...(freeAt === undefined ? [] : ['holder', 'heldUntil'])],
    values: {
      ':known': currentVersion,
      ':pass': bound,
      ...(freeAt === undefined ? {} : { ':freeAt': freeAt, ':holder': holder }),
      ...Object.fromEntries(states.map((state) => [`:${state}`, state])),
    },
  };
}
