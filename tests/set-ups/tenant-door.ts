import { TenantDoor } from '../../shared/operations/tenant-door.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobRates } from '../../testkit/fakes/in-memory-job-rates.ts';

/** The door of a stage with this limit. A test sets the limits of single tenants in the map. */
export function aDoor(jobsPerMinute: number | 'none' = 'none', clock = new FixedClock()) {
  const rates = new InMemoryJobRates();
  const own = new Map<string, number | 'none'>();
  const limits = { jobsPerMinuteOf: async (tenant: string) => own.get(tenant) };
  return { door: new TenantDoor({ limits, jobsPerMinute, rates, clock }), rates, own, clock };
}
