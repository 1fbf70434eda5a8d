import { StoreUnavailableError } from '../base/errors.ts';
import type { Kind, Records } from '../base/records.ts';
import { keyPartOf, tenantKeyOf } from '../base/tenant-key.ts';
import { arrivalTimes, type Move } from './arrival-times.ts';
import type { Arrivals, Rates } from './ports.ts';
import { distanceOf, fitting, latestBefore, latestCharged, microsOf, overAt, rateExpiresAt } from './rate.ts';

export const ratesKind = {
  id: 'job-rate/<tenant>, rate/<limit>/<tenant>, rate/<limit>/<tenant>/<host>',
  has: 'how fast the calls of a tenant with a [limit](limits.md) come in',
  expires: 'an hour after all that it remembers',
} as const satisfies Kind;

type Of = Pick<Arrivals, 'tenant' | 'limit' | 'host'>;

/** The rate of jobs was there before others were. */
export const rateIdOf = ({ tenant, limit, host }: Of): string =>
  [
    limit === 'jobsPerMinute' ? 'job-rate' : `rate/${limit}`,
    tenantKeyOf(tenant),
    ...(host === undefined ? [] : [keyPartOf(host)]),
  ].join('/');

/** Others may change the rate between a write and the read after it. Each of them has let something in. */
const maxTries = 5;
const busy = 'the rate of a tenant was changed by others again and again';

/**
 * One item for each tenant with a limit, and each limit, behind the `Rates` port: nobody who can be called may write
 * the access table.
 */
export function ratesIn(records: Records<'rate'>): Rates {
  const times = arrivalTimes(records);
  const read = (of: Of) => times.read(rateIdOf(of), 'read a rate');
  const move = (rate: Arrivals, by: Pick<Move, 'name' | 'added' | 'latest'>, windows: 1 | 2) =>
    times.move(rateIdOf(rate), {
      ...by,
      from: microsOf(rate.now),
      over: overAt(rate),
      expiresAt: rateExpiresAt(rate, windows),
    });

  return {
    read,
    async take(arrivals) {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = times.known(rateIdOf(arrivals));
        const taken = fitting(before, arrivals);
        if (taken === 0) return { taken, arrivesAt: before };
        const [added, latest] = [distanceOf(taken, arrivals), latestBefore(taken, arrivals)];
        const moved = await move(arrivals, { name: 'let jobs in', added, latest }, 1);
        if (moved) return { taken, arrivesAt: moved.arrivesAt };
        await read(arrivals);
      }
      throw new StoreUnavailableError(busy);
    },
    async charge(arrivals) {
      const end = latestCharged(arrivals);
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const before = Math.max(times.known(rateIdOf(arrivals)), microsOf(arrivals.now));
        // Others may charge at the same time. So it goes as far as there is room by what was seen last.
        const added = Math.min(distanceOf(arrivals.wanted, arrivals), end - before);
        if (added <= 0) return;
        if (await move(arrivals, { name: 'charge a rate', added, latest: end - added }, 2)) return;
        await read(arrivals);
      }
      throw new StoreUnavailableError(busy);
    },
  };
}
