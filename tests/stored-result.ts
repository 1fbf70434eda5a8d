import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { EmulatorEndpoints } from '../local/emulators/emulator-endpoints.ts';
import { credentials, region } from '../local/local-aws.ts';
import { s3ObjectStore } from '../shared/aws/objects/object-store.ts';
import { toAttributes } from '../shared/aws/records/attribute-value.ts';
import { resultNameOf } from '../shared/domain/objects/stored-object.ts';
import type { JobItem } from '../shared/domain/state/job/item.ts';
import { bucketEnvironment } from './bucket-environment.ts';
import { aFailedItem } from './set-ups/samples.ts';
import { tables } from './system/local-tables.ts';

/** Where `npm start` has its objects, for what signs with the credentials of the environment. */
export function localBucket({ s3Endpoint }: Pick<EmulatorEndpoints, 's3Endpoint'>) {
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  return bucketEnvironment('bucket', s3Endpoint);
}

interface StoredResult {
  readonly body: string;
  readonly contentType: string;
  readonly over: Partial<JobItem> & Pick<JobItem, 'tenant'>;
}

/** Puts a job that has succeeded, and its result in an object, to where a worker of `npm start` would leave them. */
export async function storeResult(
  endpoints: EmulatorEndpoints,
  { body, contentType, over }: StoredResult,
): Promise<JobItem & Required<Pick<JobItem, 'resultObject'>>> {
  const now = Date.now();
  const item = aFailedItem({
    id: randomUUID(),
    status: 'succeeded',
    createdAt: now,
    updatedAt: now,
    ...over,
  });
  const { error: _, message: __, expiresAt: ___, ...succeeded } = { ...item, finishedAt: now };
  const resultObject = { name: resultNameOf(item), bytes: Buffer.byteLength(body), contentType };
  await s3ObjectStore(localBucket(endpoints)).put({ name: resultObject.name, body, contentType });
  const stored = { ...succeeded, resultObject };
  const client = new DynamoDBClient({ endpoint: endpoints.dynamoDbEndpoint, region, credentials });
  await client.send(new PutItemCommand({ TableName: tables.jobs, Item: toAttributes(stored) }));
  client.destroy();
  return stored;
}
