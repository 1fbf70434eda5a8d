import fc from 'fast-check';
import { anyText } from '../any-text.ts';
import type { Mutation } from './fuzz-request.ts';

/** Stands in a JSON value for a text that no JSON value has. */
const mark = (text: string): string => `<raw>${text}</raw>`;
const marked = /"<raw>(.*?)<\/raw>"/gs;

export const bytesOf = (body: unknown): Buffer | undefined => {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  const json = JSON.stringify(body);
  return Buffer.from(json.replace(marked, (_, text: string) => JSON.parse(`"${text}"`)));
};

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
/** Within a JSON text, before it is unescaped by `bytesOf`. */
const raw = [
  '1e400',
  '-1e400',
  '-0',
  '9007199254740993',
  '1e-400',
  '123456789012345678901234567890',
  '"\\ud800"',
  '"\\ud800\\udc"',
  '"\\u0000"',
  '01',
  'NaN',
  'undefined',
  '{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}',
  '{"a":1,"a":2}',
  nested(10_000, '[', ']'),
  nested(2_000, '{"a":[', ']}'),
].map(mark);

export const nastyValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', ' ', [], {}, [null], 'x'.repeat(5_000), ...raw),
  fc.jsonValue({ maxDepth: 3 }),
  anyText({ maxLength: 300 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '2026-02-30T00:00:00Z', '9999-12-31T23:59:59.999Z'),
);
const nastyKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'type',
  'payload',
  '',
  'a/b~c',
  '\u0000',
);

/** Changes one part of a value, at any depth. */
function mutateAt(value: unknown, [at = 0, ...rest]: readonly number[], change: Change): unknown {
  if (typeof value !== 'object' || value === null) return change.value;
  const keys = Object.keys(value);
  const key = keys[at % Math.max(1, keys.length)] ?? change.key;
  const entries = Object.entries(value);
  const others = entries.filter(([other]) => other !== key);
  const inner = entries.find(([other]) => other === key)?.[1];
  const isDeeper = rest.length > 0 && typeof inner === 'object' && inner !== null;
  const changed = isDeeper
    ? [...others, [key, mutateAt(inner, rest, change)]]
    : changedEntries(others, [key, inner], change);
  return Array.isArray(value) ? changed.map(([, each]) => each) : Object.fromEntries(changed);
}

function changedEntries(
  others: readonly (readonly [string, unknown])[],
  own: readonly [string, unknown],
  { kind, key, value }: Change,
): (readonly [string, unknown])[] {
  if (kind === 'remove') return [...others];
  return kind === 'add' ? [...others, own, [key, value]] : [...others, [own[0], value]];
}

interface Change {
  readonly kind: 'replace' | 'add' | 'remove';
  readonly key: string;
  readonly value: unknown;
}

export const bodyMutations: fc.Arbitrary<Mutation> = fc
  .record({
    route: fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
    kind: fc.constantFrom<Change['kind']>('replace', 'add', 'remove'),
    key: nastyKeys,
    value: nastyValues,
  })
  .map(({ route, ...change }) => (request) => {
    // Bytes have no parts: as an object, the longest ones were 4 MB of JSON.
    if (Buffer.isBuffer(request.body)) return request;
    return { ...request, body: mutateAt(request.body, route, change) };
  });

// Not `0`: serverless-offline makes a number of it.
const oddBytes = fc.constantFrom(
  '',
  ' ',
  '{',
  'null',
  '[]',
  '"text"',
  '1',
  '{"type":"counting","payload":{"seconds":0}}x',
  '\ufeff{"type":"counting","payload":{"seconds":0}}',
  nested(10_000, '[', ']'),
  nested(100_000, '[', ''),
);
/** More than the API takes, as JSON and not. */
const long = [
  Buffer.alloc(300_000, 'x'),
  Buffer.from(`{"type":"counting","payload":{"seconds":0,"x":"${'x'.repeat(300_000)}"}}`),
];
const invalidUtf8 = Buffer.from('7b2274797065223a22ff80c0af22', 'hex');
export const bytesMutations: fc.Arbitrary<Mutation> = fc
  .oneof(
    oddBytes.map((text) => Buffer.from(text)),
    fc.constant(invalidUtf8),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(...long),
  )
  .map((body) => (request) => ({ ...request, body }));
