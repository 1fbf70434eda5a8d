import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defined } from '../../domain/base/defined.ts';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import { type ErrorGroup, readErrorGroup } from '../../domain/state/failures/error-group.ts';
import { groupListKeyOf, keyPrefix } from '../../domain/state/failures/failure.ts';
import { type ReadApart, readApart } from '../../domain/state/job/newer-item.ts';
import type { ErrorGroupList } from '../../domain/state/ports.ts';
import type { jobLists } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { dynamoDbJobList } from './job-list.ts';

const newestFirst = (one: ErrorGroup, other: ErrorGroup): number =>
  one.listPosition < other.listPosition ? 1 : -1;

/** The table's index `list` behind the `ErrorGroupList` port: its keys as for a list of jobs, and `BatchGetItem`. */
export function dynamoDbErrorGroupList(
  client: DynamoDBClient,
  env: Granted<typeof jobLists>,
): ErrorGroupList {
  const { TABLE_NAME: tableName } = env;
  const { find } = dynamoDbJobList(client, env);
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the groups of errors could not be read', { cause });
  };

  /** About a hundred, of less than 5 KB each: one answer has room for them. */
  async function read(keys: readonly string[]): Promise<ReadApart<ErrorGroup> & { readonly units: number }> {
    if (keys.length === 0) return { items: [], newer: [], units: 0 };
    const asked = {
      RequestItems: { [tableName]: { Keys: keys.map((id) => toAttributes({ id })) } },
      ReturnConsumedCapacity: 'TOTAL' as const,
    };
    const answer = await client.send(new BatchGetItemCommand(asked)).catch(unavailable);
    const { Responses, UnprocessedKeys, ConsumedCapacity = [] } = answer;
    // It leaves keys unprocessed if it throttles.
    if (UnprocessedKeys?.[tableName]?.Keys?.length) unavailable('not all items were read');
    const units = ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    return { ...readApart((Responses?.[tableName] ?? []).map(fromAttributes), readErrorGroup), units };
  }

  return {
    async find({ tenant, below = '~', limit }) {
      const query = { list: 'all', key: groupListKeyOf(tenant), since: '0', below } as const;
      // With one more it is known whether these are the last.
      const listed = await find({ ...query, limit: limit + 1 });
      const { items } = listed;
      const keys = items.slice(0, limit);
      const { items: groups, newer, units } = await read(keys.map(({ id }) => id));
      const next = items.length > limit ? keys.at(-1)?.position : undefined;
      return {
        groups: groups.toSorted(newestFirst),
        newer: newer.map((one) => ({ ...one, id: one.id.slice(keyPrefix.length) })),
        units: listed.units + units,
        ...defined({ next }),
      };
    },
  };
}
