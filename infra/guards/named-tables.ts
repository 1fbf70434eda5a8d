import { DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { findTable } from '../deployed/find-table.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import type { SdkConfig } from '../template/serverless.ts';

const index = z.object({ IndexName: z.string() });
const table = z.object({
  Properties: z.object({ GlobalSecondaryIndexes: z._default(z.array(index), []) }),
});
const ownTablesIn = z.object({ Resources: z.object({ JobTable: table, AccessTable: table }) });

/**
 * Why the stage cannot use a table that it names, and that is not of its stack.
 * @param template what would be deployed: its own tables have the indexes that functions need
 */
export async function problemsOfNamedTables(
  { jobTable, accessTable }: StageParameters,
  template: unknown,
  config: SdkConfig,
): Promise<readonly string[]> {
  const named = [
    { parameter: 'jobTable', name: String(jobTable ?? ''), id: 'JobTable' },
    { parameter: 'accessTable', name: String(accessTable ?? ''), id: 'AccessTable' },
  ] as const;
  if (named.every(({ name }) => name === '')) return [];
  const { Resources } = ownTablesIn.parse(template);
  const client = new DynamoDBClient(config);
  try {
    const found = named.map(async ({ parameter, name, id }) => {
      if (name === '') return [];
      const expected = Resources[id].Properties.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
      const problem = problemOf(await findTable(client, name), expected);
      return problem === undefined ? [] : [`${parameter} is ${name}, ${problem}`];
    });
    return (await Promise.all(found)).flat();
  } finally {
    client.destroy();
  }
}

function problemOf(found: TableDescription | undefined, indexes: readonly string[]): string | undefined {
  if (found === undefined) return 'and there is no such table. Leave it out, or name another one.';
  if (found.TableStatus !== 'ACTIVE')
    return `which is ${found.TableStatus}. Wait until it is ACTIVE, and deploy again.`;
  const has = new Set(found.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  const missing = indexes.filter((each) => !has.has(each));
  if (missing.length === 0) return undefined;
  return `which lacks the index ${missing.join(', ')}. Is it another table, or from before that index?`;
}
