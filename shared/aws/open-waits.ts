import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { openWaitsIdOf, readOpenWait, writeOpenWait } from '../domain/access/open-wait.ts';
import type { OpenWait, OpenWaits } from '../domain/access/ports.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { tenantKeyOf } from '../domain/base/tenant-key.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { countWaits, jobTable } from './capabilities.ts';
import { conditionHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

const keyOf = (tenant: string) => toAttributes({ id: openWaitsIdOf(tenantKeyOf(tenant)) });

const waitsItem = z.object({ waits: z._default(z.set(z.string()), new Set()) });

const expiresAfterMs = 3_600_000;
const setOf = (waits: readonly OpenWait[]): Set<string> => new Set(waits.map(writeOpenWait));

/**
 * One item of the jobs table for each tenant with the limit, behind the `OpenWaits` port. It is in no index, and
 * expires.
 */
export function dynamoDbOpenWaits(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable> | Granted<typeof countWaits>,
): OpenWaits {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the waits of a tenant could not be read or written', { cause });
  };
  return {
    async add(tenant, wait, max) {
      const input = {
        TableName,
        Key: keyOf(tenant),
        UpdateExpression: 'ADD waits :wait SET expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(waits) OR size(waits) < :max',
        ExpressionAttributeValues: toAttributes({
          ':wait': setOf([wait]),
          ':max': max,
          ':expiresAt': Math.ceil((wait.until + expiresAfterMs) / 1000),
        }),
      };
      return conditionHeld(client.send(new UpdateItemCommand(input)), unavailable);
    },
    async read(tenant) {
      const input = { TableName, Key: keyOf(tenant), ConsistentRead: true };
      const { Item = {} } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return [...waitsItem.parse(fromAttributes(Item)).waits].map(readOpenWait);
    },
    async remove(tenant, waits) {
      const input = {
        TableName,
        Key: keyOf(tenant),
        UpdateExpression: 'DELETE waits :waits',
        ExpressionAttributeValues: toAttributes({ ':waits': setOf(waits) }),
      };
      await client.send(new UpdateItemCommand(input)).catch(unavailable);
    },
  };
}
