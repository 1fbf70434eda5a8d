import { type OwnLimits, type SuspendedEntry, suspendedId } from '../../shared/domain/access/access-entry.ts';
import { type AccessAdmin, AccessCommandError } from './manage-keys.ts';

/** An item may have 400 KB, and the names of the suspended tenants may have 300 of them. As JSON the limits have about what they have there. */
const maxLimitsBytes = 90 * 1024;

interface LimitsOf {
  readonly tenant: string;
  /** `none`: there is no limit, whatever the stage says. `stage`: the limit of the stage. */
  readonly jobsPerMinute: number | 'none' | 'stage';
}

type Limits = Omit<OwnLimits, 'tenant'>;

/** What was said of the tenant. @throws AccessTableError */
export async function findLimits({ store }: AccessAdmin, tenant: string): Promise<Limits> {
  const list = await store.read(suspendedId);
  const all = (list?.kind === 'suspended' && list.limits) || [];
  const { tenant: _, ...own } = all.find((each) => each.tenant === tenant) ?? { tenant };
  return own;
}

/**
 * Sets a limit of a tenant in place of that of the stage, or takes it back.
 * @returns the limits of the tenant after that
 * @throws AccessTableError, and AccessCommandError if the list has no room, or is removed at the same time
 */
export async function setLimits(
  { store }: AccessAdmin,
  { tenant, jobsPerMinute }: LimitsOf,
): Promise<Limits> {
  const own: Limits = jobsPerMinute === 'stage' ? {} : { jobsPerMinute };
  const change = ({ limits = [], ...rest }: SuspendedEntry): SuspendedEntry => {
    const others = limits.filter((each) => each.tenant !== tenant);
    const all = jobsPerMinute === 'stage' ? others : [...others, { tenant, ...own }];
    requireRoom(tenant, all);
    return all.length === 0 ? rest : { ...rest, limits: all };
  };
  if (await store.create(change({ id: suspendedId, kind: 'suspended' }))) return own;
  const updated = await store.update(suspendedId, (found) =>
    found.kind === 'suspended' ? change(found) : found,
  );
  if (updated) return own;
  throw new AccessCommandError('Somebody else removed this entry at the same time. Try again.');
}

/** @throws AccessCommandError */
function requireRoom(tenant: string, limits: readonly OwnLimits[]): void {
  if (Buffer.byteLength(JSON.stringify(limits)) <= maxLimitsBytes) return;
  throw new AccessCommandError(
    `The list of limits has no room for ${tenant}: ${limits.length - 1} tenants are in it. Set the limit that most of them have as that of the stage: jobsPerMinute.`,
  );
}

/** The limits of a tenant in a line. */
export function describeLimits(tenant: string, { jobsPerMinute }: Limits): string {
  const text = jobsPerMinute === 'none' ? 'no limit' : String(jobsPerMinute ?? 'as the stage has it');
  return `limits  ${tenant}  jobs a minute: ${text}`;
}
