import { type OwnLimits, type SuspendedEntry, suspendedId } from '../../shared/domain/access/access-entry.ts';
import { type LimitName, limitNames, limits } from '../../shared/domain/access/limits.ts';
import { tenantText } from '../../shared/time-text/tenant-text.ts';
import { type AccessAdmin, AccessCommandError } from './manage-keys.ts';

/**
 * An item may have 400 KB, and the names of the suspended tenants may have 300 of them. As JSON the limits have about
 * what they have there.
 */
const maxLimitsBytes = 90 * 1024;

/** `none`: there is no limit, whatever the stage says. `stage`: the limit of the stage. */
type Said = Readonly<Partial<Record<LimitName, number | 'none' | 'stage' | undefined>>>;

interface LimitsOf {
  readonly tenant: string;
  /** Those that are to change. */
  readonly said: Said;
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
 * Sets limits of a tenant in place of those of the stage, or takes them back.
 * @returns the limits of the tenant after that
 * @throws AccessTableError, and AccessCommandError if the list has no room, or is removed at the same time
 */
export async function setLimits({ store }: AccessAdmin, { tenant, said }: LimitsOf): Promise<Limits> {
  let own: Limits = {};
  const change = ({ limits: before = [], ...rest }: SuspendedEntry): SuspendedEntry => {
    const others = before.filter((each) => each.tenant !== tenant);
    own = changed(before.find((each) => each.tenant === tenant) ?? {}, said);
    const all = Object.keys(own).length === 0 ? others : [...others, { tenant, ...own }];
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

/** What is set after what was said. */
const changed = (before: Limits, said: Said): Limits =>
  Object.fromEntries(
    limitNames.flatMap((name) => {
      const value = said[name] ?? before[name] ?? 'stage';
      return value === 'stage' ? [] : [[name, value]];
    }),
  );

/** @throws AccessCommandError */
function requireRoom(tenant: string, all: readonly OwnLimits[]): void {
  if (Buffer.byteLength(JSON.stringify(all)) <= maxLimitsBytes) return;
  throw new AccessCommandError(
    `The list of limits has no room for ${tenantText(tenant)}: ${all.length - 1} tenants are in it. Set the limits that most of them have as those of the stage, by its parameters.`,
  );
}

/** The limits of a tenant in a line. */
export function describeLimits(tenant: string, own: Limits): string {
  const texts = limitNames.flatMap((name) => {
    const max = own[name];
    return max === undefined ? [] : [`${limits[name].unit}: ${max === 'none' ? 'no limit' : max}`];
  });
  return `limits  ${tenantText(tenant)}  ${texts.join(', ') || 'as the stage has them'}`;
}
