import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { type AccessEntry, accessEntry, suspendedId } from '../../shared/domain/access/access-entry.ts';
import { revision, updateOf } from './entry-update.ts';

/**
 * That a command was about to change an entry, under `audit/<time>/<random>`. No function reads it, so it is no kind of
 * `AccessEntry`. It is never removed.
 */
export const auditEntry = z.object({
  id: z.string(),
  kind: z.literal('audit'),
  /** Epoch milliseconds. */
  at: z.int(),
  /** Who that was, as AWS knows the credentials: an ARN. On this machine `local:<user>`. */
  by: z.string(),
  /** The command's name, such as `revoke`. */
  command: z.string(),
  /** The entry that it is about, such as `key/4fTq0sJx2LmN`. */
  entry: z.string(),
  tenant: z.optional(z.string()),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** The access table is not there, or did not answer, or has an entry that this code cannot read. */
export class AccessTableError extends Error {
  override readonly name = 'AccessTableError';
}

type Item = Record<string, AttributeValue>;

const maxTries = 5;
const kinds: readonly AccessEntry['kind'][] = [
  'key',
  'role',
  'root',
  'webhookKey',
  'webhook',
  'tenant',
  'suspended',
  'links',
];

/** The access table, for deployments and commands. No function may use it. Every call @throws AccessTableError */
export interface AccessAdminStore {
  /** A strongly consistent read. */
  read(id: string): Promise<AccessEntry | undefined>;
  /** Every entry of a kind that this code knows, ordered by id. */
  list(): Promise<readonly AccessEntry[]>;
  /** @returns false if there is an entry with this id. That entry stays as it is. */
  create(entry: AccessEntry): Promise<boolean>;
  /**
   * Reads the entry, and writes what the change makes of it. If another command was faster, it does both again. What
   * the change leaves as it is, functions may write meanwhile.
   * @returns the entry as it is after that, or undefined if there is none
   * @throws what the change throws
   */
  update(id: string, change: (entry: AccessEntry) => AccessEntry): Promise<AccessEntry | undefined>;
  /** @returns false if there was no such entry */
  remove(id: string): Promise<boolean>;
  /** Adds a tenant to the list of the suspended ones, or takes it off. Others may change the list at the same time. */
  changeSuspended(change: 'ADD' | 'DELETE', tenant: string): Promise<void>;
  addAudit(entry: AuditEntry): Promise<void>;
  /** What commands have done, the latest first. */
  audits(): Promise<readonly AuditEntry[]>;
}

/** The access table on DynamoDB. */
export class DynamoDbAccessAdminStore implements AccessAdminStore {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async read(id: string): Promise<AccessEntry | undefined> {
    const item = await this.#get(id);
    return item && parse(item);
  }

  async list(): Promise<readonly AccessEntry[]> {
    const items = await this.#call('read', scan(this.#client, this.#tableName));
    // A later version may have other kinds.
    const known = items.filter(({ kind }) => kinds.some((each) => each === kind?.S));
    return known.map(parse).sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  async addAudit(entry: AuditEntry): Promise<void> {
    const input = { Item: toAttributes(entry), ConditionExpression: 'attribute_not_exists(id)' };
    await this.#write(this.#client.send(new PutItemCommand({ TableName: this.#tableName, ...input })));
  }

  async audits(): Promise<readonly AuditEntry[]> {
    const items = await this.#call('read', scan(this.#client, this.#tableName));
    const entries = items.flatMap((item) => auditEntry.safeParse(fromAttributes(item)).data ?? []);
    return entries.sort((one, other) => (one.id < other.id ? 1 : -1));
  }

  create(entry: AccessEntry): Promise<boolean> {
    const input = { Item: toAttributes(entry), ConditionExpression: 'attribute_not_exists(id)' };
    return this.#write(this.#client.send(new PutItemCommand({ TableName: this.#tableName, ...input })));
  }

  async update(id: string, change: (entry: AccessEntry) => AccessEntry): Promise<AccessEntry | undefined> {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const item = await this.#get(id);
      if (item === undefined) return undefined;
      const before = parse(item);
      const after = change(before);
      const input = updateOf({ before, after, known: item[revision] });
      if (input === undefined) return before;
      const command = new UpdateItemCommand({ TableName: this.#tableName, ...input });
      if (await this.#write(this.#client.send(command))) return after;
    }
    throw new AccessTableError(`the entry ${id} was changed by others again and again`);
  }

  remove(id: string): Promise<boolean> {
    const input = { Key: toAttributes({ id }), ConditionExpression: 'attribute_exists(id)' };
    return this.#write(this.#client.send(new DeleteItemCommand({ TableName: this.#tableName, ...input })));
  }

  async changeSuspended(change: 'ADD' | 'DELETE', tenant: string): Promise<void> {
    const input = {
      Key: toAttributes({ id: suspendedId }),
      UpdateExpression: `SET #kind = :kind ${change} #tenants :tenants`,
      ExpressionAttributeNames: { '#kind': 'kind', '#tenants': 'tenants' },
      ExpressionAttributeValues: toAttributes({ ':kind': 'suspended', ':tenants': new Set([tenant]) }),
    };
    await this.#write(this.#client.send(new UpdateItemCommand({ TableName: this.#tableName, ...input })));
  }

  async #get(id: string): Promise<Item | undefined> {
    const input = { TableName: this.#tableName, Key: toAttributes({ id }), ConsistentRead: true };
    return (await this.#call('read', this.#client.send(new GetItemCommand(input)))).Item;
  }

  /** @returns whether the condition held */
  async #write(sending: Promise<unknown>): Promise<boolean> {
    try {
      await this.#call('written', sending);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #call<T>(what: string, sending: Promise<T>): Promise<T> {
    try {
      return await sending;
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException || cause instanceof AccessTableError) throw cause;
      if (cause instanceof ResourceNotFoundException)
        throw new AccessTableError(`there is no table ${this.#tableName}`, { cause });
      const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
      throw new AccessTableError(`the table ${this.#tableName} could not be ${what}: ${reason}`, { cause });
    }
  }
}

async function scan(client: DynamoDBClient, tableName: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true }))
    items.push(...Items);
  return items;
}

function parse(item: Item): AccessEntry {
  const { data } = accessEntry.safeParse(fromAttributes(item));
  if (data) return data;
  throw new AccessTableError(`the entry ${item.id?.S} cannot be read; does other code write this table?`);
}
