import type { JobItem } from '../../shared/domain/state/item.ts';
import type { DueList } from '../../shared/domain/state/ports.ts';

/**
 * The index of the items of an `InMemoryJobStore` that wait. It follows every write at once. It passes the same contract tests
 * as the DynamoDB adapter.
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

  /** An item is in the index if it has both of its keys. The earliest is the first. */
  entries(): readonly { readonly id: string; readonly dueKey: string; readonly lookAt: number }[] {
    return [...this.#items.values()]
      .flatMap(({ id, dueKey, lookAt }) =>
        dueKey === undefined || lookAt === undefined ? [] : [{ id, dueKey, lookAt }],
      )
      .sort((one, other) => one.lookAt - other.lookAt);
  }
}
