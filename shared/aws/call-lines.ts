import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { RecentMap } from '../domain/base/recent-map.ts';
import { keyPartOf } from '../domain/base/tenant-key.ts';
import {
  type CallLine,
  freshLine,
  lineExpiresAt,
  type StartRates,
} from '../domain/state/limits/start-rate.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { conditionHeld } from './conditional-write.ts';

const lineItem = z.object({
  nextAt: z.int(),
  tookMs: z._default(z.int(), 0),
  heldBy: z.optional(z.string()),
});

/** How many lines an instance remembers. */
const maxKnown = 1_000;

/**
 * The strict lines of a key, an item of the jobs table each, in no index: the part of the `StartRates` port that is
 * about calls.
 */
export function callLines(
  client: DynamoDBClient,
  TableName: string,
  unavailable: (cause: unknown) => never,
): Pick<StartRates, 'beginCall' | 'endCall' | 'callLine'> {
  const known = new RecentMap<string, CallLine>(maxKnown);
  /** No job has such an id. */
  const keyOf = (key: string) => toAttributes({ id: `call-line/${keyPartOf(key)}` });

  async function read(key: string): Promise<CallLine> {
    const input = { TableName, Key: keyOf(key), ConsistentRead: true };
    const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
    const item = Item && lineItem.parse(fromAttributes(Item));
    const found = item
      ? { nextAt: item.nextAt, tookMs: item.tookMs, isBusy: item.heldBy !== undefined }
      : freshLine;
    known.set(key, found);
    return found;
  }

  const callLine = (key: string) => known.get(key) ?? freshLine;

  return {
    callLine,

    async beginCall(key, { id, now, heldUntil }) {
      // A read costs less than a write that is refused.
      if (callLine(key).nextAt > now && (await read(key)).nextAt > now) return false;
      const command = new UpdateItemCommand({
        TableName,
        Key: keyOf(key),
        UpdateExpression: 'SET nextAt = :until, heldBy = :id, expiresAt = :expiresAt',
        // A request that is carried out twice finds its own call; once that has ended, the line goes on later than the
        // request was made.
        ConditionExpression: 'attribute_not_exists(nextAt) OR nextAt <= :now OR heldBy = :id',
        ExpressionAttributeValues: toAttributes({
          ...{ ':id': id, ':now': now, ':until': heldUntil },
          ':expiresAt': lineExpiresAt(heldUntil),
        }),
      });
      const hasBegun = await conditionHeld(client.send(command), unavailable);
      if (hasBegun) known.set(key, { ...callLine(key), nextAt: heldUntil, isBusy: true });
      else await read(key);
      return hasBegun;
    },

    async endCall(key, id, { nextAt, tookMs }) {
      const command = new UpdateItemCommand({
        TableName,
        Key: keyOf(key),
        UpdateExpression: 'SET nextAt = :nextAt, tookMs = :tookMs, expiresAt = :expiresAt REMOVE heldBy',
        ConditionExpression: 'heldBy = :id',
        ExpressionAttributeValues: toAttributes({
          ...{ ':id': id, ':nextAt': nextAt, ':tookMs': tookMs },
          ':expiresAt': lineExpiresAt(nextAt),
        }),
      });
      if (await conditionHeld(client.send(command), unavailable))
        known.set(key, { nextAt, tookMs, isBusy: false });
    },
  };
}
