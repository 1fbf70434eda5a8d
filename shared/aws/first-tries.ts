import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { dayMs } from '../domain/base/schedule-time.ts';
import type { FirstTries } from '../domain/state/first-try.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable, jobTableWithMessages } from './capabilities.ts';
import type { Granted } from './environment.ts';

const firstTryItem = z.object({ jobId: z.string(), windowStart: z.int() });

const keptForMs = 30 * dayMs;

/** An item of the jobs table for each key, behind the `FirstTries` port. It is in no index, and expires. */
export const dynamoDbFirstTries = (
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable> | Granted<typeof jobTableWithMessages>,
): FirstTries => ({
  async keep(keyId, { jobId, windowStart }, now) {
    const command = new UpdateItemCommand({
      TableName,
      // No job has such an id.
      Key: toAttributes({ id: `first-try/${keyId}` }),
      UpdateExpression:
        'SET jobId = if_not_exists(jobId, :jobId), windowStart = if_not_exists(windowStart, :windowStart), expiresAt = if_not_exists(expiresAt, :expiresAt)',
      ExpressionAttributeValues: toAttributes({
        ':jobId': jobId,
        ':windowStart': windowStart,
        ':expiresAt': Math.ceil((now + keptForMs) / 1000),
      }),
      ReturnValues: 'ALL_NEW',
    });
    const { Attributes = {} } = await client.send(command).catch((cause: unknown) => {
      throw new StoreUnavailableError('the first try of a submission could not be written', { cause });
    });
    return firstTryItem.parse(fromAttributes(Attributes));
  },
});
