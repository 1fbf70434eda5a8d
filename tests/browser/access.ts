import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Page } from 'playwright-core';
import { credentials, region } from '../../local/local-aws.ts';
import { fromAttributes, toAttributes } from '../../shared/aws/attribute-value.ts';
import {
  type AccessEntry,
  type KeyEntry,
  type RootEntry,
  rootEntry,
  rootId,
} from '../../shared/domain/access/access-entry.ts';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { randomKey } from '../integration/attacked-system.ts';
import { aKeyEntry } from '../set-ups/access.ts';
import { systems } from './tabs.ts';

const TableName = 'job-worker-local-access';

/** Keys of the system that needs them. */
export class Access {
  readonly #client = new DynamoDBClient({
    endpoint: systems().endpoints.dynamoDbEndpoint,
    region,
    credentials,
  });

  /** A key with all rights, unless `over` says less. */
  async newKey(over: Partial<KeyEntry> = {}): Promise<{ readonly text: string; readonly entry: KeyEntry }> {
    const key = randomKey();
    const entry = aKeyEntry(key, over);
    await this.put(entry);
    return { text: writeApiKey(key), entry };
  }

  async put(entry: AccessEntry): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName, Item: toAttributes(entry) }));
  }

  async root(): Promise<RootEntry> {
    const Key = toAttributes({ id: rootId });
    const { Item = {} } = await this.#client.send(new GetItemCommand({ TableName, Key }));
    return rootEntry.parse(fromAttributes(Item));
  }

  close(): void {
    this.#client.destroy();
  }
}

/** Fills in the sign-in form that a page shows. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
