import * as z from 'zod/v4/core';
import {
  arraySamples,
  mergedSamples,
  objectSamples,
  recordSamples,
  tupleSamples,
} from './combine-samples.ts';
import { numbersNear, textsLike } from './sample-scalars.ts';
import { limitsOf } from './schema-limits.ts';

/** A part of a schema of which there is no sample, or not every kind. */
export interface Gap {
  readonly pointer: string;
  readonly why: string;
}

export interface Samples {
  /** The plainest first. The schema accepts all of them. */
  readonly values: readonly unknown[];
  readonly gaps: readonly Gap[];
}

interface SchemaPath {
  readonly pointer: string;
  /** The schemas around this one. One that contains itself is among them. */
  readonly above: readonly z.$ZodType[];
  /** Numbers that matter to a reader of the samples: bounds of another schema. */
  readonly hints: readonly number[];
  readonly gaps: Gap[];
}

type Values = readonly unknown[];

const maxSamples = 5_000;
const maxItems = 10_000;
/** How often a schema is looked at inside itself. */
const maxNesting = 2;

/** Values that a schema accepts: of each kind, and at each bound. The same each time. */
export function makeSamples(schema: z.$ZodType, hints: readonly number[]): Samples {
  const gaps: Gap[] = [];
  const values = visit(schema, { pointer: '', above: [], hints, gaps });
  return { values, gaps };
}

function visit(schema: z.$ZodType, place: SchemaPath): Values {
  // Deeper values of a schema that contains itself have no other shapes.
  if (place.above.filter((each) => each === schema).length >= maxNesting) return [];
  const known = place.gaps.length;
  const candidates = candidatesOf(schema, { ...place, above: [...place.above, schema] });
  const accepted = distinct(candidates).filter((value) => accepts(schema, value));
  if (accepted.length > maxSamples)
    place.gaps.push({ pointer: place.pointer, why: `has more shapes than the ${maxSamples} that are tried` });
  // What a part lacks explains what the whole lacks.
  else if (accepted.length === 0 && candidates !== none && place.gaps.length === known)
    place.gaps.push({
      pointer: place.pointer,
      why: `no sample of its type (${typeOf(schema)}) could be made`,
    });
  return accepted.slice(0, maxSamples);
}

/** Nothing is missing: no value is allowed. */
const none: Values = [];

const typeOf = (schema: z.$ZodType): string => schema._zod.def.type;

/** Whether a value is one of the schema. A check of somebody's may throw, or need time: then nobody can tell. */
function accepts(schema: z.$ZodType, value: unknown): boolean {
  try {
    return z.safeParse(schema, value).success;
  } catch {
    return false;
  }
}

function distinct(values: Values): Values {
  const seen = new Set<unknown>();
  return values.filter((value) => {
    // A text may be what another value is as JSON.
    const key = typeof value === 'object' ? `JSON ${JSON.stringify(value)}` : value;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Values of which some may not fit. */
function candidatesOf(schema: z.$ZodType, place: SchemaPath): Values {
  // The schemas of zod itself, of which `def.type` is the discriminator.
  const { def } = (schema as z.$ZodTypes)._zod;
  const inner = (key: string | number, part: z.$ZodType): Values =>
    visit(part, { ...place, pointer: `${place.pointer}/${key}` });
  const same = (part: z.$ZodType): Values => visit(part, place);
  switch (def.type) {
    case 'string':
      return [...textsLike(limitsOf(schema), place.hints), ...coerced(def)];
    case 'number':
      return [...numbersNear(limitsOf(schema), place.hints), ...coerced(def)];
    case 'boolean':
      return [true, false, ...coerced(def)];
    case 'null':
      return [null];
    case 'undefined':
    case 'void':
      return [undefined];
    case 'never':
      return none;
    case 'literal':
      return def.values;
    case 'enum':
      return Object.values(def.entries);
    case 'template_literal':
      return textsLike({ pattern: schema._zod.pattern?.source }, []);
    case 'object':
      return objectSamples(
        Object.fromEntries(Object.entries(def.shape).map(([key, part]) => [key, inner(key, part)])),
        def.catchall ? inner('*', def.catchall).slice(0, 1) : ['more'],
      );
    case 'record':
      return recordSamples(
        inner('*', def.keyType),
        inner('*', def.valueType),
        openKeys.has(typeOf(def.keyType)),
      );
    case 'array':
      return arraySamples(inner('*', def.element), lengthsOf(schema, place));
    case 'tuple':
      return tupleSamples(
        def.items.map((item, index) => inner(index, item)),
        def.rest ? inner('*', def.rest) : none,
      );
    case 'union':
      return firstOfEach(def.options.map(same));
    case 'intersection':
      return mergedSamples(same(def.left), same(def.right));
    case 'optional':
    case 'default':
    case 'prefault':
      return [...same(def.innerType), undefined];
    case 'nullable':
      return [...same(def.innerType), null];
    case 'catch':
      return [...same(def.innerType), ...anyJson];
    case 'nonoptional':
    case 'readonly':
      return same(def.innerType);
    case 'pipe':
      // What is transformed first may be anything that comes out as the second.
      return typeOf(def.in) === 'transform' ? [...same(def.out), ...anyJson] : same(def.in);
    case 'lazy':
      return same(def.getter());
    default:
      return anyJson;
  }
}

const openKeys = new Set(['string', 'template_literal', 'number']);

/** What is coerced may come as another type. */
const coerced = (def: object): Values => ('coerce' in def && def.coerce === true ? anyJson : none);

const anyJson: Values = [
  'text',
  {},
  1,
  0,
  true,
  false,
  null,
  [],
  '',
  '1',
  '2026-11-25T16:32:33.526Z',
  1_795_624_353_526,
  ['text'],
  { key: 'value' },
  undefined,
];

/** The plainest of each alternative, then the rest. */
const firstOfEach = (alternatives: readonly Values[]): Values => [
  ...alternatives.flatMap((values) => values.slice(0, 1)),
  ...alternatives.flatMap((values) => values.slice(1)),
];

function lengthsOf(schema: z.$ZodType, { hints }: SchemaPath): readonly number[] {
  const { minItems = 0, maxItems: most } = limitsOf(schema);
  const lengths = [
    minItems,
    minItems + 1,
    ...(most === undefined ? [] : [most]),
    ...hints,
    ...hints.map((hint) => hint + 1),
  ];
  return [...new Set(lengths)].filter(
    (length) => Number.isInteger(length) && length >= 0 && length <= maxItems,
  );
}
