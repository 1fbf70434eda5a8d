import fc from 'fast-check';
import type { Limits } from './schema-limits.ts';

/** Values on both sides of every bound. Not all of them fit the schema. */
export function numbersNear(limits: Limits, hints: readonly number[]): readonly number[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 } = limits;
  const bounds = [minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...hints].filter(
    (bound) => bound !== undefined,
  );
  const near = bounds.flatMap((bound) => [
    bound,
    ...steps(multipleOf).flatMap((step) => [bound - step, bound + step]),
  ]);
  return [
    multipleOf,
    0,
    -multipleOf,
    2 * multipleOf,
    0.5,
    -0.5,
    1.25,
    1e-7,
    2 ** 31,
    -(2 ** 31),
    1e15,
    1e21,
    ...near,
  ];
}

const steps = (multipleOf: number): readonly number[] => [...new Set([1, multipleOf, 0.5, 0.001])];

const maxTextLength = 100_000;

/** Texts of every kind and of every length that may matter. Not all of them fit the schema. */
export function textsLike(limits: Limits, hints: readonly number[]): readonly string[] {
  const { minLength, maxLength, allOf = [], format = '' } = limits;
  const patterns = [limits.pattern, ...allOf.map(({ pattern }) => pattern)].filter(
    (each) => each !== undefined,
  );
  const lengths = [minLength, maxLength, ...hints, 0, 1, 2, 10, 100, 1000]
    .filter((length) => length !== undefined)
    .flatMap((length) => [length, length - 1, length + 1])
    .filter((length) => Number.isInteger(length) && length >= 0 && length <= maxTextLength);
  return [
    ...(knownTexts[format] ?? []),
    ...patterns.flatMap(textsMatching),
    ...joined(patterns.map(textsMatching)),
    'text',
    ...[...new Set(lengths)].map((length) => 'a'.repeat(length)),
    ...ordinaryTexts,
    ...Object.values(knownTexts).flatMap((texts) => texts.slice(0, 1)),
  ];
}

/** A text that begins in one way may have to end in another. */
const joined = (parts: readonly (readonly string[])[]): readonly string[] => {
  if (parts.length < 2) return [];
  const [shortest, other] = [0, 1].map((at) => parts.map((texts) => texts[at] ?? ''));
  return [shortest, other].flatMap((texts = []) => [texts.join(''), texts.toReversed().join('')]);
};

const ordinaryTexts = [
  ' ',
  ' a ',
  'Text',
  'TEXT',
  'two words',
  'line\nline',
  '0',
  '1.5',
  '-',
  'a-b',
  'a_b',
  'a/b',
  'é',
  '漢字',
  '😀',
  '"',
  '\\',
  '<b>',
  'true',
  'null',
];

/** By the name of the format in JSON Schema. */
const knownTexts: Readonly<Record<string, readonly string[]>> = {
  uuid: [
    '5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11',
    '00000000-0000-0000-0000-000000000000',
    '0190b5e3-7b1c-7c3e-8a51-2f6e1d9c4b7a',
    'c232ab00-9414-11ec-b3c8-9f6bdeced846',
  ],
  email: ['someone@example.com', 'first.last+tag@mail.example.co.uk'],
  uri: [
    'https://example.com',
    'http://example.com:8080/path?query=1#part',
    'mailto:someone@example.com',
    'ftp://example.com/a',
  ],
  'date-time': [
    '2026-11-25T16:32:33Z',
    '2026-11-25T16:32:33.526Z',
    '2026-11-25T16:32:33+01:00',
    '2026-11-25T16:32Z',
  ],
  date: ['2026-11-25', '2024-02-29'],
  time: ['16:32:33', '16:32', '16:32:33.526'],
  duration: ['P1D', 'PT1H30M'],
  ipv4: ['192.0.2.1'],
  ipv6: ['2001:db8::1'],
  jwt: ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
  base64: ['', 'dGV4dA==', 'dGV4'],
};

const drawn = 60;
const kept = 24;
const ofPattern = new Map<string, readonly string[]>();

function textsMatching(pattern: string): readonly string[] {
  const known = ofPattern.get(pattern) ?? drawTexts(pattern);
  ofPattern.set(pattern, known);
  return known;
}

/** The same each time. Of the many, the shortest and the longest: they are most likely to reach a bound. */
function drawTexts(pattern: string): readonly string[] {
  try {
    const texts = fc.sample(fc.stringMatching(new RegExp(pattern, 'u')), { numRuns: drawn, seed: 1 });
    const sorted = [...new Set(texts)].sort((one, other) => one.length - other.length);
    return [...sorted.slice(0, kept / 2), ...sorted.slice(-kept / 2)];
  } catch {
    // fast-check does not know every kind of pattern. Other texts may match it.
    return [];
  }
}
