import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import type { PausedSchedules } from '../domain/schedules/schedule-ports.ts';
import { fromAttributes, toAttribute, toAttributes } from './attribute-value.ts';
import type { jobTable, jobTableWithMessages, readJobs } from './capabilities.ts';
import type { Granted } from './environment.ts';

/** No job has this id: the ids of jobs are UUIDs. */
const id = 'paused-schedules';
const key = toAttributes({ id });

/** DynamoDB has no empty set: with its last name the attribute goes. */
const pausedItem = z.object({ names: z._default(z.set(z.string()), new Set()) });

/**
 * One item of the jobs table behind the `PausedSchedules` port: a set of names. It may have names of schedules that are
 * no more. It does not expire.
 */
export function dynamoDbPausedSchedules(
  client: DynamoDBClient,
  {
    TABLE_NAME: tableName,
  }: Granted<typeof jobTable> | Granted<typeof jobTableWithMessages> | Granted<typeof readJobs>,
): PausedSchedules {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the paused schedules could not be read or written', { cause });
  };

  const change = async (action: 'ADD' | 'DELETE', name: string): Promise<void> => {
    const input = {
      TableName: tableName,
      Key: key,
      UpdateExpression: `${action} #names :name`,
      ExpressionAttributeNames: { '#names': 'names' },
      ExpressionAttributeValues: { ':name': toAttribute(new Set([name])) },
    };
    await client.send(new UpdateItemCommand(input)).catch(unavailable);
  };

  return {
    async read() {
      const input = { TableName: tableName, Key: key, ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return pausedItem.parse(fromAttributes(Item ?? {})).names;
    },
    pause: (name) => change('ADD', name),
    resume: (name) => change('DELETE', name),
  };
}
