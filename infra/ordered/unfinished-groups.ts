import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { fromAttributes, toAttributes } from '../../shared/aws/attribute-value.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { batchRoot, isOver } from '../../shared/domain/children/batch.ts';
import type { UnfinishedGroups, UnfinishedWork } from '../../shared/domain/state/group-place.ts';
import { isTerminal, jobStatuses } from '../../shared/domain/state/transitions.ts';

const ended = jobStatuses.filter(isTerminal);
const ofEnded = Object.fromEntries(ended.map((status, index) => [`:ended${index}`, status]));

/**
 * The message of a canceled job may still be in its queue, and a retry uses that message, as long as the item has no copy of it. That is not
 * so for a child, which only its parent retries.
 */
const mayBeRevived =
  '#status = :canceled AND attribute_not_exists(#message) AND attribute_not_exists(#parent)';
const isUnfinished = `attribute_exists(#group) AND (NOT #status IN (${Object.keys(ofEnded).join(', ')}) OR (${mayBeRevived}))`;
const isRoot = 'attribute_exists(#parentRun)';

const found = z.object({
  id: z.string(),
  parentRun: z.optional(z.unknown()),
  parent: z.optional(z.unknown()),
});

const unavailable = (cause: unknown): never => {
  throw new StoreUnavailableError('the table could not be looked through', { cause });
};

/**
 * A scan of the table behind the `UnfinishedGroups` port: strongly consistent, so that it finds what an index may not have yet. It ends at
 * the first page that has something.
 * @param pageSize how many items a page has, for tests
 */
export const dynamoDbUnfinishedGroups = (
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: { readonly TABLE_NAME: string },
  pageSize?: number,
): UnfinishedGroups => ({
  async find(tenant) {
    let ExclusiveStartKey: ReturnType<typeof toAttributes> | undefined;
    do {
      const command = new ScanCommand({
        TableName,
        ConsistentRead: true,
        FilterExpression: `#tenant = :tenant AND ((${isUnfinished}) OR ${isRoot})`,
        ExpressionAttributeNames: Object.fromEntries(
          ['tenant', 'status', 'group', 'message', 'parent', 'parentRun'].map((name) => [`#${name}`, name]),
        ),
        ExpressionAttributeValues: toAttributes({ ':tenant': tenant, ':canceled': 'canceled', ...ofEnded }),
        ...defined({ Limit: pageSize, ExclusiveStartKey }),
      });
      const { Items = [], LastEvaluatedKey } = await client.send(command).catch(unavailable);
      const work = Items.flatMap((item) => unfinishedIn(fromAttributes(item)));
      if (work.length > 0) return work;
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return [];
  },
});

/** Nobody knows whether a batch is over that only newer code can read. */
function unfinishedIn(item: unknown): readonly UnfinishedWork[] {
  const { id, parentRun, parent } = found.parse(item);
  if (parentRun === undefined) return [{ kind: 'job', jobId: id }];
  const root = batchRoot.safeParse(item);
  if (root.data && isOver(root.data)) return [];
  return [{ kind: 'batch', jobId: String(parent) }];
}
