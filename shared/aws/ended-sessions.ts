import { hash } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { EndedSessions } from '../domain/access/ports.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { toAttribute, toAttributes } from './attribute-value.ts';
import type { jobTable } from './capabilities.ts';
import type { Granted } from './environment.ts';

/** No job has such an id. Of a cookie, the table has only a hash. */
const keyOf = (session: string) =>
  toAttributes({ id: `ended-session/${hash('sha256', session, 'base64url')}` });

/** The clocks of functions differ: none may take the session for one that is on because TTL has removed the item. */
const keptSeconds = 3_600;

/**
 * One item of the jobs table for each ended session, behind the `EndedSessions` port: nobody who can be called by everybody
 * may write the access table. It is in no index, and TTL removes it an hour after the session would have ended.
 */
export function dynamoDbEndedSessions(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): EndedSessions {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the ended sessions could not be read or written', { cause });
  };
  return {
    async has(session) {
      const input = { TableName, Key: keyOf(session), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return Item !== undefined;
    },
    async add(session, until) {
      const input = {
        TableName,
        Key: keyOf(session),
        UpdateExpression: 'SET expiresAt = :until',
        ExpressionAttributeValues: { ':until': toAttribute(until + keptSeconds) },
      };
      await client.send(new UpdateItemCommand(input)).catch(unavailable);
    },
  };
}
