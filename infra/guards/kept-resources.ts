import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetBucketPolicyCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { findTable } from '../deployed/find-table.ts';
import type { SdkConfig } from '../template/serverless.ts';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
});
/** The part of a template that says what a stage keeps when it is removed. */
export const dataTemplate = z.object({ Resources: z.record(z.string(), resource) });
export type DataTemplate = z.infer<typeof dataTemplate>;

const types = [
  'AWS::DynamoDB::Table',
  'AWS::SQS::Queue',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
] as const;

/** Something with data that is there, and that a template has under this id. */
export interface KeptResource {
  readonly id: string;
  readonly type: (typeof types)[number];
  /** By what CloudFormation finds it. */
  readonly identifier: Readonly<Record<string, string>>;
  readonly name: string;
}

/** The bucket that it is, or belongs to. */
export const bucketOf = ({ identifier }: KeptResource): string | undefined =>
  identifier.BucketName ?? identifier.Bucket;

interface StageToFind {
  /** The name of its stack. */
  readonly stack: string;
  readonly template: DataTemplate;
}

/**
 * Finds the tables and queues whose names the template has, and buckets whose names CloudFormation has made for this
 * stack. Of these there may be several: each deployment after a removal makes one.
 */
export async function findKept(
  { stack, template }: StageToFind,
  config: SdkConfig,
): Promise<readonly KeptResource[]> {
  const [dynamoDb, sqs, s3] = [new DynamoDBClient(config), new SQSClient(config), new S3Client(config)];
  try {
    const found = Object.entries(template.Resources).map(async ([id, { Type, Properties }]) => {
      if (Type === 'AWS::DynamoDB::Table') return findKeptTable(dynamoDb, id, Properties.TableName);
      if (Type === 'AWS::SQS::Queue') return findQueue(sqs, id, Properties.QueueName);
      return Type === 'AWS::S3::Bucket' && id === 'Bucket' ? findBuckets(s3, stack) : [];
    });
    const order = (type: KeptResource['type']): number => types.indexOf(type);
    return (await Promise.all(found)).flat().sort((one, other) => order(one.type) - order(other.type));
  } finally {
    for (const client of [dynamoDb, sqs, s3]) client.destroy();
  }
}

async function findKeptTable(
  client: DynamoDBClient,
  id: string,
  TableName: unknown,
): Promise<readonly KeptResource[]> {
  if (typeof TableName !== 'string' || (await findTable(client, TableName)) === undefined) return [];
  return [{ id, type: 'AWS::DynamoDB::Table', identifier: { TableName }, name: TableName }];
}

async function findQueue(
  client: SQSClient,
  id: string,
  QueueName: unknown,
): Promise<readonly KeptResource[]> {
  if (typeof QueueName !== 'string') return [];
  try {
    const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName }));
    return [{ id, type: 'AWS::SQS::Queue', identifier: { QueueUrl }, name: QueueName }];
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return [];
    throw error;
  }
}

/** CloudFormation makes a name of the stack's, of the id and of random letters, in lower case. */
async function findBuckets(client: S3Client, stack: string): Promise<readonly KeptResource[]> {
  const prefix = `${stack}-bucket-`.toLowerCase();
  // S3 lists those of all regions: a stage of this name in another one has its own.
  const BucketRegion = await client.config.region();
  const { Buckets = [] } = await client.send(new ListBucketsCommand({ Prefix: prefix, BucketRegion }));
  const names = Buckets.flatMap(({ Name = '' }) => (Name.startsWith(prefix) ? [Name] : []));
  const found = names.map(async (name) => {
    const bucket: KeptResource = {
      ...{ id: 'Bucket', type: 'AWS::S3::Bucket', name },
      identifier: { BucketName: name },
    };
    // CloudFormation makes no policy for a bucket that has one.
    const policy: KeptResource = {
      ...{ id: 'BucketPolicy', type: 'AWS::S3::BucketPolicy', name: `the policy of ${name}` },
      identifier: { Bucket: name },
    };
    return (await hasPolicy(client, name)) ? [bucket, policy] : [bucket];
  });
  return (await Promise.all(found)).flat();
}

async function hasPolicy(client: S3Client, Bucket: string): Promise<boolean> {
  try {
    await client.send(new GetBucketPolicyCommand({ Bucket }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucketPolicy') return false;
    throw error;
  }
}
