import { type OwnLimits, type SuspendedEntry, suspendedId } from '../../shared/domain/access/access-entry.ts';
import { type AccessAdmin, AccessCommandError } from './manage-keys.ts';

/** An item may have 400 KB, and the names of the suspended tenants may have 300 of them. As JSON the limits have about what they have there. */
const maxLimitsBytes = 90 * 1024;

interface LimitsOf {
  readonly tenant: string;
  /** `none`: there is no limit, whatever the stage says. `stage`: the limit of the stage. */
  readonly jobsPerMinute: number | 'none' | 'stage';
}

type AllLimits = NonNullable<SuspendedEntry['limits']>;

/** What was said of each tenant. @throws AccessTableError */
export async function findLimits({ store }: AccessAdmin): Promise<AllLimits> {
  const list = await store.read(suspendedId);
  return (list?.kind === 'suspended' && list.limits) || {};
}

/**
 * Sets a limit of a tenant in place of that of the stage, or takes it back.
 * @returns the limits of the tenant after that
 * @throws AccessTableError, and AccessCommandError if the list has no room, or is removed at the same time
 */
export async function setLimits(admin: AccessAdmin, { tenant, jobsPerMinute }: LimitsOf): Promise<OwnLimits> {
  const own: OwnLimits = jobsPerMinute === 'stage' ? {} : { jobsPerMinute };
  const changed = withLimits(await findLimits(admin), tenant, own);
  if (changed && Buffer.byteLength(JSON.stringify(changed)) > maxLimitsBytes)
    throw new AccessCommandError(
      `The list of limits has no room for ${tenant}: ${Object.keys(changed).length - 1} tenants are in it. Set the limit that most of them have as that of the stage: jobsPerMinute.`,
    );
  const entry = { id: suspendedId, kind: 'suspended', ...(changed ? { limits: changed } : {}) } as const;
  if (await admin.store.create(entry)) return own;
  const updated = await admin.store.update(suspendedId, (found) => {
    if (found.kind !== 'suspended') return found;
    const { limits = {}, ...rest } = found;
    const next = withLimits(limits, tenant, own);
    return next ? { ...rest, limits: next } : rest;
  });
  if (updated) return own;
  throw new AccessCommandError('Somebody else removed this entry at the same time. Try again.');
}

/** @returns undefined if no tenant has a limit of its own */
function withLimits(limits: AllLimits, tenant: string, own: OwnLimits): AllLimits | undefined {
  const { [tenant]: _, ...others } = limits;
  const all = own.jobsPerMinute === undefined ? others : { ...others, [tenant]: own };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** The limits of a tenant in a line. */
export function describeLimits(tenant: string, { jobsPerMinute }: OwnLimits): string {
  const text = jobsPerMinute === 'none' ? 'no limit' : String(jobsPerMinute ?? 'as the stage has it');
  return `limits  ${tenant}  jobs a minute: ${text}`;
}
