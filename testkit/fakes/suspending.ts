import type { Suspensions } from '../../shared/domain/access/ports.ts';

/** A list of suspended tenants that a test changes. */
export const suspending = (...tenants: readonly string[]) => {
  const suspended = new Set(tenants);
  const suspensions: Suspensions = { isSuspended: async (tenant) => suspended.has(tenant) };
  return { suspended, suspensions };
};
