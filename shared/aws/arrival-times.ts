import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { RecentMap } from '../domain/base/recent-map.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { ifHeld } from './conditional-write.ts';

/** A move of a theoretical arrival time. Times are in epoch microseconds. */
export interface Move {
  /** What is over begins anew there. */
  readonly from: number;
  /** It is over if it is not later than this. By default `from`. */
  readonly over?: number;
  /** How far it goes on. */
  readonly added: number;
  /** It goes on if it is not later than this. */
  readonly latest: number;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** A time, and how many moves of it have been taken back. */
const arrival = z.object({ arrivesAt: z._default(z.number(), 0), givenBack: z._default(z.number(), 0) });
export type ArrivalTime = z.infer<typeof arrival>;
type Attributes = Parameters<typeof fromAttributes>[0];

/** How many times an instance remembers. */
const maxKnown = 1_000;

/** Theoretical arrival times (GCRA), each an item of the jobs table, in no index. */
export interface ArrivalTimes {
  /** The time as this process has seen it last; 0 if it has not. */
  known(id: string): number;
  /** @returns 0 if there is none. @throws whatever `unavailable` does */
  read(id: string): Promise<number>;
  /** Notes the time that an item has after a write. */
  remember(id: string, attributes: Attributes | undefined): ArrivalTime;
  /**
   * @returns the time after it; undefined if it was too late, or if what this process knew of it was outdated: read it
   * then
   */
  move(id: string, move: Move): Promise<ArrivalTime | undefined>;
}

/**
 * DynamoDB cannot write the later one of two times. So one write is for a time that is ahead, which it moves on, and
 * another one for a time that is over, which it replaces. An instance remembers the time that it has seen last, and so
 * takes the right one nearly always. With no room by what is remembered there is none, and that costs no call: the time
 * goes back only by what is given back.
 */
export function arrivalTimes(
  client: DynamoDBClient,
  TableName: string,
  unavailable: (cause: unknown) => never,
): ArrivalTimes {
  const known = new RecentMap<string, number>(maxKnown);

  function remember(id: string, attributes: Attributes = {}): ArrivalTime {
    const now = arrival.parse(fromAttributes(attributes));
    known.set(id, now.arrivesAt);
    return now;
  }

  return {
    known: (id) => known.get(id) ?? 0,
    remember,

    async read(id) {
      const input = { TableName, Key: toAttributes({ id }), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(unavailable);
      return remember(id, Item).arrivesAt;
    },

    async move(id, { from, over = from, added, latest, expiresAt }) {
      const isAhead = (known.get(id) ?? 0) > over;
      const input = {
        TableName,
        Key: toAttributes({ id }),
        UpdateExpression: `SET arrivesAt = ${isAhead ? 'arrivesAt + :added' : ':fresh'}, expiresAt = :expiresAt`,
        ConditionExpression: isAhead
          ? 'arrivesAt > :over AND arrivesAt <= :latest'
          : 'attribute_not_exists(arrivesAt) OR arrivesAt <= :over',
        ExpressionAttributeValues: toAttributes({
          ':over': over,
          ':expiresAt': expiresAt,
          ...(isAhead ? { ':added': added, ':latest': latest } : { ':fresh': from + added }),
        }),
        ReturnValues: 'ALL_NEW' as const,
      };
      const answer = await ifHeld(client.send(new UpdateItemCommand(input)), unavailable);
      return answer && remember(id, answer.Attributes);
    },
  };
}
