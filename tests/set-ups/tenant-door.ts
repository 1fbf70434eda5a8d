import type { SetLimits } from '../../shared/domain/access/limits.ts';
import { TenantDoor } from '../../shared/operations/tenant-door.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryRates } from '../../testkit/fakes/in-memory-rates.ts';

/** The door of a stage with these limits. A test sets the limits of single tenants in the map. */
export function aDoor(stageLimits: SetLimits = {}, clock = new FixedClock()) {
  const rates = new InMemoryRates();
  const own = new Map<string, SetLimits>();
  const limits = { limitsOf: async (tenant: string) => own.get(tenant) ?? {} };
  return { door: new TenantDoor({ limits, stageLimits, rates, clock }), rates, own, clock };
}
