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

/** @param lengths of which some may be refused */
export const arraySamples = (elements: Samples, lengths: readonly number[]): Samples => [
  ...elements.slice(0, 1).map((element) => [element]),
  [],
  ...elements.slice(1).map((element) => [element]),
  elements.slice(0, 3),
  elements.slice(0, 10),
  ...(elements.length === 0 ? [] : lengths.map((length) => Array.from({ length }, () => elements[0]))),
  // With a lower bound, one element alone is refused.
  ...lengths
    .filter((length) => length > 1 && length <= 10)
    .flatMap((length) => elements.slice(1).map((element) => padded(element, elements[0], length))),
];

const padded = (element: unknown, other: unknown, length: number): Samples => [
  element,
  ...Array.from({ length: length - 1 }, () => other),
];

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

export function recordSamples(keys: Samples, values: Samples): Samples {
  const names = keys.filter((key) => typeof key === 'string' || typeof key === 'number').map(String);
  const [name = 'key'] = names;
  const all = Object.fromEntries(names.slice(0, 100).map((each) => [each, values[0]]));
  const single = names.map((each) => ({ [each]: values[0] }));
  const others = values.slice(1).flatMap((value) => [{ [name]: value }, { ...all, [name]: value }]);
  return values.length === 0 ? [{}] : [...single.slice(0, 1), all, {}, ...single.slice(1), ...others];
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
