import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { defined } from '../domain/base/defined.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { RecentMap } from '../domain/base/recent-map.ts';
import { dueShards, linePart } from '../domain/state/job/list-keys.ts';
import {
  type Holder,
  lateForMs,
  noteAgainMs,
  noteLateAgainMs,
  type Room,
  type WorkPlaces,
} from '../domain/state/limits/place.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { workPlaces } from './capabilities.ts';
import { conditionHeld, ifHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

const placeItem = z.object({
  id: z.string(),
  job: z.string(),
  token: z.int(),
  takenAt: z.int(),
  awaitedBy: z.optional(z.string()),
});

const unavailable = (cause: unknown): never => {
  throw new StoreUnavailableError('the places of a key could not be read or written', { cause });
};

/** No job has such an id. */
const placeIdOf = ({ id }: Room, number: number): string => `place/${id}/${number}`;
const lineIdOf = ({ id, running }: Room): string => `place-line/${id}/${running}`;
/** The lines are in parts of the index `due`, so that many keys are not one partition's. */
const linesPart = (part: number): string => `lines-${part}`;
const partOfRoom = ({ id }: Room): number => (Buffer.from(id).at(-1) ?? 0) % dueShards;

const sameHolder = 'job = :job AND #token = :token';
const tokenName = { '#token': 'token' };
const valuesOf = ({ job, token }: Holder) => ({ ':job': job, ':token': token });

const lateId = 'place-late';
const lateItem = z.object({ lateMs: z.int(), notedAt: z.int() });

/** How many lines an instance remembers. */
const maxKnownLines = 1_000;
const pageSize = 500;

/** An item of the jobs table for each place that is taken, and one for each line, behind the `WorkPlaces` port. */
export function dynamoDbWorkPlaces(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof workPlaces>,
): WorkPlaces {
  const noted = new RecentMap<string, number>(maxKnownLines);
  const key = (id: string) => ({ TableName, Key: toAttributes({ id }) });

  async function readPlaces(ids: readonly string[]) {
    const found: z.infer<typeof placeItem>[] = [];
    let Keys = ids.map((id) => toAttributes({ id }));
    while (Keys.length > 0) {
      const input = { RequestItems: { [TableName]: { Keys, ConsistentRead: true } } };
      const answer = await client.send(new BatchGetItemCommand(input)).catch(unavailable);
      found.push(
        ...(answer.Responses?.[TableName] ?? []).map((item) => placeItem.parse(fromAttributes(item))),
      );
      const left = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
      // A place that was not read is not free.
      if (left.length >= Keys.length) unavailable('no place was read');
      Keys = left;
    }
    return found;
  }

  const query = async (dueKey: string, limit: number, after?: Record<string, unknown>) => {
    const command = new QueryCommand({
      ...{ TableName, IndexName: 'due', KeyConditionExpression: 'dueKey = :key', Limit: limit },
      ExpressionAttributeValues: toAttributes({ ':key': dueKey }),
      ...defined({ ExclusiveStartKey: after as Parameters<typeof fromAttributes>[0] | undefined }),
    });
    const { Items = [], LastEvaluatedKey: next } = await client.send(command).catch(unavailable);
    return { entries: Items.map(fromAttributes), next };
  };

  return {
    async look(room) {
      const ids = Array.from({ length: room.running }, (_, number) => placeIdOf(room, number));
      const found = new Map((await readPlaces(ids)).map((item) => [item.id, item]));
      return ids.map((id, number) => {
        const item = found.get(id);
        return item
          ? { number, holder: { job: item.job, token: item.token }, takenAt: item.takenAt }
          : { number };
      });
    },

    async put(room, { number, holder }, taker) {
      // The answer to a request before may have been lost.
      const isOwn = '(job = :newJob AND #token = :newToken)';
      const command = new UpdateItemCommand({
        ...key(placeIdOf(room, number)),
        UpdateExpression: 'SET job = :newJob, #token = :newToken, takenAt = :now',
        ConditionExpression: `${holder ? `(${sameHolder})` : 'attribute_not_exists(job)'} OR ${isOwn}`,
        ExpressionAttributeNames: tokenName,
        ExpressionAttributeValues: toAttributes({
          ...{ ':newJob': taker.job, ':newToken': taker.token, ':now': taker.now },
          ...(holder ? valuesOf(holder) : {}),
        }),
      });
      return conditionHeld(client.send(command), unavailable);
    },

    async leave(room, number, holder) {
      const command = new DeleteItemCommand({
        ...key(placeIdOf(room, number)),
        ConditionExpression: sameHolder,
        ExpressionAttributeNames: tokenName,
        ExpressionAttributeValues: toAttributes(valuesOf(holder)),
        ReturnValues: 'ALL_OLD',
      });
      const answer = await ifHeld(client.send(command), unavailable);
      if (!answer) return undefined;
      const { awaitedBy } = placeItem.parse(fromAttributes(answer.Attributes ?? {}));
      return defined({ awaitedBy });
    },

    async awaitLeave(room, { number, holder }, job) {
      if (!holder) return false;
      const command = new UpdateItemCommand({
        ...key(placeIdOf(room, number)),
        UpdateExpression: 'SET awaitedBy = :waits',
        ConditionExpression: sameHolder,
        ExpressionAttributeNames: tokenName,
        ExpressionAttributeValues: toAttributes({ ...valuesOf(holder), ':waits': job }),
      });
      return conditionHeld(client.send(command), unavailable);
    },

    async first(room, atMost) {
      const { entries } = await query(linePart(room.id), atMost);
      return entries.map(({ id }) => String(id));
    },

    async noteLine(room, now) {
      const id = lineIdOf(room);
      if ((noted.get(id) ?? 0) > now - noteAgainMs) return;
      const command = new UpdateItemCommand({
        ...key(id),
        UpdateExpression: 'SET dueKey = :part, lookAt = :now',
        ExpressionAttributeValues: toAttributes({ ':part': linesPart(partOfRoom(room)), ':now': now }),
      });
      await client.send(command).catch(unavailable);
      noted.set(id, now);
    },

    async lines(part) {
      const found: { room: Room; notedAt: number }[] = [];
      let next: Record<string, unknown> | undefined;
      do {
        const page = await query(linesPart(part), pageSize, next);
        for (const { id, lookAt } of page.entries) {
          const [, room = '', running] = String(id).split('/');
          found.push({ room: { id: room, running: Number(running) }, notedAt: Number(lookAt) });
        }
        next = page.next;
      } while (next);
      return found;
    },

    async noteLate(lateMs, now) {
      if ((noted.get(lateId) ?? 0) > now - noteLateAgainMs) return;
      const command = new UpdateItemCommand({
        ...key(lateId),
        UpdateExpression: 'SET lateMs = :lateMs, notedAt = :now, expiresAt = :expiresAt',
        ExpressionAttributeValues: toAttributes({
          ...{ ':lateMs': lateMs, ':now': now },
          ':expiresAt': Math.ceil((now + lateForMs + 3_600_000) / 1000),
        }),
      });
      await client.send(command).catch(unavailable);
      noted.set(lateId, now);
    },

    async late(now) {
      const input = { RequestItems: { [TableName]: { Keys: [toAttributes({ id: lateId })] } } };
      const { Responses } = await client.send(new BatchGetItemCommand(input)).catch(unavailable);
      const [Item] = Responses?.[TableName] ?? [];
      if (!Item) return 0;
      const { lateMs, notedAt } = lateItem.parse(fromAttributes(Item));
      return notedAt > now - lateForMs ? lateMs : 0;
    },

    async forgetLine({ room, notedAt }) {
      const command = new DeleteItemCommand({
        ...key(lineIdOf(room)),
        ConditionExpression: 'lookAt = :notedAt',
        ExpressionAttributeValues: toAttributes({ ':notedAt': notedAt }),
      });
      await conditionHeld(client.send(command), unavailable);
    },
  };
}
