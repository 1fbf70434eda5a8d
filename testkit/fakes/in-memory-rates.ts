import type { Arrivals, Rates } from '../../shared/domain/access/ports.ts';
import {
  baseOf,
  distanceOf,
  fitting,
  latestCharged,
  microsOf,
  rateExpiresAt,
} from '../../shared/domain/access/rate.ts';
import { ExpiringMap } from './expiring-map.ts';

type Of = Pick<Arrivals, 'tenant' | 'limit' | 'host'>;
const keyOf = ({ tenant, limit, host }: Of): string => JSON.stringify([limit, tenant, host]);

/** The rates as a map of theoretical arrival times. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryRates implements Rates {
  readonly arrivals = new ExpiringMap<number>();
  /** How many have come in, in all. */
  taken = 0;

  async take(rate: Arrivals): ReturnType<Rates['take']> {
    const before = this.arrivals.get(keyOf(rate)) ?? 0;
    const taken = fitting(before, rate);
    if (taken === 0) return { taken, arrivesAt: before };
    const arrivesAt = baseOf(before, rate) + distanceOf(taken, rate);
    this.arrivals.keep(keyOf(rate), arrivesAt, rateExpiresAt(rate, 1));
    this.taken += taken;
    return { taken, arrivesAt };
  }

  async charge(rate: Arrivals): Promise<void> {
    const before = Math.max(this.arrivals.get(keyOf(rate)) ?? 0, microsOf(rate.now));
    const end = latestCharged(rate);
    if (before >= end) return;
    const arrivesAt = Math.min(before + distanceOf(rate.wanted, rate), end);
    this.arrivals.keep(keyOf(rate), arrivesAt, rateExpiresAt(rate, 2));
  }

  async read(of: Of): Promise<number> {
    return this.arrivals.get(keyOf(of)) ?? 0;
  }
}
