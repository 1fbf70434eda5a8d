import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import {
  intervalOf,
  latestBefore,
  microsOf,
  type Rate,
  rateWindowSeconds,
  roomFor,
} from '../domain/access/job-rate.ts';
import type { JobRates } from '../domain/access/ports.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { tenantKeyOf } from '../domain/base/tenant-key.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import type { jobTable } from './capabilities.ts';
import type { Granted } from './environment.ts';

/** No job has such an id. */
const keyOf = (tenant: string) => toAttributes({ id: `job-rate/${tenantKeyOf(tenant)}` });

const rateItem = z.object({ arrivesAt: z._default(z.number(), 0) });

/** Others may change the rate between a write and the read after it. Each of them has let jobs in. */
const maxTries = 5;
/** Of how many tenants an instance remembers the rate. */
const maxKnown = 1_000;
/** TTL may be late, and the clocks of functions differ. */
const expiresAfterSeconds = rateWindowSeconds + 3_600;

/**
 * One item of the jobs table for each tenant with a limit, behind the `JobRates` port: nobody who can be called may write the access
 * table. It is in no index, and TTL removes it an hour after the last job.
 *
 * DynamoDB cannot write the later one of two times. So one write is for a time that is ahead, which it moves on, and another one for a
 * time that is over, which it replaces. An instance remembers the time that it has seen last, and so takes the right one nearly always. The
 * time never goes back: with no room by what is remembered there is none, and that costs no call.
 */
export function dynamoDbJobRates(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof jobTable>,
): JobRates {
  /** In the order in which they were seen. */
  const known = new Map<string, number>();
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the rate of a tenant could not be read or written', { cause });
  };

  function remember(tenant: string, arrivesAt: number): number {
    known.delete(tenant);
    known.set(tenant, arrivesAt);
    const [oldest] = known.keys();
    if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
    return arrivesAt;
  }

  async function read(tenant: string): Promise<number> {
    const input = { TableName, Key: keyOf(tenant), ConsistentRead: true };
    const { Item = {} } = await client.send(new GetItemCommand(input)).catch(unavailable);
    return remember(tenant, rateItem.parse(fromAttributes(Item)).arrivesAt);
  }

  /** @returns undefined if the condition did not hold */
  async function write(tenant: string, jobs: number, rate: Rate): Promise<number | undefined> {
    const isAhead = (known.get(tenant) ?? 0) > microsOf(rate.now);
    const added = jobs * intervalOf(rate.perMinute);
    const input = {
      TableName,
      Key: keyOf(tenant),
      UpdateExpression: `SET arrivesAt = ${isAhead ? 'arrivesAt + :added' : ':fresh'}, expiresAt = :expiresAt`,
      ConditionExpression: isAhead
        ? 'arrivesAt > :now AND arrivesAt <= :latest'
        : 'attribute_not_exists(arrivesAt) OR arrivesAt <= :now',
      ExpressionAttributeValues: toAttributes({
        ':now': microsOf(rate.now),
        ':expiresAt': Math.ceil(rate.now / 1000) + expiresAfterSeconds,
        ...(isAhead
          ? { ':added': added, ':latest': latestBefore(jobs, rate) }
          : { ':fresh': microsOf(rate.now) + added }),
      }),
      ReturnValues: 'UPDATED_NEW' as const,
    };
    try {
      const { Attributes = {} } = await client.send(new UpdateItemCommand(input));
      return remember(tenant, rateItem.parse(fromAttributes(Attributes)).arrivesAt);
    } catch (cause) {
      return cause instanceof ConditionalCheckFailedException ? undefined : unavailable(cause);
    }
  }

  return {
    read,
    async take({ tenant, wanted, ...rate }) {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = known.get(tenant) ?? 0;
        const taken = Math.min(wanted, roomFor(before, rate));
        if (taken === 0) return { taken, arrivesAt: before };
        const arrivesAt = await write(tenant, taken, rate);
        if (arrivesAt !== undefined) return { taken, arrivesAt };
        await read(tenant);
      }
      throw new StoreUnavailableError('the rate of a tenant was changed by others again and again');
    },
  };
}
