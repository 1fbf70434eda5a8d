/** Of the parts' samples, samples of the whole. The first is always the plainest. */
type Samples = readonly unknown[];

/** How many samples are drawn of all parts at once, each part with another of its own. */
const maxRows = 40;

/** @param extra what keys may hold that no property has */
export function objectSamples(properties: Readonly<Record<string, Samples>>, extra: Samples): Samples {
  const keys = Object.keys(properties);
  const parts = Object.values(properties);
  const build = (values: Samples): object =>
    Object.fromEntries(keys.map((key, at) => [key, values[at]]).filter(([, value]) => value !== undefined));
  const plain = parts.map(([first]) => first);
  return [
    build(plain),
    build(parts.map((samples) => (samples.includes(undefined) ? undefined : samples[0]))),
    ...extra.map((value) => ({ ...build(plain), otherKey: value })),
    ...parts.flatMap((samples, at) => samples.slice(1).map((value) => build(plain.with(at, value)))),
    ...rows(parts).map(build),
  ];
}

/** @param lengths the least first; of the others, some may be refused */
export function arraySamples(elements: Samples, lengths: readonly number[]): Samples {
  const [plain] = elements;
  const least = lengths[0] ?? 0;
  const of = (length: number): Samples => Array.from({ length: Math.max(1, length) }, () => plain);
  if (elements.length === 0) return [[]];
  return [
    of(least),
    [],
    ...elements.slice(1).map((element) => of(least).with(0, element)),
    elements.slice(0, 3),
    elements.slice(0, 10),
    ...lengths.map(of),
  ];
}

export function tupleSamples(items: readonly Samples[], rest: Samples): Samples {
  const plain = items.map(([first]) => first);
  const others = items.flatMap((samples, at) => samples.slice(1).map((value) => plain.with(at, value)));
  // A part that is optional may be left out at the end.
  const short = items.map((_, length) => plain.slice(0, length));
  return [
    plain,
    ...others,
    ...short,
    ...rest.map((value) => [...plain, value]),
    [...plain, ...rest.slice(0, 3)],
  ];
}

const maxKeys = 20;

/** @param isOpen whether there may be any key. If not, it may be that all must be there. */
export function recordSamples(keys: Samples, values: Samples, isOpen: boolean): Samples {
  const names = keys.filter((key) => typeof key === 'string' || typeof key === 'number').map(String);
  const [name = 'key'] = names;
  if (values.length === 0) return [{}];
  const together = isOpen ? names.slice(0, maxKeys) : names;
  const all = Object.fromEntries(together.map((each) => [each, values[0]]));
  const around = isOpen ? {} : all;
  return [
    { ...around, [name]: values[0] },
    {},
    ...values.slice(1).map((value) => ({ ...around, [name]: value })),
    ...names.slice(1).map((each) => ({ [each]: values[0] })),
    all,
  ];
}

/** Of an intersection. What are not two objects must be the same value. */
export function mergedSamples(left: Samples, right: Samples): Samples {
  const merge = (one: unknown, other: unknown): unknown =>
    isObject(one) && isObject(other) ? { ...one, ...other } : one;
  return [
    ...left.map((one) => merge(one, right[0])),
    ...right.map((other) => merge(left[0], other)),
    ...left,
    ...right,
  ];
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The n-th sample of each part, together. */
function rows(parts: readonly Samples[]): readonly Samples[] {
  const count = Math.min(maxRows, Math.max(0, ...parts.map(({ length }) => length)));
  return Array.from({ length: count }, (_, at) =>
    parts.map((samples) => samples[at % (samples.length || 1)]),
  );
}
