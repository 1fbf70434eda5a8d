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
import { fromAttributes, type Storable, toAttributes } from '../../shared/aws/attribute-value.ts';
import { type AccessEntry, accessEntry } from '../../shared/job/access-entry.ts';

/** The access table is not there, or did not answer, or has an entry that this code cannot read. */
export class AccessTableError extends Error {
  override readonly name = 'AccessTableError';
}

type Item = Record<string, AttributeValue>;

/** Counts the updates of an entry. Only commands use it, so it is in no schema. */
const revision = 'revision';
const maxTries = 5;

/** The access table, for deployments and commands. No function may use it. Every call @throws AccessTableError */
export interface AccessAdminStore {
  /** A strongly consistent read. */
  read(id: string): Promise<AccessEntry | undefined>;
  /** Every entry, ordered by id. */
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
}

export function dynamoDbAccessAdminStore(client: DynamoDBClient, tableName: string): AccessAdminStore {
  const call = async <T>(what: string, sending: Promise<T>): Promise<T> => {
    try {
      return await sending;
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException || cause instanceof AccessTableError) throw cause;
      if (cause instanceof ResourceNotFoundException)
        throw new AccessTableError(`there is no table ${tableName}`, { cause });
      const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
      throw new AccessTableError(`the table ${tableName} could not be ${what}: ${reason}`, { cause });
    }
  };
  /** @returns whether the condition held */
  const write = async (sending: Promise<unknown>): Promise<boolean> => {
    try {
      await call('written', sending);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  const get = async (id: string): Promise<Item | undefined> => {
    const input = { TableName: tableName, Key: toAttributes({ id }), ConsistentRead: true };
    return (await call('read', client.send(new GetItemCommand(input)))).Item;
  };

  return {
    async read(id) {
      const Item = await get(id);
      return Item && parse(Item);
    },

    async list() {
      const entries = await call('read', scan(client, tableName));
      return entries.sort((one, other) => (one.id < other.id ? -1 : 1));
    },

    create(entry) {
      const input = {
        TableName: tableName,
        Item: toAttributes(entry),
        ConditionExpression: 'attribute_not_exists(id)',
      };
      return write(client.send(new PutItemCommand(input)));
    },

    async update(id, change) {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const Item = await get(id);
        if (Item === undefined) return undefined;
        const before = parse(Item);
        const after = change(before);
        const update = updateOf({ before, after, revision: Item[revision] });
        if (update === undefined) return before;
        if (await write(client.send(new UpdateItemCommand({ TableName: tableName, ...update }))))
          return after;
      }
      throw new AccessTableError(`the entry ${id} was changed by others again and again`);
    },

    remove(id) {
      const input = {
        TableName: tableName,
        Key: toAttributes({ id }),
        ConditionExpression: 'attribute_exists(id)',
      };
      return write(client.send(new DeleteItemCommand(input)));
    },
  };
}

async function scan(client: DynamoDBClient, tableName: string): Promise<AccessEntry[]> {
  const entries: AccessEntry[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true }))
    entries.push(...Items.map(parse));
  return entries;
}

function parse(item: Item): AccessEntry {
  const { data } = accessEntry.safeParse(fromAttributes(item));
  if (data) return data;
  throw new AccessTableError(`the entry ${item.id?.S} cannot be read; does other code write this table?`);
}

interface Update {
  readonly before: AccessEntry;
  readonly after: AccessEntry;
  readonly revision: AttributeValue | undefined;
}

const valuesOf = (entry: AccessEntry): Readonly<Record<string, Storable | undefined>> => entry;

/** A write of the attributes that differ, if the entry has the same revision still; undefined if none differs. */
function updateOf({ before, after, revision: known }: Update) {
  const [old, next] = [valuesOf(before), valuesOf(after)];
  const changed = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (name) => JSON.stringify(old[name]) !== JSON.stringify(next[name]),
  );
  if (changed.length === 0) return undefined;
  const kept = changed.filter((name) => next[name] !== undefined);
  const dropped = changed.filter((name) => next[name] === undefined);
  const set = [`#${revision} = :next`, ...kept.map((name) => `#${name} = :${name}`)].join(', ');
  const remove = dropped.length > 0 ? ` REMOVE ${dropped.map((name) => `#${name}`).join(', ')}` : '';
  const values = Object.fromEntries(kept.map((name) => [`:${name}`, next[name]]));
  return {
    Key: toAttributes({ id: before.id }),
    UpdateExpression: `SET ${set}${remove}`,
    ConditionExpression:
      known === undefined ? 'attribute_exists(id) AND attribute_not_exists(#revision)' : '#revision = :known',
    ExpressionAttributeNames: Object.fromEntries([revision, ...changed].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...toAttributes({ ...values, ':next': Number(known?.N ?? 0) + 1 }),
      ...(known === undefined ? {} : { ':known': known }),
    },
  };
}
