import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { accountId, LocalAwsError, region } from './local-aws.ts';
import type { Described, Resolve } from './resolve-references.ts';

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
  if (await exists(dynamoDb, name)) return;
  const supported = tableProperties.safeParse(resolve(properties));
  if (!supported.success)
    throw new LocalAwsError(
      `local/table-resource.ts cannot create ${name}: ${z.prettifyError(supported.error)}`,
    );
  await dynamoDb.send(new CreateTableCommand({ TableName: name, ...supported.data }));
  await waitUntilTableExists({ client: dynamoDb, maxWaitTime: 10, minDelay: 1 }, { TableName: name });
}

async function exists(dynamoDb: DynamoDBClient, name: string): Promise<boolean> {
  try {
    await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}
