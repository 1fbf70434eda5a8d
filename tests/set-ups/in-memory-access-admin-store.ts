import type { AccessAdminStore, AuditEntry } from '../../infra/access/admin-store.ts';
import { type AccessEntry, accessEntry, suspendedId } from '../../shared/domain/access/access-entry.ts';

/** An access table in memory. It makes one call after the other, so no two updates meet. */
export class InMemoryAccessAdminStore implements AccessAdminStore {
  /** As they are stored: with what a later version may have added. */
  readonly items = new Map<string, AccessEntry>();

  async read(id: string): Promise<AccessEntry | undefined> {
    const item = this.items.get(id);
    return item && accessEntry.parse(item);
  }

  async list(): Promise<readonly AccessEntry[]> {
    const entries = [...this.items.values()].map((item) => accessEntry.parse(item));
    return entries.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  async create(entry: AccessEntry): Promise<boolean> {
    if (this.items.has(entry.id)) return false;
    this.items.set(entry.id, structuredClone(entry));
    return true;
  }

  async update(id: string, change: (entry: AccessEntry) => AccessEntry): Promise<AccessEntry | undefined> {
    const item = this.items.get(id);
    if (!item) return undefined;
    const before = accessEntry.parse(item);
    const after = change(structuredClone(before));
    const unknown = Object.entries(item).filter(([name]) => !Object.hasOwn(before, name));
    this.items.set(id, structuredClone({ ...Object.fromEntries(unknown), ...after }));
    return after;
  }

  async changeSuspended(change: 'ADD' | 'DELETE', tenant: string): Promise<void> {
    const entry = this.items.get(suspendedId);
    const tenants = new Set((entry?.kind === 'suspended' && entry.tenants) || []);
    if (change === 'ADD') tenants.add(tenant);
    else tenants.delete(tenant);
    this.items.set(suspendedId, { ...entry, id: suspendedId, kind: 'suspended', tenants } as AccessEntry);
  }

  readonly added: AuditEntry[] = [];

  async addAudit(entry: AuditEntry): Promise<void> {
    this.added.push(entry);
  }

  async audits(): Promise<readonly AuditEntry[]> {
    return this.added.toSorted((one, other) => (one.id < other.id ? 1 : -1));
  }

  async remove(id: string): Promise<boolean> {
    return this.items.delete(id);
  }
}
