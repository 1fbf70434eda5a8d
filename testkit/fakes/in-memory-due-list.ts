import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { DueList, DuePage } from '../../shared/domain/state/ports.ts';

/**
 * The index of the items of an `InMemoryJobStore` that wait. It follows every write at once. It passes the same
 * contract tests as the DynamoDB adapter.
 */
export class InMemoryDueList implements DueList {
  readonly #items: ReadonlyMap<string, JobItem>;

  constructor(items: ReadonlyMap<string, JobItem>) {
    this.#items = items;
  }

  async find({ key, until, limit }: Parameters<DueList['find']>[0]): Promise<readonly string[]> {
    return this.entries()
      .filter(({ dueKey, lookAt }) => dueKey === key && lookAt <= until)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  async page({ key, limit, after }: Parameters<DueList['page']>[0]): Promise<DuePage> {
    const ids = this.entries()
      .filter(({ dueKey }) => dueKey === key)
      .map(({ id, lookAt }) => ({ id, place: placeOf(lookAt, id) }))
      .sort((one, other) => (one.place < other.place ? -1 : 1))
      .filter(({ place }) => after === undefined || place > after)
      .slice(0, limit);
    const last = ids.length === limit ? ids.at(-1) : undefined;
    return { ids: ids.map(({ id }) => id), ...(last ? { next: last.place } : {}) };
  }

  /** An item is in the index if it has both of its keys. The earliest is the first. */
  entries(): readonly { readonly id: string; readonly dueKey: string; readonly lookAt: number }[] {
    return [...this.#items.values()]
      .flatMap(({ id, dueKey, lookAt }) =>
        dueKey === undefined || lookAt === undefined ? [] : [{ id, dueKey, lookAt }],
      )
      .sort((one, other) => one.lookAt - other.lookAt);
  }
}

/** Sorts as the index does. */
const placeOf = (lookAt: number, id: string): string => `${String(lookAt).padStart(16, '0')} ${id}`;
