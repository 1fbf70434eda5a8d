import type { Clock } from '../base/ports.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { AccessEntry } from './access-entry.ts';
import type { AccessStore } from './ports.ts';

/**
 * A revoked key must be refused within a minute. The rest of the minute is for the table: a read that is eventually
 * consistent may be some seconds behind.
 */
export const maxEntryAgeMs = 50_000;

/** A sender of invented ids must not fill the memory. */
const maxEntries = 1_000;

interface Cached {
  readonly entry: Promise<AccessEntry | undefined>;
  readonly readAt: number;
}

/**
 * Reads entries of the access table, and remembers them for less than a minute, those that do not exist too. Requests
 * for one id that come at the same time share a read. A read that fails is not remembered.
 */
export class EntryCache implements AccessStore {
  readonly #store: AccessStore;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #cached = new RecentMap<string, Cached>(maxEntries);

  constructor({ store, clock }: { readonly store: AccessStore; readonly clock: Pick<Clock, 'now'> }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws StoreUnavailableError */
  read(id: string): Promise<AccessEntry | undefined> {
    const now = this.#clock.now();
    const known = this.#cached.get(id);
    if (known && Math.abs(now - known.readAt) < maxEntryAgeMs) return known.entry;
    const cached = { entry: this.#store.read(id), readAt: now };
    this.#cached.set(id, cached);
    cached.entry.catch(() => {
      if (this.#cached.get(id) === cached) this.#cached.delete(id);
    });
    return cached.entry;
  }
}
