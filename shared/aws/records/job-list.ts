import { BatchGetItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import { readItem } from '../../domain/state/job/item.ts';
import { readApart } from '../../domain/state/job/newer-item.ts';
import type { JobList, ListQuery } from '../../domain/state/ports.ts';
import type { jobLists } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';

/** An index of infra/resources/table.yml, and the attribute that is its partition key. */
const indexes = {
  all: { IndexName: 'list', key: 'listKey' },
  failed: { IndexName: 'failed', key: 'failedKey' },
} as const satisfies Record<ListQuery['list'], object>;

/** The table's indexes behind the `JobList` port: `Query` of keys, and `BatchGetItem` (consistent). */
export function dynamoDbJobList(
  client: DynamoDBClient,
  { TABLE_NAME: tableName }: Granted<typeof jobLists>,
): JobList {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the list of jobs could not be read', { cause });
  };

  return {
    async find({ list, key, since, below, limit }) {
      const index = indexes[list];
      const input = {
        TableName: tableName,
        IndexName: index.IndexName,
        KeyConditionExpression: '#key = :key AND #position BETWEEN :since AND :below',
        ExpressionAttributeNames: { '#key': index.key, '#position': 'listPosition' },
        // BETWEEN includes its upper bound.
        ExpressionAttributeValues: toAttributes({ ':key': key, ':since': since, ':below': below }),
        ScanIndexForward: false,
        Limit: limit + 1,
        ReturnConsumedCapacity: 'TOTAL' as const,
      };
      const { Items = [], ConsumedCapacity } = await client.send(new QueryCommand(input)).catch(unavailable);
      const listed = Items.map(fromAttributes).map(({ id, listPosition }) => ({
        id: String(id),
        position: String(listPosition),
      }));
      const items = listed.filter(({ position }) => position < below).slice(0, limit);
      return { items, units: ConsumedCapacity?.CapacityUnits ?? 0 };
    },

    async read(ids) {
      const found: Readonly<Record<string, unknown>>[] = [];
      let units = 0;
      // DynamoDB answers 16 MB at a time. If it throttles it leaves keys unprocessed, too: at worst all of them.
      let keys = [...new Set(ids)].map((id) => toAttributes({ id }));
      while (keys.length > 0) {
        const input = {
          RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } },
          ReturnConsumedCapacity: 'TOTAL' as const,
        };
        const {
          Responses,
          UnprocessedKeys,
          ConsumedCapacity = [],
        } = await client.send(new BatchGetItemCommand(input)).catch(unavailable);
        found.push(...(Responses?.[tableName] ?? []).map(fromAttributes));
        units += ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        const left = UnprocessedKeys?.[tableName]?.Keys ?? [];
        if (left.length >= keys.length) unavailable('no item was read');
        keys = left;
      }
      return { ...readApart(found, readItem), units };
    },
  };
}
