import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { defined } from '../domain/base/defined.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { readItem } from '../domain/state/job/item.ts';
import { readApart } from '../domain/state/job/newer-item.ts';
import { isTerminal, jobStatuses } from '../domain/state/job/transitions.ts';
import type { OpenJobs, PassState } from '../domain/state/ports.ts';
import { passItemId } from '../domain/state/waits/stuck.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { openJobs, passState } from './capabilities.ts';
import type { Granted } from './environment.ts';
import { versionedItem } from './versioned-item.ts';

const ended = jobStatuses.filter(isTerminal);

/**
 * A scan of the table behind the `OpenJobs` port: 1 MB a page, eventually consistent. DynamoDB leaves out what has
 * ended, for the same price. A status that this code does not know is not left out.
 * @param pageSize how many items a page has, for tests
 */
export const dynamoDbOpenJobs = (
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof openJobs>,
  pageSize?: number,
): OpenJobs => ({
  async page({ unchangedSince, after }) {
    const values = Object.fromEntries(ended.map((status, index) => [`:ended${index}`, status]));
    const command = new ScanCommand({
      TableName,
      FilterExpression: `updatedAt <= :since AND NOT #status IN (${Object.keys(values).join(', ')})`,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: toAttributes({ ':since': unchangedSince, ...values }),
      ReturnConsumedCapacity: 'TOTAL',
      ...defined({
        Limit: pageSize,
        ExclusiveStartKey: after === undefined ? undefined : toAttributes({ id: after }),
      }),
    });
    const {
      Items = [],
      LastEvaluatedKey,
      ConsumedCapacity,
    } = await client.send(command).catch(unavailable('the table could not be looked through'));
    return {
      ...readApart(Items.map(fromAttributes), readItem),
      units: ConsumedCapacity?.CapacityUnits ?? 0,
      ...defined({ next: LastEvaluatedKey && String(fromAttributes(LastEvaluatedKey).id) }),
    };
  },
});

const stored = z.object({
  passVersion: z._default(z.number(), 0),
  startedAt: z._default(z.number(), 0),
  next: z.optional(z.string()),
});

/** One item of the jobs table behind the `PassState` port. */
export function dynamoDbPassState(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof passState>,
): PassState {
  const failed = unavailable('how far the look for stuck jobs is could not be read or written');
  const item = versionedItem(client, { TableName, id: passItemId, versionName: 'passVersion' }, failed);
  return {
    async read() {
      const { passVersion: version, ...pass } = stored.parse(await item.read());
      return { ...pass, version };
    },
    write: ({ startedAt, next }, version) => item.write({ startedAt, next }, version),
  };
}

const unavailable =
  (what: string) =>
  (cause: unknown): never => {
    throw new StoreUnavailableError(what, { cause });
  };
