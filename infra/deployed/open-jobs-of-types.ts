import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { isTerminal, jobStatuses } from '../../shared/domain/state/job/transitions.ts';

const ended = jobStatuses.filter(isTerminal);
const found = z.object({ type: z.string() });

interface Look {
  readonly TableName: string;
  readonly types: readonly string[];
  /** The look ends when this time is over, epoch milliseconds. */
  readonly until: number;
  /** How many items a page has, for tests. */
  readonly pageSize?: number;
}

interface Counted {
  /** How many jobs of a type have not ended, by type. Of a type without one there is none. */
  readonly counts: ReadonlyMap<string, number>;
  /** How many items the look has passed. */
  readonly looked: number;
  /** Whether that were all items. */
  readonly isWhole: boolean;
}

/**
 * Counts the jobs of some types that have not ended. No index has them, so it is a scan: eventually consistent, 1 MB a
 * page, and one page at a time, so that it leaves a partition room for the jobs that run.
 */
export async function countOpenJobs(
  client: DynamoDBClient,
  { TableName, types, until, pageSize }: Look,
): Promise<Counted> {
  const names = (prefix: string, values: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(values.map((value, index) => [`:${prefix}${index}`, value]));
  const [ofTypes, ofEnded] = [names('type', types), names('ended', ended)];
  const counts = new Map<string, number>();
  let looked = 0;
  let ExclusiveStartKey: ReturnType<typeof toAttributes> | undefined;
  do {
    const command = new ScanCommand({
      TableName,
      // A group of errors has a type, too, and no status.
      FilterExpression: `#type IN (${Object.keys(ofTypes).join(', ')}) AND attribute_exists(#status) AND NOT #status IN (${Object.keys(ofEnded).join(', ')})`,
      ProjectionExpression: '#type',
      ExpressionAttributeNames: { '#type': 'type', '#status': 'status' },
      ExpressionAttributeValues: toAttributes({ ...ofTypes, ...ofEnded }),
      ...defined({ ExclusiveStartKey, Limit: pageSize }),
    });
    const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await client.send(command);
    for (const item of Items) {
      const { type } = found.parse(fromAttributes(item));
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    looked += ScannedCount;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey && Date.now() < until);
  return { counts, looked, isWhole: ExclusiveStartKey === undefined };
}
