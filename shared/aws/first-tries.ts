import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { type FirstTries, type FirstTry, firstTryExpiresAt } from '../domain/state/limits/first-try.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable, jobTableWithMessages } from './capabilities.ts';
import { ifHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

const firstTryItem = z.object({ jobId: z.string(), windowStart: z.int(), nth: z.optional(z.int()) });

/** An item of the jobs table for each key, behind the `FirstTries` port. It is in no index, and expires. */
export function dynamoDbFirstTries(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable> | Granted<typeof jobTableWithMessages>,
): FirstTries {
  // No job has such an id.
  const keyOf = (keyId: string) => toAttributes({ id: `first-try/${keyId}` });
  const failed = (cause: unknown) => {
    throw new StoreUnavailableError('the first try of a submission could not be read or written', { cause });
  };
  const valuesOf = ({ jobId, windowStart, nth }: FirstTry, now: number) => ({
    ':jobId': jobId,
    ':windowStart': windowStart,
    ':expiresAt': firstTryExpiresAt(now),
    ...(nth === undefined ? {} : { ':nth': nth }),
  });
  const tries: FirstTries = {
    async read(keyId) {
      const command = new GetItemCommand({ TableName, Key: keyOf(keyId), ConsistentRead: true });
      const { Item } = await client.send(command).catch(failed);
      return Item && firstTryItem.parse(fromAttributes(Item));
    },
    async keep(keyId, first, now) {
      const nth = first.nth === undefined ? '' : ', nth = if_not_exists(nth, :nth)';
      const command = new UpdateItemCommand({
        TableName,
        Key: keyOf(keyId),
        UpdateExpression: `SET jobId = if_not_exists(jobId, :jobId), windowStart = if_not_exists(windowStart, :windowStart), expiresAt = if_not_exists(expiresAt, :expiresAt)${nth}`,
        ExpressionAttributeValues: toAttributes(valuesOf(first, now)),
        ReturnValues: 'ALL_NEW',
      });
      const { Attributes = {} } = await client.send(command).catch(failed);
      return firstTryItem.parse(fromAttributes(Attributes));
    },
    async move(keyId, { from, to }, now) {
      const command = new UpdateItemCommand({
        TableName,
        Key: keyOf(keyId),
        UpdateExpression: `SET jobId = :jobId, windowStart = :windowStart, expiresAt = :expiresAt${to.nth === undefined ? '' : ', nth = :nth'}`,
        ConditionExpression: 'jobId = :from',
        ExpressionAttributeValues: toAttributes({ ...valuesOf(to, now), ':from': from.jobId }),
      });
      const moved = await ifHeld(client.send(command), failed);
      return moved ? to : tries.keep(keyId, to, now);
    },
  };
  return tries;
}
