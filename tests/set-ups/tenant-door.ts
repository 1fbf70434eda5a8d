import type { SetLimits } from '../../shared/domain/access/limits.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { ShareDoor } from '../../shared/operations/doors/share-door.ts';
import { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import { JobsDoor } from '../../shared/operations/submit/jobs-door.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobCounts } from '../../testkit/fakes/in-memory-job-counts.ts';
import { inMemoryRates } from '../../testkit/fakes/in-memory-rates.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';

/** The door of a stage with these limits. A test sets the limits of single tenants in the map. @param items the jobs of the stage */
export function aDoor(
  stageLimits: SetLimits = {},
  clock = new FixedClock(),
  items: ReadonlyMap<string, JobItem> = new Map(),
) {
  const rates = inMemoryRates();
  const own = new Map<string, SetLimits>();
  const limits = { limitsOf: async (tenant: string) => own.get(tenant) ?? {} };
  const counts = new InMemoryJobCounts(items);
  const door = new TenantDoor({ limits, stageLimits, rates, clock });
  const jobsDoor = new JobsDoor({ limits, stageLimits, door, counts, clock });
  const log = recordedLog();
  const shareDoor = new ShareDoor({ limits, stageLimits, rates, clock, log });
  return { door, jobsDoor, shareDoor, log, rates, counts, own, clock };
}
