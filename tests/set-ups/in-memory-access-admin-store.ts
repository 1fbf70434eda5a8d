import type { AccessAdminStore } from '../../infra/access/admin-store.ts';
import type { AccessEntry } from '../../shared/domain/access/access-entry.ts';

/** An access table in memory. It makes one call after the other, so no two updates meet. */
export class InMemoryAccessAdminStore implements AccessAdminStore {
  readonly #entries = new Map<string, AccessEntry>();

  async read(id: string): Promise<AccessEntry | undefined> {
    return structuredClone(this.#entries.get(id));
  }

  async list(): Promise<readonly AccessEntry[]> {
    return structuredClone([...this.#entries.values()].sort((one, other) => (one.id < other.id ? -1 : 1)));
  }

  async create(entry: AccessEntry): Promise<boolean> {
    if (this.#entries.has(entry.id)) return false;
    this.#entries.set(entry.id, structuredClone(entry));
    return true;
  }

  async update(id: string, change: (entry: AccessEntry) => AccessEntry): Promise<AccessEntry | undefined> {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const changed = change(structuredClone(entry));
    this.#entries.set(id, structuredClone(changed));
    return changed;
  }

  async remove(id: string): Promise<boolean> {
    return this.#entries.delete(id);
  }
}
