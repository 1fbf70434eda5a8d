import type { Fields } from '../../shared/domain/base/records.ts';
import type { InMemoryRecords } from './in-memory-records.ts';

/** How the items of one kind are read. */
export interface Viewed<Item> {
  /** @returns undefined for an item of another kind */
  readonly keyOf: (id: string, fields: Fields) => string | undefined;
  readonly idOf: (key: string) => string;
  readonly read: (fields: Fields) => Item;
}

/** The items of one kind in a table in memory, as tests look at them, and as they change them beside all writes. */
export class RecordView<Item extends Fields> {
  readonly #records: InMemoryRecords;
  readonly #viewed: Viewed<Item>;

  constructor(records: InMemoryRecords, viewed: Viewed<Item>) {
    this.#records = records;
    this.#viewed = viewed;
  }

  *[Symbol.iterator](): Generator<[string, Item]> {
    for (const [id, fields] of this.#records.items) {
      const key = this.#viewed.keyOf(id, fields);
      if (key !== undefined) yield [key, this.#viewed.read(fields)];
    }
  }

  *keys(): Generator<string> {
    for (const [id, fields] of this.#records.items) {
      const key = this.#viewed.keyOf(id, fields);
      if (key !== undefined) yield key;
    }
  }

  *values(): Generator<Item> {
    for (const [, item] of this) yield item;
  }

  get size(): number {
    return [...this.keys()].length;
  }

  has(key: string): boolean {
    const id = this.#viewed.idOf(key);
    const fields = this.#records.items.get(id);
    return fields !== undefined && this.#viewed.keyOf(id, fields) === key;
  }

  get(key: string): Item | undefined {
    const fields = this.#records.items.get(this.#viewed.idOf(key));
    return fields && this.has(key) ? this.#viewed.read(fields) : undefined;
  }

  set(key: string, item: Item): void {
    const id = this.#viewed.idOf(key);
    this.#records.items.set(id, { ...item, id });
  }

  delete(key: string): boolean {
    return this.has(key) && this.#records.items.delete(this.#viewed.idOf(key));
  }

  clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }
}
