import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { StartedActions } from '../domain/access/ports.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { tenantKeyOf } from '../domain/base/tenant-key.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable } from './capabilities.ts';
import { conditionHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

/** No job has such an id. */
const keyOf = (tenant: string) => toAttributes({ id: `bulk-actions/${tenantKeyOf(tenant)}` });

const startedItem = z.object({
  changes: z._default(z.int(), 0),
  actions: z._default(z.array(z.object({ id: z.string(), at: z.int() })), []),
});

/** No bulk action lasts for so long. */
const expiresAfterMs = 90 * 86_400_000;

/**
 * One item of the jobs table for each tenant with the limit, behind the `StartedActions` port. It is in no index, and
 * expires.
 */
export function dynamoDbStartedActions(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): StartedActions {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the bulk actions of a tenant could not be read or written', { cause });
  };
  return {
    async read(tenant) {
      const input = { TableName, Key: keyOf(tenant), ConsistentRead: true };
      const { Item = {} } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return startedItem.parse(fromAttributes(Item));
    },
    async replace(tenant, { changes, actions, now }) {
      const input = {
        TableName,
        Key: keyOf(tenant),
        UpdateExpression: 'SET actions = :actions, changes = :next, expiresAt = :expiresAt',
        ConditionExpression: changes === 0 ? 'attribute_not_exists(changes)' : 'changes = :before',
        ExpressionAttributeValues: toAttributes({
          ':actions': actions.map(({ id, at }) => ({ id, at })),
          ':next': changes + 1,
          ':expiresAt': Math.ceil((now + expiresAfterMs) / 1000),
          ...(changes === 0 ? {} : { ':before': changes }),
        }),
      };
      return conditionHeld(client.send(new UpdateItemCommand(input)), unavailable);
    },
  };
}
