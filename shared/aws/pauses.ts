import {
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { type Pause, type Pauses, pause, pausesId } from '../domain/state/limits/pause.ts';
import { fromAttributes, toAttribute, toAttributes } from './attribute-value.ts';
import type { jobTable, jobTableWithMessages, readJobs } from './capabilities.ts';
import { conditionHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

/** No job has this id: the ids of jobs are UUIDs. */
const key = toAttributes({ id: pausesId });

const unavailable = (cause: unknown): never => {
  throw new StoreUnavailableError('the pauses could not be read or written', { cause });
};

/** For functions that change no pause. */
export const dynamoDbPauseReader = (
  client: DynamoDBClient,
  {
    TABLE_NAME: tableName,
  }: Granted<typeof readJobs> | Granted<typeof jobTable> | Granted<typeof jobTableWithMessages>,
): Pick<Pauses, 'read'> => ({
  async read() {
    const input = { TableName: tableName, Key: key, ConsistentRead: true };
    const { Item = {} } = await client.send(new GetItemCommand(input)).catch(unavailable);
    const { id: _, ...pauses } = fromAttributes(Item);
    return new Map(Object.entries(pauses).map(([name, one]) => [name, pause.parse(one)]));
  },
});

/**
 * One item of the jobs table behind the `Pauses` port: an attribute for each pause, under its name. It is in no index,
 * and does not expire.
 */
export function dynamoDbPauses(
  client: DynamoDBClient,
  env: Granted<typeof jobTable> | Granted<typeof jobTableWithMessages>,
): Pauses {
  const tableName = env.TABLE_NAME;
  /** @returns whether the condition held */
  const update = async (
    name: string,
    change: Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression'>,
    { values, names }: { values?: Record<string, string | number | Pause>; names?: Record<string, string> },
  ): Promise<boolean> => {
    const command = new UpdateItemCommand({
      TableName: tableName,
      Key: key,
      ...change,
      ExpressionAttributeNames: { '#name': name, ...names },
      ...(values ? { ExpressionAttributeValues: valuesOf(values) } : {}),
    });
    return conditionHeld(client.send(command), unavailable);
  };

  return {
    ...dynamoDbPauseReader(client, env),
    async put(name, one) {
      await update(name, { UpdateExpression: 'SET #name = :one' }, { values: { ':one': one } });
    },
    resume: (name, by, at) =>
      update(
        name,
        {
          UpdateExpression: 'SET #name.#resumedAt = :at, #name.#resumedBy = :by',
          ConditionExpression: 'attribute_exists(#name) AND attribute_not_exists(#name.#resumedAt)',
        },
        {
          values: { ':at': at, ':by': by },
          names: { '#resumedAt': 'resumedAt', '#resumedBy': 'resumedBy' },
        },
      ),
    async remove(name, one) {
      await update(
        name,
        { UpdateExpression: 'REMOVE #name', ConditionExpression: '#name.#at = :at' },
        { values: { ':at': one.at }, names: { '#at': 'at' } },
      );
    },
  };
}

const valuesOf = (values: Record<string, string | number | Pause>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toAttribute(value)]));
