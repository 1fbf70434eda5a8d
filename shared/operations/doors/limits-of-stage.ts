import type { SetLimits } from '../../domain/access/limits.ts';
import type { AccessStore, Rates } from '../../domain/access/ports.ts';
import { suspendedTenants } from '../../domain/access/suspended-tenants.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import { TenantDoor } from './tenant-door.ts';

interface Given {
  readonly store: AccessStore;
  readonly rates: Rates;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What a function knows of the limits of tenants: who is suspended, which limits hold, and the door that holds those of
 * requests and jobs. It reads the list of the tenants once for all three.
 */
export function limitsOfStage(env: { readonly LIMITS: SetLimits }, { rates, ...given }: Given) {
  const suspensions = suspendedTenants(given);
  const limiting = { limits: suspensions, stageLimits: env.LIMITS, clock: given.clock };
  return { suspensions, limiting, door: new TenantDoor({ ...limiting, rates }) };
}
