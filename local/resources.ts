import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { bucketNameOf, createBucket, describeBucket } from './bucket-resource.ts';
import type { EmulatorEndpoints } from './emulator-endpoints.ts';
import { credentials, region } from './local-aws.ts';
import { createQueue, describeQueue, queueNameOf } from './queue-resource.ts';
import { type Described, type Resolve, resolver } from './resolve-references.ts';
import { createTable, describeTable, tableNameOf } from './table-resource.ts';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z._default(z.record(z.string(), z.unknown()), {}) }),
  ),
});

/**
 * Creates the queues, tables and buckets of a CloudFormation template (the `resources` of serverless.yml). Those that exist
 * stay unchanged, with their messages, items and objects. Resources of other types are ignored.
 * @returns a function that resolves references to them
 * @throws LocalAwsError if a queue, table or bucket has a reference that cannot be resolved
 */
export async function createResources(resources: unknown, endpoints: EmulatorEndpoints): Promise<Resolve> {
  const { Resources } = template.parse(resources);
  const ofType = (type: string, nameOf: (id: string, properties: Record<string, unknown>) => string) =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, { Properties: properties }]) => ({ id, name: nameOf(id, properties), properties }));
  const queues = ofType('AWS::SQS::Queue', queueNameOf);
  const tables = ofType('AWS::DynamoDB::Table', tableNameOf);
  const buckets = ofType('AWS::S3::Bucket', bucketNameOf);
  const resolve = resolver(
    new Map<string, Described>([
      ...queues.map(({ id, name }) => [id, describeQueue(endpoints.sqsEndpoint, name)] as const),
      ...tables.map(({ id, name }) => [id, describeTable(name)] as const),
      ...buckets.map(({ id, name }) => [id, describeBucket(name)] as const),
    ]),
  );

  const sqs = new SQSClient({ endpoint: endpoints.sqsEndpoint, region, credentials });
  const dynamoDb = new DynamoDBClient({ endpoint: endpoints.dynamoDbEndpoint, region, credentials });
  try {
    // SQS requires that a dead-letter queue exists before a queue names it.
    const [redriving, others] = [queues.filter(redrives), queues.filter((queue) => !redrives(queue))];
    for (const queue of [...others, ...redriving]) await createQueue(sqs, { ...queue, resolve });
    for (const table of tables) await createTable(dynamoDb, { ...table, resolve });
    for (const bucket of buckets) await createBucket(endpoints.s3Endpoint, { ...bucket, resolve });
  } finally {
    sqs.destroy();
    dynamoDb.destroy();
  }
  return resolve;
}

const redrives = ({ properties }: { readonly properties: Record<string, unknown> }): boolean =>
  'RedrivePolicy' in properties;
