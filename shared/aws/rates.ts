import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { limits, type RateName } from '../domain/access/limits.ts';
import type { Arrivals, Rates } from '../domain/access/ports.ts';
import { distanceOf, latestBefore, microsOf, roomFor } from '../domain/access/rate.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { tenantKeyOf } from '../domain/base/tenant-key.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable } from './capabilities.ts';
import type { Granted } from './environment.ts';

type Of = Pick<Arrivals, 'tenant' | 'limit'>;

/** No job has such an id. The rate of jobs was there before others were. */
const idOf = ({ tenant, limit }: Of): string =>
  `${limit === 'jobsPerMinute' ? 'job-rate' : `rate/${limit}`}/${tenantKeyOf(tenant)}`;

const rateItem = z.object({ arrivesAt: z._default(z.number(), 0) });

/** Others may change the rate between a write and the read after it. Each of them has let something in. */
const maxTries = 5;
/** How many rates an instance remembers. */
const maxKnown = 1_000;
/** TTL may be late, and the clocks of functions differ. */
const expiresAfterSeconds = (limit: RateName): number => limits[limit].windowSeconds + 3_600;

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
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): Rates {
  /** By the id of the item, in the order in which they were seen. */
  const known = new Map<string, number>();
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the rate of a tenant could not be read or written', { cause });
  };

  function remember(id: string, arrivesAt: number): number {
    known.delete(id);
    known.set(id, arrivesAt);
    const [oldest] = known.keys();
    if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
    return arrivesAt;
  }

  async function read(of: Of): Promise<number> {
    const id = idOf(of);
    const input = { TableName, Key: toAttributes({ id }), ConsistentRead: true };
    const { Item = {} } = await client.send(new GetItemCommand(input)).catch(unavailable);
    return remember(id, rateItem.parse(fromAttributes(Item)).arrivesAt);
  }

  /** @returns undefined if the condition did not hold */
  async function write(amount: number, rate: Arrivals): Promise<number | undefined> {
    const id = idOf(rate);
    const isAhead = (known.get(id) ?? 0) > microsOf(rate.now);
    const added = distanceOf(amount, rate);
    const input = {
      TableName,
      Key: toAttributes({ id }),
      UpdateExpression: `SET arrivesAt = ${isAhead ? 'arrivesAt + :added' : ':fresh'}, expiresAt = :expiresAt`,
      ConditionExpression: isAhead
        ? 'arrivesAt > :now AND arrivesAt <= :latest'
        : 'attribute_not_exists(arrivesAt) OR arrivesAt <= :now',
      ExpressionAttributeValues: toAttributes({
        ':now': microsOf(rate.now),
        ':expiresAt': Math.ceil(rate.now / 1000) + expiresAfterSeconds(rate.limit),
        ...(isAhead
          ? { ':added': added, ':latest': latestBefore(amount, rate) }
          : { ':fresh': microsOf(rate.now) + added }),
      }),
      ReturnValues: 'UPDATED_NEW' as const,
    };
    try {
      const { Attributes = {} } = await client.send(new UpdateItemCommand(input));
      return remember(id, rateItem.parse(fromAttributes(Attributes)).arrivesAt);
    } catch (cause) {
      return cause instanceof ConditionalCheckFailedException ? undefined : unavailable(cause);
    }
  }

  return {
    read,
    async take(arrivals) {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = known.get(idOf(arrivals)) ?? 0;
        const taken = Math.min(arrivals.wanted, roomFor(before, arrivals));
        if (taken === 0) return { taken, arrivesAt: before };
        const arrivesAt = await write(taken, arrivals);
        if (arrivesAt !== undefined) return { taken, arrivesAt };
        await read(arrivals);
      }
      throw new StoreUnavailableError('the rate of a tenant was changed by others again and again');
    },
  };
}
