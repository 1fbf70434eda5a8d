import type { Suspensions } from '../../domain/access/ports.ts';
import { TenantSuspendedError } from '../../domain/base/errors.ts';

/** What every operation needs that starts new work. */
export interface MaySuspend {
  readonly suspensions: Suspensions;
}

/** @throws TenantSuspendedError */
export async function refuseSuspended(tenant: string, { suspensions }: MaySuspend): Promise<void> {
  if (await suspensions.isSuspended(tenant))
    throw new TenantSuspendedError('The tenant is suspended: nothing new is started for it.');
}
