import { randomInt } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import type { AccessEntry, KeyEntry } from '../../shared/domain/access/access-entry.ts';
import {
  type ApiKey,
  keyIdLength,
  keySecretLength,
  writeApiKey,
} from '../../shared/domain/access/api-key.ts';
import { aKeyEntry } from '../set-ups/access.ts';

/** The tables of a local system. */
export const tables = { jobs: 'job-worker-local-jobs', access: 'job-worker-local-access' } as const;

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomText = (length: number): string =>
  Array.from({ length }, () => base62[randomInt(base62.length)]).join('');

/** A key that no system knows. */
export const randomKey = (): ApiKey => ({ id: randomText(keyIdLength), secret: randomText(keySecretLength) });

/** Writes an entry into the access table of a local system. */
export async function putAccess(dynamoDb: DynamoDBClient, entry: AccessEntry): Promise<void> {
  await dynamoDb.send(new PutItemCommand({ TableName: tables.access, Item: toAttributes(entry) }));
}

interface NewKey {
  readonly key: ApiKey;
  readonly entry: KeyEntry;
  /** What a client sends. */
  readonly text: string;
}

/** Makes a key of a local system. It has all rights, unless `over` says less. */
export async function putNewKey(dynamoDb: DynamoDBClient, over: Partial<KeyEntry> = {}): Promise<NewKey> {
  const key = randomKey();
  const entry = aKeyEntry(key, over);
  await putAccess(dynamoDb, entry);
  return { key, entry, text: writeApiKey(key) };
}
