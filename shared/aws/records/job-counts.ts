import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { countExpiresAt, type JobCount } from '../../domain/access/job-count.ts';
import type { CountScope, JobCounts } from '../../domain/access/ports.ts';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type { Storable } from '../../domain/base/records.ts';
import { keyPartOf, tenantKeyOf } from '../../domain/base/tenant-key.ts';
import { groupKeyOf, listKeyOf, unfinishedKeyOf, waitingKeyOf } from '../../domain/state/job/list-keys.ts';
import type { unfinishedJobs } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { conditionHeld, ifHeld } from './conditional-write.ts';

/** No job has such an id. The number of all unfinished jobs of a tenant was the first one. */
const keyOf = ({ tenant, limit, group = '' }: CountScope) => {
  const ofScope = {
    unfinishedJobs: '',
    unfinishedJobsOfGroup: `/group/${keyPartOf(group)}`,
    waitingJobs: '/waiting',
  }[limit];
  return toAttributes({ id: `job-count/${tenantKeyOf(tenant)}${ofScope}` });
};

const countItem = z.object({
  unfinished: z.number(),
  seen: z.number(),
  seenAt: z.number(),
  raisedAt: z.number(),
});
const read = (attributes: Parameters<typeof fromAttributes>[0]): JobCount => {
  const { unfinished: count, ...times } = countItem.parse(fromAttributes(attributes));
  return { count, ...times };
};

interface Update extends Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression'> {
  readonly values: Readonly<Record<`:${string}`, Storable>>;
  readonly returns?: 'ALL_NEW' | 'ALL_OLD';
}

/** A part of an index, all of whose entries are counted. */
interface Part {
  readonly index: 'failed' | 'group';
  readonly name: 'failedKey' | 'groupKey';
  readonly key: string;
}

/**
 * One item of the jobs table for each tenant with the limit, or each group of it, in no index; and those parts of the
 * indexes `failed` and `group` in which the unfinished jobs are. Who can be called may write the jobs table, and not
 * the access table.
 */
export function dynamoDbJobCounts(
  client: DynamoDBClient,
  { TABLE_NAME: TableName, LIST_SHARDS }: Granted<typeof unfinishedJobs>,
): JobCounts {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the number of unfinished jobs could not be read or written', { cause });
  };
  const update = (scope: CountScope, { values, returns, ...expressions }: Update) =>
    client.send(
      new UpdateItemCommand({
        ...{ TableName, Key: keyOf(scope), ...expressions },
        ExpressionAttributeValues: toAttributes(values),
        ...(returns ? { ReturnValues: returns } : {}),
      }),
    );
  /** @returns undefined if the condition did not hold */
  const updated = async (scope: CountScope, change: Update): Promise<JobCount | undefined> => {
    const answer = await ifHeld(update(scope, change), unavailable);
    return answer && read(answer.Attributes ?? {});
  };

  const partsOf = ({ tenant, limit, group }: CountScope): readonly Part[] => {
    if (group !== undefined) return [{ index: 'group', name: 'groupKey', key: groupKeyOf(tenant, group) }];
    const kinds = limit === 'waitingJobs' ? [waitingKeyOf] : [unfinishedKeyOf, waitingKeyOf];
    return Array.from({ length: LIST_SHARDS }, (_, shard) => listKeyOf(tenant, shard)).flatMap((listKey) =>
      kinds.map((kind): Part => ({ index: 'failed', name: 'failedKey', key: kind(listKey) })),
    );
  };

  async function countPart({ index, name, key }: Part, upTo: number): Promise<number> {
    let counted = 0;
    let next: Parameters<typeof fromAttributes>[0] | undefined;
    do {
      const { Count = 0, LastEvaluatedKey } = await client
        .send(
          new QueryCommand({
            ...{ TableName, IndexName: index, Select: 'COUNT', Limit: upTo - counted },
            KeyConditionExpression: `${name} = :key`,
            ExpressionAttributeValues: toAttributes({ ':key': key }),
            ...(next ? { ExclusiveStartKey: next } : {}),
          }),
        )
        .catch(unavailable);
      counted += Count;
      next = LastEvaluatedKey;
    } while (next && counted < upTo);
    return counted;
  }

  return {
    async read(scope) {
      const input = { TableName, Key: keyOf(scope), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return Item && read(Item);
    },

    raise: ({ scope, jobs, max, now }) =>
      updated(scope, {
        UpdateExpression: 'SET unfinished = unfinished + :jobs, raisedAt = :now, expiresAt = :expiresAt',
        ConditionExpression: 'unfinished <= :latest',
        values: { ':jobs': jobs, ':latest': max - jobs, ':now': now, ':expiresAt': countExpiresAt(now) },
        returns: 'ALL_NEW',
      }),

    async count(scope, upTo) {
      const parts = await Promise.all(partsOf(scope).map((part) => countPart(part, upTo)));
      return Math.min(
        upTo,
        parts.reduce((sum, part) => sum + part, 0),
      );
    },

    async create(scope, unfinished, now) {
      const creating = update(scope, {
        UpdateExpression:
          'SET unfinished = :unfinished, seen = :unfinished, seenAt = :now, raisedAt = :never, expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(unfinished)',
        values: { ':unfinished': unfinished, ':now': now, ':never': 0, ':expiresAt': countExpiresAt(now) },
      });
      await conditionHeld(creating, unavailable);
    },

    begin: (scope, seenAt, now) =>
      updated(scope, {
        UpdateExpression: 'SET seen = unfinished, seenAt = :now, isCounting = :yes',
        ConditionExpression: 'seenAt = :seenAt',
        values: { ':now': now, ':seenAt': seenAt, ':yes': true },
        returns: 'ALL_OLD',
      }),

    settle: (scope, begunAt, gone) =>
      conditionHeld(
        update(scope, {
          UpdateExpression: 'SET unfinished = unfinished - :gone, seen = seen - :gone REMOVE isCounting',
          ConditionExpression: 'seenAt = :begunAt AND isCounting = :yes',
          values: { ':gone': gone, ':begunAt': begunAt, ':yes': true },
        }),
        unavailable,
      ),
  };
}
