import { randomUUID } from 'node:crypto';
import { BatchWriteItemCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { type JobItem, readItem } from '../../shared/domain/state/job/item.ts';
import { failedKeys, listKeys } from '../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';

interface Table {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/** It runs from the standard queue. A bulk action runs from another one. */
export const seededType = 'csv-sums';

const maxItemsAWrite = 25;
const dayMs = 24 * 3600 * 1000;

/** Writes items of failed jobs, as they are after the last attempt. A retry of each succeeds. */
export async function seedFailedJobs(count: number, { dynamoDb, tableName }: Table): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => failedItem(index));
  for (let at = 0; at < count; at += maxItemsAWrite) {
    const requests = items
      .slice(at, at + maxItemsAWrite)
      .map((item) => ({ PutRequest: { Item: toAttributes(item) } }));
    await dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
  }
}

function failedItem(index: number): JobItem {
  const createdAt = Date.now() - dayMs + index;
  const endedAt = createdAt + 1_000;
  const message = submissionMessage(
    {
      tenant: 'public',
      type: seededType,
      payload: { csv: 'a,b\nx,1\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] },
      maxAttempts: 1,
    },
    { id: randomUUID(), fingerprint: `fingerprint ${index}`, now: createdAt },
  );
  const { id, version, tenant, type, run, fingerprint } = message;
  return {
    id,
    version,
    tenant,
    type,
    run,
    fingerprint,
    status: 'failed',
    fencingToken: createdAt + 1,
    attempt: 1,
    maxAttempts: 1,
    error: { name: 'Error', message: 'what it needs was not there' },
    history: [
      { event: 'started', at: createdAt },
      { event: 'failed', at: endedAt, attempt: 1, error: 'what it needs was not there' },
    ],
    message: writeMessage(message),
    ...listKeys(message),
    ...failedKeys(message),
    createdAt,
    startedAt: createdAt,
    updatedAt: endedAt,
    finishedAt: endedAt,
    expiresAt: Math.ceil((endedAt + 30 * dayMs) / 1000),
  };
}

/** The items of all jobs of the type. */
export async function seededJobs({ dynamoDb, tableName }: Table): Promise<readonly JobItem[]> {
  const items: JobItem[] = [];
  const pages = paginateScan({ client: dynamoDb }, { TableName: tableName, ConsistentRead: true });
  // Groups of errors have no status.
  for await (const { Items = [] } of pages)
    items.push(...Items.filter(({ status }) => status).map((item) => readItem(fromAttributes(item))));
  return items.filter(({ type }) => type === seededType);
}
