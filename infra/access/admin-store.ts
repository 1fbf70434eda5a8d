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

/** The access table, for deployments and commands. No function may use it. Every call @throws AccessTableError */
export interface AccessAdminStore {
  /** A strongly consistent read. */
  read(id: string): Promise<AccessEntry | undefined>;
  /** Every entry, ordered by id. */
  list(): Promise<readonly AccessEntry[]>;
  /** @returns false if there is an entry with this id. That entry stays as it is. */
  create(entry: AccessEntry): Promise<boolean>;
  /**
   * Changes the attributes in which the two differ. Others, such as the day of the last use, may change meanwhile.
   * @returns false if one of these attributes is no longer as in `before`, or the entry is gone. Nothing is changed.
   */
  update(before: AccessEntry, after: AccessEntry): Promise<boolean>;
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

  return {
    async read(id) {
      const input = { TableName: tableName, Key: toAttributes({ id }), ConsistentRead: true };
      const { Item } = await call('read', client.send(new GetItemCommand(input)));
      return Item && parse(Item);
    },

    async list() {
      const pages = paginateScan({ client }, { TableName: tableName, ConsistentRead: true });
      const items = await call(
        'read',
        Array.fromAsync(pages, ({ Items = [] }) => Items),
      );
      return items
        .flat()
        .map(parse)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
    },

    create(entry) {
      const input = {
        TableName: tableName,
        Item: toAttributes(entry),
        ConditionExpression: 'attribute_not_exists(id)',
      };
      return write(client.send(new PutItemCommand(input)));
    },

    async update(before, after) {
      const changes = changesOf(before, after);
      if (changes.length === 0) return (await this.read(before.id)) !== undefined;
      return write(
        client.send(new UpdateItemCommand({ TableName: tableName, ...updateOf(before, changes) })),
      );
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

function parse(item: Record<string, AttributeValue>): AccessEntry {
  const { data } = accessEntry.safeParse(fromAttributes(item));
  if (data) return data;
  throw new AccessTableError(`the entry ${item.id?.S} cannot be read; does other code write this table?`);
}

/** An attribute that an update gives another value. It has none if it is undefined. */
interface Change {
  readonly attribute: string;
  readonly before: Storable | undefined;
  readonly after: Storable | undefined;
}

const valuesOf = (entry: AccessEntry): Readonly<Record<string, Storable | undefined>> => entry;

function changesOf(before: AccessEntry, after: AccessEntry): readonly Change[] {
  const [old, next] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .map((attribute) => ({ attribute, before: old[attribute], after: next[attribute] }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}

function updateOf({ id }: AccessEntry, changes: readonly Change[]) {
  const indexed = changes.map((change, index) => ({ ...change, index }));
  const set = indexed.filter(({ after }) => after !== undefined).map(({ index }) => `#${index} = :a${index}`);
  const remove = indexed.filter(({ after }) => after === undefined).map(({ index }) => `#${index}`);
  const conditions = indexed.map(({ before, index }) =>
    before === undefined ? `attribute_not_exists(#${index})` : `#${index} = :b${index}`,
  );
  const values = toAttributes(
    Object.fromEntries(
      indexed.flatMap(({ before, after, index }) => [
        [`:b${index}`, before],
        [`:a${index}`, after],
      ]),
    ),
  );
  return {
    Key: toAttributes({ id }),
    UpdateExpression: [
      set.length > 0 ? `SET ${set.join(', ')}` : '',
      remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
    ].join(' '),
    ConditionExpression: ['attribute_exists(id)', ...conditions].join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(
      indexed.map(({ attribute, index }) => [`#${index}`, attribute]),
    ),
    ExpressionAttributeValues: values,
  };
}
