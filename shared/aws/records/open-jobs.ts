import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { defined } from '../../domain/base/defined.ts';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import { readItem } from '../../domain/state/job/item.ts';
import { readApart } from '../../domain/state/job/newer-item.ts';
import { isTerminal, jobStatuses } from '../../domain/state/job/transitions.ts';
import type { OpenJobs } from '../../domain/state/ports.ts';
import type { openJobs } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';

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
    const { Items = [], LastEvaluatedKey, ConsumedCapacity } = await client.send(command).catch(unavailable);
    return {
      ...readApart(Items.map(fromAttributes), readItem),
      units: ConsumedCapacity?.CapacityUnits ?? 0,
      ...defined({ next: LastEvaluatedKey && String(fromAttributes(LastEvaluatedKey).id) }),
    };
  },
});

const unavailable = (cause: unknown): never => {
  throw new StoreUnavailableError('the table could not be looked through', { cause });
};
