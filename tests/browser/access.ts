import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Page } from 'playwright-core';
import { credentials, region } from '../../local/local-aws.ts';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import {
  type AccessEntry,
  accessEntry,
  type KeyEntry,
  type LinksEntry,
  linksId,
  type RootSecretEntry,
  rootSecretEntry,
  rootSecretId,
} from '../../shared/domain/access/access-entry.ts';
import { putAccess, putNewKey, tables } from '../system/local-tables.ts';
import { systems } from './tabs.ts';

/** Keys of the system that needs them. */
export class Access {
  readonly #client = new DynamoDBClient({
    endpoint: systems().endpoints.dynamoDbEndpoint,
    region,
    credentials,
  });

  /** A key with all rights, unless `over` says less. */
  newKey(over?: Partial<KeyEntry>): Promise<{ readonly text: string; readonly entry: KeyEntry }> {
    return putNewKey(this.#client, over);
  }

  put(entry: AccessEntry): Promise<void> {
    return putAccess(this.#client, entry);
  }

  async root(): Promise<RootSecretEntry> {
    return rootSecretEntry.parse(await this.#read(rootSecretId));
  }

  /** What links for an answer are signed with. */
  async links(): Promise<LinksEntry> {
    const entry = accessEntry.parse(await this.#read(linksId));
    if (entry.kind !== 'links') throw new TypeError('the entry is not the secret of links');
    return entry;
  }

  async #read(id: string): Promise<unknown> {
    const Key = toAttributes({ id });
    const { Item = {} } = await this.#client.send(new GetItemCommand({ TableName: tables.access, Key }));
    return fromAttributes(Item);
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
