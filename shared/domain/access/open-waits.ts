import * as z from 'zod/mini';
import { type Kind, type Records, secondsOf } from '../base/records.ts';
import { tenantKeyOf } from '../base/tenant-key.ts';

/** A request that waits for a job. */
export interface OpenWait {
  readonly id: string;
  /** It does not count from then on, epoch milliseconds: it has crashed. */
  readonly until: number;
}

/** The waits that tenants with a limit on them have open. Every call @throws StoreUnavailableError */
export interface OpenWaits {
  /** Adds a wait, if there are fewer than `max` then. @returns whether it did */
  add(tenant: string, wait: OpenWait, max: number): Promise<boolean>;
  /** A consistent read. */
  read(tenant: string): Promise<readonly OpenWait[]>;
  /** Removes those of them that are there. */
  remove(tenant: string, waits: readonly OpenWait[]): Promise<void>;
}

export const openWaitsKind = {
  id: 'waits/<tenant>',
  has: 'open waits of a tenant with a limit on them',
  expires: 'an hour after the last one',
} as const satisfies Kind;

const prefix = 'waits/';
/** The items of this kind, for rights. */
export const openWaitItems = `${prefix}*`;
const idOf = (tenant: string): string => prefix + tenantKeyOf(tenant);

const keptMs = 3_600_000;

/** DynamoDB has no empty set: with its last wait the attribute goes. */
const shape = z.object({ waits: z._default(z.set(z.string()), new Set()) });

/** One item for each tenant with the limit. */
export const openWaitsIn = (records: Records<'waits'>): OpenWaits => ({
  add: async (tenant, wait, max) =>
    (
      await records.write(idOf(tenant), {
        name: 'add a wait',
        include: { waits: textsOf([wait]) },
        set: { expiresAt: secondsOf(wait.until + keptMs) },
        when: [[{ attribute: 'waits', absentOrSmallerThan: max }]],
      })
    ).held,
  read: async (tenant) => {
    const { waits } = shape.parse((await records.read(idOf(tenant), 'read the waits')) ?? {});
    return [...waits].map(waitOf);
  },
  remove: async (tenant, waits) => {
    await records.write(idOf(tenant), { name: 'remove waits', exclude: { waits: textsOf(waits) } });
  },
});

/** As they are stored: short, since an item may have a thousand. */
const textsOf = (waits: readonly OpenWait[]): Set<string> =>
  new Set(waits.map(({ id, until }) => `${until}/${id}`));

function waitOf(text: string): OpenWait {
  const [until, id = ''] = text.split('/');
  return { id, until: Number(until) };
}
