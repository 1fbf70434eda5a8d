import { isActive, suspensionPrefix } from './pause.ts';
import type { Pauses } from './pauses.ts';

/**
 * Each worker reads all pauses, every three seconds: what has no room is refused at the door, and its queued jobs are
 * not held.
 */
const maxSuspensionPauses = 200;

interface Copying {
  readonly pauses: Pick<Pauses, 'read' | 'put' | 'resume'>;
  readonly by: string;
  readonly now: number;
  /** What was changed within so long is left alone: the list that was read may be older. */
  readonly settledMs: number;
}

/**
 * Makes a pause for each tenant that the list of the access table has, and ends those of all others. The list says who
 * is suspended; workers read the pauses. The command that changes the list calls this, and `overdue` calls it again: so
 * a list of before a deployment has pauses, too.
 * @returns how many tenants of the list had no room
 * @throws StoreUnavailableError
 */
export async function copySuspensions(
  tenants: ReadonlySet<string>,
  { pauses, by, now, settledMs }: Copying,
): Promise<number> {
  const all = [...(await pauses.read())].filter(([name]) => name.startsWith(suspensionPrefix));
  const known = new Map(all.map(([name, one]) => [name.slice(suspensionPrefix.length), one]));
  const isSettled = (at = Number.NEGATIVE_INFINITY): boolean => now - at >= settledMs;
  for (const [tenant, one] of known)
    if (!tenants.has(tenant) && isActive(one, now) && isSettled(one.at))
      await pauses.resume(suspensionPrefix + tenant, by, now);
  let room = maxSuspensionPauses - known.size;
  let left = 0;
  for (const tenant of tenants) {
    const one = known.get(tenant);
    if (one && (isActive(one, now) || !isSettled(one.resumedAt))) continue;
    if (!one) room -= 1;
    if (one || room >= 0) await pauses.put(suspensionPrefix + tenant, { at: now, by });
    else left += 1;
  }
  return left;
}
