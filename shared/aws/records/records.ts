import {
  type AttributeValue,
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type {
  Answer,
  DeletableRecords,
  Fields,
  ManyRecords,
  RecordDelete,
  RecordReader,
  Records,
  RecordUpdate,
} from '../../domain/base/records.ts';
import type { NamesGranted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { ifHeld } from './conditional-write.ts';
import { expressionsOf } from './expressions.ts';

/** Which kinds each capability lets its functions write: the rights of some are for one alone. */
interface Writable {
  readonly jobTable: string;
  readonly jobTableWithMessages: string;
  readonly watchState: 'watch';
  readonly passState: 'stuck-jobs';
  readonly countRequests: 'rate';
  readonly countWaits: 'waits';
  readonly workPlaces: 'place';
}

/** The same, of reads. */
interface Readable extends Writable {
  readonly readJobs: string;
}

/** The same, of reads of several items at once, and of deletes. */
interface Placed {
  readonly workPlaces: 'place';
}

type KindsOf<Rights, Env> = Rights[keyof Rights & NamesGranted<Env>];

interface Table {
  readonly TABLE_NAME: string;
}

/** @param name what was to be done */
export const unavailable = (name: string) => (cause: unknown) => {
  throw new StoreUnavailableError(`the table is out of reach: ${name}`, { cause });
};

/** The jobs table behind the `RecordReader` port: `GetItem` (consistent). */
export const dynamoDbRecordReader = <Env extends Table>(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Env,
): RecordReader<KindsOf<Readable, Env>> => ({
  async read(id, name) {
    const command = new GetItemCommand({ TableName, Key: toAttributes({ id }), ConsistentRead: true });
    const { Item } = await client.send(command).catch(unavailable(name));
    return Item && fromAttributes(Item);
  },
});

/** The same table behind the `ManyRecords` port: `BatchGetItem`. */
export const dynamoDbManyRecords = <Env extends Table>(
  client: DynamoDBClient,
  { TABLE_NAME }: Env,
): ManyRecords<KindsOf<Placed, Env>> => ({
  async readMany(ids, name, consistency = 'strong') {
    const found: Fields[] = [];
    let Keys = ids.map((id) => toAttributes({ id }));
    while (Keys.length > 0) {
      const command = new BatchGetItemCommand({
        RequestItems: { [TABLE_NAME]: { Keys, ConsistentRead: consistency === 'strong' } },
      });
      const answer = await client.send(command).catch(unavailable(name));
      found.push(...(answer.Responses?.[TABLE_NAME] ?? []).map(fromAttributes));
      const left = answer.UnprocessedKeys?.[TABLE_NAME]?.Keys ?? [];
      if (left.length >= Keys.length) unavailable(name)('the table has read none');
      Keys = left;
    }
    return found;
  },
});

/** The same table behind the `Records` port: also `UpdateItem`. */
export function dynamoDbRecords<Env extends Table>(
  client: DynamoDBClient,
  env: Env,
): Records<KindsOf<Writable, Env>> {
  return {
    ...dynamoDbRecordReader(client, env),
    write: async (id, write) =>
      answered(write.name, client.send(new UpdateItemCommand(inputOf(env, id, write)))),
  };
}

/** The same table behind the `DeletableRecords` port: also `DeleteItem`. */
export const dynamoDbDeletableRecords = <Env extends Table>(
  client: DynamoDBClient,
  env: Env,
): DeletableRecords<KindsOf<Placed, Env>> => ({
  ...dynamoDbRecords(client, env),
  delete: async (id, what) => answered(what.name, client.send(new DeleteItemCommand(inputOf(env, id, what)))),
});

const returnValues = { before: 'ALL_OLD', after: 'ALL_NEW' } as const;

const inputOf = ({ TABLE_NAME: TableName }: Table, id: string, write: RecordUpdate | RecordDelete) => ({
  TableName,
  Key: toAttributes({ id }),
  ...expressionsOf(write),
  ...(write.returns ? { ReturnValues: returnValues[write.returns] } : {}),
});

async function answered(
  name: string,
  sending: Promise<{ readonly Attributes?: Record<string, AttributeValue> | undefined }>,
): Promise<Answer> {
  const answer = await ifHeld(sending, unavailable(name));
  if (!answer) return { held: false };
  return answer.Attributes ? { held: true, item: fromAttributes(answer.Attributes) } : { held: true };
}
