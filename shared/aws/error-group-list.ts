import { BatchGetItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { type ErrorGroup, readErrorGroup } from '../domain/state/error-group.ts';
import { groupListKeyOf } from '../domain/state/failure.ts';
import type { ErrorGroupList } from '../domain/state/ports.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobLists } from './capabilities.ts';
import type { Granted } from './environment.ts';

/** The table's index `list` behind the `ErrorGroupList` port: `Query` of keys, and `BatchGetItem`. */
export function dynamoDbErrorGroupList(
  client: DynamoDBClient,
  { TABLE_NAME: tableName }: Granted<typeof jobLists>,
): ErrorGroupList {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the groups of errors could not be read', { cause });
  };

  /** About a hundred, of less than 5 KB each: one answer has room for them. */
  async function read(keys: readonly string[]): Promise<readonly ErrorGroup[]> {
    if (keys.length === 0) return [];
    const asked = { RequestItems: { [tableName]: { Keys: keys.map((id) => toAttributes({ id })) } } };
    const { Responses, UnprocessedKeys } = await client
      .send(new BatchGetItemCommand(asked))
      .catch(unavailable);
    // It leaves keys unprocessed if it throttles.
    if (UnprocessedKeys?.[tableName]?.Keys?.length) unavailable('not all items were read');
    return (Responses?.[tableName] ?? []).map((item) => readErrorGroup(fromAttributes(item)));
  }

  return {
    async find({ tenant, below = '~', limit }) {
      const input = {
        TableName: tableName,
        IndexName: 'list',
        KeyConditionExpression: '#key = :key AND #position < :below',
        ExpressionAttributeNames: { '#key': 'listKey', '#position': 'listPosition' },
        ExpressionAttributeValues: toAttributes({ ':key': groupListKeyOf(tenant), ':below': below }),
        ScanIndexForward: false,
        Limit: limit + 1,
      };
      const { Items = [] } = await client.send(new QueryCommand(input)).catch(unavailable);
      const keys = Items.map(fromAttributes).slice(0, limit);
      const groups = await read(keys.map(({ id }) => String(id)));
      const newestFirst = (one: ErrorGroup, other: ErrorGroup) =>
        one.listPosition < other.listPosition ? 1 : -1;
      const last = Items.length > limit ? keys.at(-1)?.listPosition : undefined;
      return { groups: [...groups].sort(newestFirst), ...(last === undefined ? {} : { next: String(last) }) };
    },
  };
}
