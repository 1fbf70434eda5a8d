import { hash } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { EndedCredentials } from '../domain/access/ports.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { toAttribute, toAttributes } from './attribute-value.ts';
import type { jobTable } from './capabilities.ts';
import type { Granted } from './environment.ts';

/** No job has such an id. Of a cookie, or a link, the table has only a hash. */
const keyOf = (text: string) => toAttributes({ id: `ended-credential/${hash('sha256', text, 'base64url')}` });

/**
 * The clocks of functions differ: none may take the session, or the link, for a good one because TTL has removed the
 * item.
 */
const keptSeconds = 3_600;

/**
 * One item of the jobs table for each ended session, or link, behind the `EndedCredentials` port: nobody who can be
 * called by everybody may write the access table. It is in no index, and TTL removes it an hour after the session, or
 * the link, would have ended.
 */
export function dynamoDbEndedCredentials(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): EndedCredentials {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the ended sessions and links could not be read or written', { cause });
  };
  return {
    async has(text) {
      const input = { TableName, Key: keyOf(text), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return Item !== undefined;
    },
    async add(text, until) {
      const input = {
        TableName,
        Key: keyOf(text),
        UpdateExpression: 'SET expiresAt = :until',
        ExpressionAttributeValues: { ':until': toAttribute(until + keptSeconds) },
      };
      await client.send(new UpdateItemCommand(input)).catch(unavailable);
    },
  };
}
