import { afterAll, expect, test } from '@jest/globals';
import { SpillingStore } from '../../../local/spilling-store.ts';

const store = new SpillingStore();
afterAll(() => store.close());

async function all(reader: { next(): Promise<unknown> }): Promise<readonly unknown[]> {
  const read: unknown[] = [];
  for (;;) {
    const next = await reader.next();
    if (next === undefined) return read;
    read.push(next);
  }
}

test('what was put last is there until it is deleted', async () => {
  expect(await store.get('one')).toBeUndefined();
  await store.put('one', { text: 'Grüße 🙂', list: [1, null] });
  await store.put('one', { text: 'again' });
  expect(await store.get('one')).toEqual({ text: 'again' });
  await store.batch([
    { type: 'put', key: 'two', value: 2 },
    { type: 'del', key: 'one' },
    { type: 'del', key: 'never' },
  ]);
  expect(await store.get('one')).toBeUndefined();
  expect(await store.get('two')).toBe(2);
  await store.del('two');
  expect(await all(store.keys())).toEqual([]);
});

test.each([31, 32, 33, 500])(
  'of %d entries a reader gives those of its range, in the order of keys',
  async (count) => {
    const names = Array.from({ length: count }, (_, index) => `key~${String(index).padStart(4, '0')}`);
    for (const name of names.toReversed()) await store.put(name, { name });
    await store.put('kez', { name: 'after them' });

    const [second = '', last = ''] = [names[1], names.at(-1)];
    expect(await all(store.keys({ gte: 'key~', lt: 'key~\xff' }))).toEqual(names);
    expect(await all(store.keys({ gt: second, lte: last }))).toEqual(names.slice(2));
    expect(await all(store.keys({ gte: second, lt: last, reverse: true }))).toEqual(
      names.slice(1, -1).reverse(),
    );
    expect(await all(store.keys({ lte: last, reverse: true, limit: 3 }))).toEqual(names.slice(-3).reverse());
    expect(await all(store.keys({ gte: second, limit: count + 5 }))).toEqual([...names.slice(1), 'kez']);
    expect(await all(store.keys({ limit: 0 }))).toEqual([]);
    expect(await all(store.values({ gte: second, limit: 2 }))).toEqual(
      names.slice(1, 3).map((name) => ({ name })),
    );
    for (const name of [...names, 'kez']) await store.del(name);
  },
);

test('a reader goes on from where it was, whatever is written meanwhile', async () => {
  for (const name of ['a', 'b', 'c']) await store.put(name, name);
  const reader = store.values();
  expect(await reader.next()).toBe('a');
  await store.del('c');
  await store.put('d', 'd');
  expect(await all(reader)).toEqual(['b', 'c']);
  expect(await all(store.values())).toEqual(['a', 'b', 'd']);
});

test('a store that is closed refuses', async () => {
  const closed = new SpillingStore();
  await closed.close();
  await expect(closed.put('one', 1)).rejects.toThrow('not open');
});
