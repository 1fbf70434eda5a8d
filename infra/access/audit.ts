import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import type { AccessAdminStore } from './admin-store.ts';

/**
 * That a command was about to change an entry, under `audit/<time>/<random>`. No function reads it, so it is no kind of
 * `AccessEntry`. It is never removed.
 */
export const auditEntry = z.object({
  id: z.string(),
  kind: z.literal('audit'),
  /** Epoch milliseconds. */
  at: z.int(),
  /** Who that was, as AWS knows the credentials: an ARN. On this machine `local:<user>`. */
  by: z.string(),
  /** The command's name, such as `revoke`. */
  command: z.string(),
  /** The entry that it is about, such as `key/4fTq0sJx2LmN`. */
  entry: z.string(),
  tenant: z.optional(z.string()),
});
export type AuditEntry = z.infer<typeof auditEntry>;

interface Acting {
  /** Asked for before the first change only: a command that only looks needs no right to ask. */
  readonly who: () => Promise<string>;
  readonly command: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The same store. It writes down each entry that is to be changed, before that is done: a change without its line cannot be,
 * and a line without its change says that somebody has tried.
 */
export function audited(
  store: AccessAdminStore,
  { who, command, now }: Acting,
): Omit<AccessAdminStore, 'addAudit' | 'audits'> {
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
    remove: async (id) => {
      await note(id);
      return store.remove(id);
    },
  };
}

/** An entry in a line. */
export const describeAudit = ({ at, by, command, entry, tenant }: AuditEntry): string =>
  [new Date(at).toISOString(), command, entry, ...(tenant === undefined ? [] : [tenant]), `by ${by}`].join(
    '  ',
  );
