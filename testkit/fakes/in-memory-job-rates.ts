import { intervalOf, microsOf, roomFor } from '../../shared/domain/access/job-rate.ts';
import type { Arrivals, JobRates } from '../../shared/domain/access/ports.ts';

/** The rates as a map of theoretical arrival times. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryJobRates implements JobRates {
  readonly arrivals = new Map<string, number>();
  /** How many jobs have come in, in all. */
  taken = 0;

  async take({ tenant, wanted, ...rate }: Arrivals): ReturnType<JobRates['take']> {
    const before = this.arrivals.get(tenant) ?? 0;
    const taken = Math.min(wanted, roomFor(before, rate));
    if (taken === 0) return { taken, arrivesAt: before };
    const arrivesAt = Math.max(before, microsOf(rate.now)) + taken * intervalOf(rate.perMinute);
    this.arrivals.set(tenant, arrivesAt);
    this.taken += taken;
    return { taken, arrivesAt };
  }

  async read(tenant: string): Promise<number> {
    return this.arrivals.get(tenant) ?? 0;
  }
}
