import type { DueList, DuePage } from '../../shared/domain/state/job/due-list.ts';

/** The keys of the index. */
export interface Indexed {
  readonly dueKey?: unknown;
  readonly lookAt?: unknown;
}

/**
 * The index of the items of an `InMemoryJobStore` that wait. It follows every write at once. It passes the same
 * contract tests as the DynamoDB adapter.
 */
export class InMemoryDueList implements DueList {
  readonly #items: readonly ReadonlyMap<string, Indexed>[];

  /** @param items of the index: those of jobs, and others */
  constructor(...items: readonly ReadonlyMap<string, Indexed>[]) {
    this.#items = items;
  }

  async find({ key, until, limit }: Parameters<DueList['find']>[0]): Promise<readonly string[]> {
    return this.entries()
      .filter(({ dueKey, lookAt }) => dueKey === key && lookAt <= until)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  async page({ key, limit, after }: Parameters<DueList['page']>[0]): Promise<DuePage> {
    const found = this.entries()
      .filter(({ dueKey }) => dueKey === key)
      .map(({ id, lookAt }) => ({ id, lookAt, place: placeOf(lookAt, id) }))
      .sort((one, other) => (one.place < other.place ? -1 : 1))
      .filter(({ place }) => after === undefined || place > after)
      .slice(0, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    const entries = found.map(({ id, lookAt }) => ({ id, lookAt }));
    return { entries, ...(last ? { next: last.place } : {}) };
  }

  /** An item is in the index if it has both of its keys. The earliest is the first. */
  entries(): readonly { readonly id: string; readonly dueKey: string; readonly lookAt: number }[] {
    return this.#items
      .flatMap((items) => [...items])
      .flatMap(([id, { dueKey, lookAt }]) =>
        typeof dueKey === 'string' && typeof lookAt === 'number' ? [{ id, dueKey, lookAt }] : [],
      )
      .sort((one, other) => one.lookAt - other.lookAt);
  }
}

/** Sorts as the index does. */
const placeOf = (lookAt: number, id: string): string => `${String(lookAt).padStart(16, '0')} ${id}`;
