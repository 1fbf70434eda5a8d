import { createRequire } from 'node:module';
import { afterAll, expect, test } from '@jest/globals';
import { keeping } from '../../../../local/tables/parsed-expressions.ts';
import { SpillingStore } from '../../../../local/tables/spilling-store.ts';

type Parse = Parameters<typeof keeping>[0];

const require = createRequire(import.meta.resolve('dynalite'));
const parserOf = (name: string): Parse => {
  // A module of its own: another test in this process may have changed the one that dynalite uses.
  const path = require.resolve(`./db/${name}Parser.js`);
  const cached = require.cache[path];
  delete require.cache[path];
  const { parse }: { parse: Parse } = require(path);
  if (cached) require.cache[path] = cached;
  return parse;
};

/** As dynalite has it. */
const reserved = new Set(['STATUS', 'NAME']);
const contextOf = (names: Record<string, string>, values: Record<string, object>) => ({
  attrNames: names,
  attrVals: values,
  unusedAttrNames: Object.fromEntries(Object.keys(names).map((name) => [name, true as const])),
  unusedAttrVals: Object.fromEntries(Object.keys(values).map((name) => [name, true as const])),
  isReserved: (name: string) => reserved.has(name.toUpperCase()),
  compare: () => false,
});

const names = { '#s': 'status', '#t': 'token', '#unused': 'x' };
const first = { ':one': { N: '1' }, ':text': { S: 'a' }, ':list': { L: [{ S: 'a' }] }, ':more': { N: '5' } };
const second = { ':one': { N: '2' }, ':text': { S: 'b' }, ':list': { L: [] }, ':more': { N: '6' } };
const otherTypes = { ':one': { S: '2' }, ':text': { N: '4' }, ':list': { S: 'x' }, ':more': { S: '5' } };
const otherNames = { '#s': 'state', '#t': 'state', '#unused': 'x' };

const expressions = {
  condition: [
    '#s = :text AND #t = :one',
    'attribute_not_exists(id) OR (#s IN (:text, :more) AND NOT size(#t) > :one)',
    'begins_with(#s, :text)',
    'begins_with(#s, :one)',
    '#t BETWEEN :one AND :more',
    'attribute_type(#s, :text)',
    '#s = #s',
    'status = :text',
    '#s = :nobody',
    '#nobody = :one',
    '#s = ',
    'unknown(#s)',
    '((#s = :text))',
    'size(#s)',
    '#s.#t[2] = :one',
  ],
  update: [
    'SET #s = :text, #t = if_not_exists(#t, :one) + :more REMOVE gone',
    'SET #s = list_append(#s, :list), a.b[1] = :one',
    'ADD #t :one DELETE tags :list',
    'ADD #s :text',
    'SET #s = :text SET #t = :one',
    'SET #s = :text, #s = :one',
    'SET status = :one',
    'SET #s = :nobody',
    'REMOVE #s, #t',
    'REMOVE',
  ],
} as const;

test.each(Object.entries(expressions).flatMap(([kind, texts]) => texts.map((text) => [kind, text] as const)))(
  'an expression that is parsed once is what it would be each time: %s %s',
  (kind, text) => {
    const parse = parserOf(kind);
    const kept = keeping(parse);
    const outcome = (by: Parse, context: ReturnType<typeof contextOf>) => {
      const { unusedAttrNames, unusedAttrVals } = context;
      try {
        return { expression: by(text, { context }), unusedAttrNames, unusedAttrVals };
      } catch (error) {
        // What is left unused beside a wrong expression is not told.
        return { error: String(error) };
      }
    };
    const requests = [
      [names, first],
      [names, second],
      [names, otherTypes],
      [otherNames, first],
      [names, second],
      [{}, {}],
      [names, first],
    ] as const;
    for (const [attrNames, attrVals] of requests) {
      const expected = outcome(parse, contextOf(attrNames, attrVals));
      const found = outcome(kept, contextOf(attrNames, attrVals));
      expect(JSON.stringify(found)).toBe(JSON.stringify(expected));
      expect(found).toEqual(expected);
    }
  },
);

test('dynalite may change what it was given', () => {
  const parse = keeping(parserOf('update'));
  const give = () => parse('SET #s = :text', { context: contextOf({ '#s': 'status' }, first) });
  const before = structuredClone(give());
  Object.assign(Object(give()).sections[0], { val: 'changed', path: [] });
  expect(give()).toEqual(before);
});

test('a name that one expression of a request uses is used by the next request, too', () => {
  const parse = keeping(parserOf('condition'));
  const context = { ...contextOf(names, first), unusedAttrNames: {}, unusedAttrVals: {} };
  parse('#s = :text', { context });
  const next = contextOf(names, second);
  parse('#s = :text', { context: next });
  expect(Object.keys(next.unusedAttrNames)).toEqual(['#t', '#unused']);
  expect(Object.keys(next.unusedAttrVals)).toEqual([':one', ':list', ':more']);
});

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
