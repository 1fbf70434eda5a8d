import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { type JobItem, readItem } from '../../shared/domain/state/job/item.ts';
import { type ReadApart, readApart } from '../../shared/domain/state/job/newer-item.ts';
import type { JobList, Listed, ListQuery, Page } from '../../shared/domain/state/ports.ts';

/** An entry of one of the two indexes. */
export interface Entry extends Listed {
  readonly list: ListQuery['list'];
  readonly key: string;
}

/** What DynamoDB reads for one unit, or for half of one if the read need not be consistent. */
const unitBytes = 4096;
const keyNames = 'failedKey listPosition id'.length;

/**
 * The indexes of the items of an `InMemoryJobStore`. They follow every write at once, unless `lags` is set: then they
 * follow as far, and in the order, that `catchUp` is told. It passes the same contract tests as the DynamoDB adapter.
 */
export class InMemoryJobList implements JobList {
  #lags = false;
  /** Runs before every call: to let things happen between two calls, or to refuse one. */
  before: (call: 'find' | 'read') => void | Promise<void> = () => undefined;
  /** What was asked for, the limit of a `find` or the number of ids of a `read`, and the units that it took. */
  readonly calls: { readonly call: 'find' | 'read'; readonly count: number; readonly units: number }[] = [];
  readonly #items: ReadonlyMap<string, JobItem>;
  readonly #index = new Map<string, Entry>();

  constructor(items: ReadonlyMap<string, JobItem>) {
    this.#items = items;
  }

  get lags(): boolean {
    return this.#lags;
  }
  set lags(lags) {
    if (!this.#lags) this.catchUp();
    this.#lags = lags;
  }

  async find({ list, key, since, below, limit }: ListQuery): Promise<Page<Listed>> {
    await this.before('find');
    if (below < since) throw new StoreUnavailableError('the range ends before it begins');
    const items = this.entries()
      .filter((entry) => entry.list === list && entry.key === key)
      .filter(({ position }) => since <= position && position < below)
      .sort((one, other) => (one.position < other.position ? 1 : -1))
      .slice(0, limit)
      .map(({ id, position }) => ({ id, position }));
    const bytes = items.reduce(
      (sum, { id, position }) => sum + `${key}${id}${position}`.length + keyNames,
      0,
    );
    const units = Math.max(1, Math.ceil(bytes / unitBytes)) / 2;
    this.calls.push({ call: 'find', count: limit, units });
    return { items, units };
  }

  async read(ids: readonly string[]): Promise<Page<JobItem> & ReadApart<JobItem>> {
    await this.before('read');
    const found = [...new Set(ids)].map((id) => this.#items.get(id));
    const bytes = found.map((item) => (item ? JSON.stringify(item).length : 1));
    const units = bytes.reduce((sum, size) => sum + Math.ceil(size / unitBytes), 0);
    this.calls.push({ call: 'read', count: ids.length, units });
    return {
      ...readApart(
        found.flatMap((item) => item ?? []),
        readItem,
      ),
      units,
    };
  }

  /** What the indexes have by now. */
  entries(): readonly Entry[] {
    return this.#lags ? [...this.#index.values()] : [...this.#items.values()].flatMap(entriesOf);
  }

  /** Lets the indexes follow the items, in the changes that are picked: an entry comes, or goes. */
  catchUp(isPicked: (entry: Entry) => boolean = () => true): void {
    const due = new Map([...this.#items.values()].flatMap(entriesOf).map((entry) => [nameOf(entry), entry]));
    for (const [name, entry] of this.#index) if (!due.has(name) && isPicked(entry)) this.#index.delete(name);
    for (const [name, entry] of due)
      if (!this.#index.has(name) && isPicked(entry)) this.#index.set(name, entry);
  }
}

const nameOf = ({ list, key, position }: Entry): string => [list, key, position].join(' ');

/** An item is in an index if it has both of its keys. */
function entriesOf({ id, listKey, failedKey, listPosition: position }: JobItem): readonly Entry[] {
  if (position === undefined) return [];
  return [
    ...(listKey === undefined ? [] : [{ list: 'all' as const, key: listKey, position, id }]),
    ...(failedKey === undefined ? [] : [{ list: 'failed' as const, key: failedKey, position, id }]),
  ];
}
