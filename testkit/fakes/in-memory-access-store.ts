import { type AccessEntry, accessEntry } from '../../shared/domain/access/access-entry.ts';
import type { AccessStore, EndedCredentials } from '../../shared/domain/access/ports.ts';

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

/** The ended sessions and links as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryEndedCredentials implements EndedCredentials {
  /** Until when each is known, epoch seconds. */
  readonly texts = new Map<string, number>();

  async has(text: string): Promise<boolean> {
    return this.texts.has(text);
  }

  async add(text: string, until: number): Promise<void> {
    this.texts.set(text, until);
  }
}
