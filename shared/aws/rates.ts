import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { limits, type RateName } from '../domain/access/limits.ts';
import type { Arrivals, Rates } from '../domain/access/ports.ts';
import { distanceOf, fitting, latestBefore, latestCharged, microsOf } from '../domain/access/rate.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { RecentMap } from '../domain/base/recent-map.ts';
import { tenantKeyOf } from '../domain/base/tenant-key.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { countRequests, jobTable, jobTableWithMessages } from './capabilities.ts';
import { ifHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

/** A move of the theoretical arrival time. Times are in microseconds. */
interface Move {
  /** How far it goes on. */
  readonly added: number;
  /** It goes on if it is not later than this. */
  readonly latest: number;
  /** How many windows ahead it may then be. */
  readonly windows: 1 | 2;
}

type Of = Pick<Arrivals, 'tenant' | 'limit' | 'host'>;

/** No job has such an id. The rate of jobs was there before others were. */
const idOf = ({ tenant, limit, host }: Of): string =>
  [
    limit === 'jobsPerMinute' ? 'job-rate' : `rate/${limit}`,
    tenantKeyOf(tenant),
    // A host may be of any length.
    ...(host === undefined ? [] : [tenantKeyOf(host)]),
  ].join('/');

const rateItem = z.object({ arrivesAt: z._default(z.number(), 0) });

/** Others may change the rate between a write and the read after it. Each of them has let something in. */
const maxTries = 5;
const busy = 'the rate of a tenant was changed by others again and again';
/** How many rates an instance remembers. */
const maxKnown = 1_000;
/** TTL may be late, and the clocks of functions differ. */
const expiresAfterSeconds = (limit: RateName, windows: number): number =>
  windows * limits[limit].windowSeconds + 3_600;

/**
 * One item of the jobs table for each tenant with a limit, and each limit, behind the `Rates` port: nobody who can be called may write the
 * access table. It is in no index, and TTL removes it an hour after all that it remembers.
 *
 * DynamoDB cannot write the later one of two times. So one write is for a time that is ahead, which it moves on, and another one for a
 * time that is over, which it replaces. An instance remembers the time that it has seen last, and so takes the right one nearly always. The
 * time never goes back: with no room by what is remembered there is none, and that costs no call.
 */
export function dynamoDbRates(
  client: DynamoDBClient,
  {
    TABLE_NAME: TableName,
  }: Granted<typeof jobTable> | Granted<typeof jobTableWithMessages> | Granted<typeof countRequests>,
): Rates {
  /** By the id of the item. */
  const known = new RecentMap<string, number>(maxKnown);
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the rate of a tenant could not be read or written', { cause });
  };

  function remember(id: string, arrivesAt: number): number {
    known.set(id, arrivesAt);
    return arrivesAt;
  }

  async function read(of: Of): Promise<number> {
    const id = idOf(of);
    const input = { TableName, Key: toAttributes({ id }), ConsistentRead: true };
    const { Item = {} } = await client.send(new GetItemCommand(input)).catch(unavailable);
    return remember(id, rateItem.parse(fromAttributes(Item)).arrivesAt);
  }

  /** @returns undefined if the condition did not hold */
  async function move(rate: Arrivals, { added, latest, windows }: Move): Promise<number | undefined> {
    const id = idOf(rate);
    const isAhead = (known.get(id) ?? 0) > microsOf(rate.now);
    const input = {
      TableName,
      Key: toAttributes({ id }),
      UpdateExpression: `SET arrivesAt = ${isAhead ? 'arrivesAt + :added' : ':fresh'}, expiresAt = :expiresAt`,
      ConditionExpression: isAhead
        ? 'arrivesAt > :now AND arrivesAt <= :latest'
        : 'attribute_not_exists(arrivesAt) OR arrivesAt <= :now',
      ExpressionAttributeValues: toAttributes({
        ':now': microsOf(rate.now),
        ':expiresAt': Math.ceil(rate.now / 1000) + expiresAfterSeconds(rate.limit, windows),
        ...(isAhead ? { ':added': added, ':latest': latest } : { ':fresh': microsOf(rate.now) + added }),
      }),
      ReturnValues: 'UPDATED_NEW' as const,
    };
    const answer = await ifHeld(client.send(new UpdateItemCommand(input)), unavailable);
    return answer && remember(id, rateItem.parse(fromAttributes(answer.Attributes ?? {})).arrivesAt);
  }

  return {
    read,
    async take(arrivals) {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = known.get(idOf(arrivals)) ?? 0;
        const taken = fitting(before, arrivals);
        if (taken === 0) return { taken, arrivesAt: before };
        const [added, latest] = [distanceOf(taken, arrivals), latestBefore(taken, arrivals)];
        const arrivesAt = await move(arrivals, { added, latest, windows: 1 });
        if (arrivesAt !== undefined) return { taken, arrivesAt };
        await read(arrivals);
      }
      throw new StoreUnavailableError(busy);
    },
    async charge(arrivals) {
      const end = latestCharged(arrivals);
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = Math.max(known.get(idOf(arrivals)) ?? 0, microsOf(arrivals.now));
        // Others may charge at the same time. So it goes as far as there is room by what was seen last.
        const added = Math.min(distanceOf(arrivals.wanted, arrivals), end - before);
        if (added <= 0) return;
        if ((await move(arrivals, { added, latest: end - added, windows: 2 })) !== undefined) return;
        await read(arrivals);
      }
      throw new StoreUnavailableError(busy);
    },
  };
}
