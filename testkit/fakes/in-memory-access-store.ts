import { type AccessEntry, accessEntry } from '../../shared/domain/access/access-entry.ts';
import type { AccessStore } from '../../shared/domain/access/ports.ts';

/** The access table as a map of entries. It counts the reads of each id. */
export class InMemoryAccessStore implements AccessStore {
  readonly entries = new Map<string, AccessEntry>();
  readonly reads: string[] = [];

  async read(id: string): Promise<AccessEntry | undefined> {
    this.reads.push(id);
    const entry = this.entries.get(id);
    return entry && accessEntry.parse(entry);
  }

  put(...entries: readonly AccessEntry[]): void {
    for (const entry of entries) this.entries.set(entry.id, entry);
  }
}
