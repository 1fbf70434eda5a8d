import { describe, expect, test } from '@jest/globals';
import { NewerVersionError, StoreUnavailableError } from '../../shared/job/errors.ts';
import type { JobItem } from '../../shared/job/item.ts';
import type { JobList, JobStore, ListQuery } from '../../shared/job/ports.ts';
import { base, created, newId, write } from './item-writes.ts';

export interface Listing {
  readonly store: JobStore;
  readonly list: JobList;
  /** Stores an item as it is, whatever its version. */
  put(item: Omit<JobItem, 'version'> & { readonly version: number }): Promise<void>;
}

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `key.${keys}`;
};
const all = (key: string): ListQuery => ({ list: 'all', key, since: '0', below: '~', limit: 100 });
const failed = (key: string): ListQuery => ({ ...all(key), list: 'failed' });

/** What every `JobList` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
export function describeJobList(name: string, listingOf: () => Listing): void {
  describe(`${name} as a JobList`, () => {
    const positionsOf = async (query: ListQuery) => {
      const { items } = await listingOf().list.find(query);
      return items.map(({ position }) => position);
    };
    const listed = (key: string, listPosition: string, more: Partial<JobItem> = {}) =>
      created(listingOf().store, { listKey: key, listPosition, ...more });

    test('finds the jobs of one key, newest first', async () => {
      const [key, other] = [newKey(), newKey()];
      const two = await listed(key, '2/b');
      const one = await listed(key, '1/c');
      const three = await listed(key, '3/a');
      await listed(other, '2/c');
      const { items } = await listingOf().list.find(all(key));
      expect(items).toEqual([
        { id: three, position: '3/a' },
        { id: two, position: '2/b' },
        { id: one, position: '1/c' },
      ]);
    });

    test('finds nothing under a key that no job has', async () => {
      expect(await positionsOf(all(newKey()))).toEqual([]);
    });

    test('finds positions from one on, and below another', async () => {
      const key = newKey();
      for (const position of ['1/', '2/a', '2/b', '3/']) await listed(key, position);
      expect(await positionsOf({ ...all(key), since: '2/a' })).toEqual(['3/', '2/b', '2/a']);
      expect(await positionsOf({ ...all(key), below: '2/b' })).toEqual(['2/a', '1/']);
      expect(await positionsOf({ ...all(key), since: '2/', below: '3/' })).toEqual(['2/b', '2/a']);
    });

    test('finds as many as asked for, whether or not a job is at the upper bound', async () => {
      const key = newKey();
      for (const position of ['1', '2', '3', '4']) await listed(key, position);
      expect(await positionsOf({ ...all(key), limit: 2 })).toEqual(['4', '3']);
      expect(await positionsOf({ ...all(key), below: '3', limit: 2 })).toEqual(['2', '1']);
      expect(await positionsOf({ ...all(key), below: '3/x', limit: 2 })).toEqual(['3', '2']);
    });

    test('refuses a range that ends before it begins', async () => {
      const query = { ...all(newKey()), since: '2', below: '1' };
      await expect(listingOf().list.find(query)).rejects.toThrow(StoreUnavailableError);
      expect(await positionsOf({ ...query, below: '2' })).toEqual([]);
    });

    test('finds a job in the list of failed ones only while it has the key of that list', async () => {
      const key = newKey();
      const id = await listed(key, '1');
      await listed(key, '2');
      expect(await positionsOf(failed(key))).toEqual([]);
      await listingOf().store.write(write(id, { set: { failedKey: key } }));
      expect(await positionsOf(failed(key))).toEqual(['1']);
      expect(await positionsOf(all(key))).toEqual(['2', '1']);
      await listingOf().store.write(write(id, { set: {}, remove: ['failedKey'] }));
      expect(await positionsOf(failed(key))).toEqual([]);
    });

    test('finds a job no more that has lost its keys', async () => {
      const key = newKey();
      const id = await listed(key, '1', { failedKey: key });
      await listingOf().store.write(write(id, { set: {}, remove: ['listKey', 'listPosition', 'failedKey'] }));
      expect(await positionsOf(all(key))).toEqual([]);
      expect(await positionsOf(failed(key))).toEqual([]);
    });

    test('finds no job that never had a place in a list', async () => {
      const key = newKey();
      await created(listingOf().store);
      await created(listingOf().store, { listKey: key });
      await created(listingOf().store, { listPosition: '1' });
      expect(await positionsOf(all(key))).toEqual([]);
    });

    test('finds in half a unit what has less than 4 KB', async () => {
      const key = newKey();
      for (let count = 0; count < 20; count += 1) await listed(key, `${count}`.padStart(50));
      expect(await listingOf().list.find({ ...all(key), since: ' ' })).toMatchObject({ units: 0.5 });
    });

    test('reads the items that exist, in a unit for every 4 KB of each', async () => {
      const { list, store } = listingOf();
      const small = await created(store, { dependents: new Set(['d']) });
      const large = await created(store, { result: 'r'.repeat(10_000) });
      const { items, units } = await list.read([small, large, newId()]);
      expect([...items].sort((one, other) => (one.id < other.id ? -1 : 1))).toEqual([
        { ...base, id: small, dependents: new Set(['d']) },
        { ...base, id: large, result: 'r'.repeat(10_000) },
      ]);
      expect(units).toBe(1 + 3 + 1);
    });

    test('reads nothing of no ids', async () => {
      expect(await listingOf().list.read([])).toEqual({ items: [], units: 0 });
    });

    test('reads an item once whose id comes twice', async () => {
      const id = await created(listingOf().store);
      expect(await listingOf().list.read([id, id])).toEqual({ items: [{ ...base, id }], units: 1 });
    });

    test('reads a hundred items', async () => {
      const ids = await Promise.all(Array.from({ length: 100 }, () => created(listingOf().store)));
      const { items, units } = await listingOf().list.read(ids);
      expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
      expect(units).toBe(100);
    });

    test('reads items that are too large for one answer', async () => {
      const message = 'm'.repeat(300_000);
      const ids = await Promise.all(
        Array.from({ length: 12 }, () => created(listingOf().store, { message })),
      );
      const { items } = await listingOf().list.read(ids);
      expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
      expect(items.every((item) => item.message === message)).toBe(true);
    });

    test('refuses to read an item of a newer version', async () => {
      const id = newId();
      await listingOf().put({ ...base, id, version: 2 });
      await expect(listingOf().list.read([id])).rejects.toThrow(NewerVersionError);
    });
  });
}
