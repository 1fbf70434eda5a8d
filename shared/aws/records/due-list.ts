import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type { DueList } from '../../domain/state/job/due-list.ts';
import type { waitingJobs, workPlaces } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';

/** The index `due` of infra/resources/table.yml behind the `DueList` port. */
export const dynamoDbDueList = (
  client: DynamoDBClient,
  { TABLE_NAME: tableName }: Granted<typeof waitingJobs> | Granted<typeof workPlaces>,
): DueList => ({
  async find({ key, until, limit }) {
    const input = {
      TableName: tableName,
      IndexName: 'due',
      KeyConditionExpression: 'dueKey = :key AND lookAt <= :until',
      ExpressionAttributeValues: toAttributes({ ':key': key, ':until': until }),
      Limit: limit,
    };
    const { Items = [] } = await client.send(new QueryCommand(input)).catch((cause: unknown) => {
      throw new StoreUnavailableError('the index of the jobs that wait could not be read', { cause });
    });
    return Items.map((item) => String(fromAttributes(item).id));
  },

  async page({ key, limit, after }) {
    const input = {
      TableName: tableName,
      IndexName: 'due',
      KeyConditionExpression: 'dueKey = :key',
      ExpressionAttributeValues: toAttributes({ ':key': key }),
      Limit: limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: startAfter(key, after) }),
    };
    const { Items = [], LastEvaluatedKey: last } = await client
      .send(new QueryCommand(input))
      .catch((cause: unknown) => {
        throw new StoreUnavailableError('the index of the jobs that wait could not be read', { cause });
      });
    const entries = Items.map(fromAttributes).map(({ id, lookAt }) => ({
      id: String(id),
      lookAt: Number(lookAt),
    }));
    if (!last) return { entries };
    const { lookAt, id } = fromAttributes(last);
    return { entries, next: `${lookAt} ${id}` };
  },
});

/** The key of the last entry of a page, as `next` has it. */
function startAfter(dueKey: string, after: string) {
  const [lookAt, id = ''] = after.split(' ');
  return toAttributes({ dueKey, lookAt: Number(lookAt), id });
}
