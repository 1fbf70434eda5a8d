import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import type { LogSearches } from '../domain/observe/log-line.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable } from './capabilities.ts';
import { conditionHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

/** No job has such an id. */
const keyOf = (jobId: string) => toAttributes({ id: `log-search/${jobId}` });

const searchItem = z.object({ startedAt: z.int(), queryId: z.optional(z.string()) });

/** Nobody uses a search for so long. The clocks of functions differ. */
const expiresAfterSeconds = 3_600;

/**
 * An item of the jobs table for each job whose lines somebody has looked for, behind the `LogSearches` port. It is in
 * no index, and expires.
 */
export function dynamoDbLogSearches(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): LogSearches {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the search of logs could not be read or written', { cause });
  };
  return {
    async read(jobId) {
      const input = { TableName, Key: keyOf(jobId), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return Item && searchItem.parse(fromAttributes(Item));
    },

    async begin(jobId, { before, startedAt }) {
      const input = {
        TableName,
        Key: keyOf(jobId),
        UpdateExpression: 'SET startedAt = :startedAt, expiresAt = :expiresAt REMOVE queryId',
        ConditionExpression: before ? 'startedAt = :before' : 'attribute_not_exists(startedAt)',
        ExpressionAttributeValues: toAttributes({
          ':startedAt': startedAt,
          ':expiresAt': startedAt + expiresAfterSeconds,
          ...(before ? { ':before': before.startedAt } : {}),
        }),
      };
      return conditionHeld(client.send(new UpdateItemCommand(input)), unavailable);
    },

    async name(jobId, { startedAt, queryId }) {
      const input = {
        TableName,
        Key: keyOf(jobId),
        UpdateExpression: 'SET queryId = :queryId',
        ConditionExpression: 'startedAt = :startedAt',
        ExpressionAttributeValues: toAttributes({ ':queryId': queryId, ':startedAt': startedAt }),
      };
      await conditionHeld(client.send(new UpdateItemCommand(input)), unavailable);
    },
  };
}
