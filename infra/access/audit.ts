import { randomBytes } from 'node:crypto';
import { suspendedId } from '../../shared/domain/access/access-entry.ts';
import { tenantText } from '../../shared/time-text/tenant-text.ts';
import type { AccessAdminStore, AuditEntry } from './admin-store.ts';

interface Acting {
  /** Asked for before the first change only: a command that only looks needs no right to ask. */
  readonly who: () => Promise<string>;
  readonly command: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The same store. It writes down each entry that is to be changed, before that is done: a change without its line
 * cannot be, and a line without its change says that somebody has tried.
 */
export function audited(
  store: AccessAdminStore,
  { who, command, now }: Acting,
): Omit<AccessAdminStore, 'addAudit' | 'audits'> & { readonly note: (entry: string) => Promise<void> } {
  const written = new Set<string>();
  const note = async (entry: string, tenant?: string): Promise<void> => {
    if (written.has(entry)) return;
    const at = now();
    const id = `audit/${new Date(at).toISOString()}/${randomBytes(6).toString('base64url')}`;
    const line = { id, kind: 'audit' as const, at, by: await who(), command, entry };
    await store.addAudit(tenant === undefined ? line : { ...line, tenant });
    written.add(entry);
  };
  return {
    note: (entry) => note(entry),
    read: (id) => store.read(id),
    list: () => store.list(),
    create: async (entry) => {
      await note(entry.id, 'tenant' in entry ? entry.tenant : undefined);
      return store.create(entry);
    },
    update: async (id, change) => {
      await note(id);
      return store.update(id, change);
    },
    changeSuspended: async (change, tenant) => {
      await note(suspendedId, tenant);
      await store.changeSuspended(change, tenant);
    },
    remove: async (id) => {
      await note(id);
      return store.remove(id);
    },
  };
}

/** An entry in a line. */
export const describeAudit = ({ at, by, command, entry, tenant }: AuditEntry): string =>
  [
    new Date(at).toISOString(),
    command,
    entry,
    ...(tenant === undefined ? [] : [tenantText(tenant)]),
    `by ${by}`,
  ].join('  ');
