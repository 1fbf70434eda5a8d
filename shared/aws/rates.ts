import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Arrivals, Rates } from '../domain/access/ports.ts';
import {
  distanceOf,
  fitting,
  latestBefore,
  latestCharged,
  microsOf,
  overAt,
  rateExpiresAt,
} from '../domain/access/rate.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { keyPartOf, tenantKeyOf } from '../domain/base/tenant-key.ts';
import { arrivalTimes, type Move } from './arrival-times.ts';
import type { countRequests, jobTable, jobTableWithMessages } from './capabilities.ts';
import type { Granted } from './environment.ts';

type Of = Pick<Arrivals, 'tenant' | 'limit' | 'host'>;

/** No job has such an id. The rate of jobs was there before others were. */
const idOf = ({ tenant, limit, host }: Of): string =>
  [
    limit === 'jobsPerMinute' ? 'job-rate' : `rate/${limit}`,
    tenantKeyOf(tenant),
    ...(host === undefined ? [] : [keyPartOf(host)]),
  ].join('/');

/** Others may change the rate between a write and the read after it. Each of them has let something in. */
const maxTries = 5;
const busy = 'the rate of a tenant was changed by others again and again';

/**
 * One item of the jobs table for each tenant with a limit, and each limit, behind the `Rates` port: nobody who can be
 * called may write the access table. It is in no index, and TTL removes it an hour after all that it remembers.
 */
export function dynamoDbRates(
  client: DynamoDBClient,
  {
    TABLE_NAME: TableName,
  }: Granted<typeof jobTable> | Granted<typeof jobTableWithMessages> | Granted<typeof countRequests>,
): Rates {
  const unavailable = (cause: unknown): never => {
    throw new StoreUnavailableError('the rate of a tenant could not be read or written', { cause });
  };
  const times = arrivalTimes(client, TableName, unavailable);
  const read = (of: Of) => times.read(idOf(of));
  const move = (rate: Arrivals, by: Pick<Move, 'added' | 'latest'>, windows: 1 | 2) =>
    times.move(idOf(rate), {
      ...by,
      from: microsOf(rate.now),
      over: overAt(rate),
      expiresAt: rateExpiresAt(rate, windows),
    });

  return {
    read,
    async take(arrivals) {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = times.known(idOf(arrivals));
        const taken = fitting(before, arrivals);
        if (taken === 0) return { taken, arrivesAt: before };
        const [added, latest] = [distanceOf(taken, arrivals), latestBefore(taken, arrivals)];
        const moved = await move(arrivals, { added, latest }, 1);
        if (moved) return { taken, arrivesAt: moved.arrivesAt };
        await read(arrivals);
      }
      throw new StoreUnavailableError(busy);
    },
    async charge(arrivals) {
      const end = latestCharged(arrivals);
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = Math.max(times.known(idOf(arrivals)), microsOf(arrivals.now));
        // Others may charge at the same time. So it goes as far as there is room by what was seen last.
        const added = Math.min(distanceOf(arrivals.wanted, arrivals), end - before);
        if (added <= 0) return;
        if (await move(arrivals, { added, latest: end - added }, 2)) return;
        await read(arrivals);
      }
      throw new StoreUnavailableError(busy);
    },
  };
}
