import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { accountId, LocalAwsError, region } from '../local-aws.ts';
import type { Described, Resolve } from '../resolve-references.ts';

type Properties = Readonly<Record<string, unknown>>;

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const throughput = z.optional(z.object({ ReadCapacityUnits: z.int(), WriteCapacityUnits: z.int() }));
const index = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.optional(z.array(z.string())),
  }),
});

/** The properties that dynalite supports: not TTL, point-in-time recovery, encryption, streams or tags. */
const tableProperties = z.object({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: keySchema,
  BillingMode: z.optional(z.enum(['PAY_PER_REQUEST', 'PROVISIONED'])),
  ProvisionedThroughput: throughput,
  LocalSecondaryIndexes: z.optional(z.array(index)),
  GlobalSecondaryIndexes: z.optional(z.array(z.extend(index, { ProvisionedThroughput: throughput }))),
});

export const tableNameOf = (id: string, { TableName = id }: Properties): string => String(TableName);

/** What `Ref` and `Fn::GetAtt` return for an `AWS::DynamoDB::Table`. */
export const describeTable = (name: string): Described => ({
  ref: name,
  attributes: { Arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` },
});

/** Creates the table unless it exists. Returns when it can be used. */
export async function createTable(
  dynamoDb: DynamoDBClient,
  { name, properties, resolve }: { name: string; properties: Properties; resolve: Resolve },
): Promise<void> {
  const supported = tableProperties.safeParse(resolve(properties));
  if (!supported.success)
    throw new LocalAwsError(
      `local/tables/table-resource.ts cannot create ${name}: ${z.prettifyError(supported.error)}`,
    );
  const { GlobalSecondaryIndexes: wanted = [] } = supported.data;
  const found = await describe(dynamoDb, name);
  if (found) return warnOfMissingIndexes(name, found, wanted);
  await dynamoDb.send(new CreateTableCommand({ TableName: name, ...supported.data }));
  await waitUntilTableExists({ client: dynamoDb, maxWaitTime: 10, minDelay: 1 }, { TableName: name });
}

async function describe(dynamoDb: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamoDb.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/**
 * dynalite cannot add an index to a table. A table of an earlier version serves all the same, but for what reads that
 * index.
 */
function warnOfMissingIndexes(
  name: string,
  { GlobalSecondaryIndexes = [] }: TableDescription,
  wanted: readonly z.infer<typeof index>[],
): void {
  const has = new Set(GlobalSecondaryIndexes.map(({ IndexName }) => IndexName));
  const missing = wanted.filter(({ IndexName }) => !has.has(IndexName)).map(({ IndexName }) => IndexName);
  if (missing.length > 0)
    console.warn(
      `The table ${name} is of an earlier version, and has no index ${missing.join(', ')}. A new DATA_DIR has it.`,
    );
}
