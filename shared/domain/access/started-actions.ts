import * as z from 'zod/mini';
import { asRead } from '../base/condition.ts';
import { type Kind, type Records, secondsOf } from '../base/records.ts';
import { dayMs } from '../base/schedule-time.ts';
import { tenantKeyOf } from '../base/tenant-key.ts';

/** A bulk action that was let in. */
export interface StartedAction {
  /** That of its job. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The bulk actions of tenants with a limit on them, as far as they were unfinished lately. Every call @throws
 * StoreUnavailableError
 */
export interface StartedActions {
  /** @returns also how often they were changed; a consistent read */
  read(tenant: string): Promise<{ readonly changes: number; readonly actions: readonly StartedAction[] }>;
  /** @returns false, without a change, if they were changed since they were read */
  replace(
    tenant: string,
    next: { readonly changes: number; readonly actions: readonly StartedAction[]; readonly now: number },
  ): Promise<boolean>;
}

export const startedActionsKind = {
  id: 'bulk-actions/<tenant>',
  has: 'unfinished bulk actions of a tenant with a limit on them',
  expires: '90 days after the last one',
} as const satisfies Kind;

const idOf = (tenant: string): string => `bulk-actions/${tenantKeyOf(tenant)}`;
const keptMs = 90 * dayMs;

const shape = z.object({
  changes: z._default(z.int(), 0),
  actions: z._default(z.array(z.object({ id: z.string(), at: z.int() })), []),
});

/** One item for each tenant with the limit. */
export const startedActionsIn = (records: Records<'bulk-actions'>): StartedActions => ({
  read: async (tenant) => shape.parse((await records.read(idOf(tenant), 'read bulk actions')) ?? {}),
  replace: async (tenant, { changes, actions, now }) => {
    const { held } = await records.write(idOf(tenant), {
      name: 'replace bulk actions',
      set: {
        actions: actions.map(({ id, at }) => ({ id, at })),
        changes: changes + 1,
        expiresAt: secondsOf(now + keptMs),
      },
      when: [[asRead('changes', changes || undefined)]],
    });
    return held;
  },
});
