import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import type { DueList } from '../domain/state/ports.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { waitingJobs } from './capabilities.ts';
import type { Granted } from './environment.ts';

/** The index `due` of infra/table.yml behind the `DueList` port. */
export const dynamoDbDueList = (
  client: DynamoDBClient,
  { TABLE_NAME: tableName }: Granted<typeof waitingJobs>,
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
});
