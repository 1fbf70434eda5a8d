import * as z from 'zod/v4/core';

/** A contract marks a field by `z.meta({ <mark>: true })`: what is secret, and what is the name of an object. */
export type Mark = 'secret' | 'object';

export const isMarked = (schema: z.$ZodType, mark: Mark): boolean =>
  z.globalRegistry.get(schema)?.[mark] === true;

/**
 * What is known of a schema, apart from its name in the OpenAPI document: for a JSON Schema that stands on its own. A
 * schema that has a name becomes a reference to it.
 */
export const nameless = {
  get(schema: z.$ZodType) {
    const { id: _, ...rest } = { ...z.globalRegistry.get(schema) };
    return rest;
  },
} as z.$ZodRegistry<Record<string, unknown>>;

const known: Readonly<Record<Mark, WeakMap<z.$ZodType, boolean>>> = {
  secret: new WeakMap(),
  object: new WeakMap(),
};

/**
 * Whether a schema has a marked field anywhere. Most have none, and their values, which may be large, are left alone.
 */
export function hasMarked(schema: z.$ZodType, mark: Mark): boolean {
  const answer = known[mark].get(schema);
  if (answer !== undefined) return answer;
  const seen = new Set<z.$ZodType>();
  const find = (each: z.$ZodType): boolean => {
    // A schema may contain itself.
    if (seen.has(each)) return false;
    seen.add(each);
    const { parts, same } = childrenOf(each);
    return isMarked(each, mark) || [...parts, ...same].some(find);
  };
  const found = find(schema);
  known[mark].set(schema, found);
  return found;
}

/** The marked values in a value that has the shape of the schema, with their JSON pointers. */
export function markedValues(schema: z.$ZodType, value: unknown, mark: Mark): readonly MarkedValue[] {
  return value === undefined || !hasMarked(schema, mark) ? [] : collect({ schema, value, pointer: '' }, mark);
}

export interface MarkedValue {
  readonly pointer: string;
  readonly value: unknown;
}

function collect(
  { schema, value, pointer }: MarkedValue & { schema: z.$ZodType },
  mark: Mark,
): readonly MarkedValue[] {
  if (isMarked(schema, mark)) return [{ pointer, value }];
  const { every, same } = childrenOf(schema);
  const inside = (key: string | number, inner: unknown): readonly MarkedValue[] => {
    const child = every(key);
    return child ? collect({ schema: child, value: inner, pointer: `${pointer}/${key}` }, mark) : [];
  };
  return [
    ...same.flatMap((alternative) => collect({ schema: alternative, value, pointer }, mark)),
    ...(Array.isArray(value) ? value.flatMap((inner, index) => inside(index, inner)) : []),
    ...(isRecord(value) ? Object.entries(value).flatMap(([key, inner]) => inside(key, inner)) : []),
  ];
}

export interface Children {
  /** The schema of the part of a value that has this key. */
  readonly every: (key: string | number) => z.$ZodType | undefined;
  readonly parts: readonly z.$ZodType[];
  /** The schemas of the same value: alternatives, or what a schema wraps. */
  readonly same: readonly z.$ZodType[];
}

const none = () => undefined;
const wraps = (...same: readonly z.$ZodType[]): Children => ({ every: none, parts: [], same });

export function childrenOf(schema: z.$ZodType): Children {
  // The schemas of zod itself, of which `def.type` is the discriminator.
  const { def } = (schema as z.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return {
        every: (key) => (Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall),
        parts: [...Object.values(def.shape), ...(def.catchall ? [def.catchall] : [])],
        same: [],
      };
    case 'record':
      return { every: () => def.valueType, parts: [def.valueType], same: [] };
    case 'array':
      return { every: () => def.element, parts: [def.element], same: [] };
    case 'tuple':
      return {
        every: (key) => def.items[Number(key)] ?? def.rest ?? undefined,
        parts: [...def.items, ...(def.rest ? [def.rest] : [])],
        same: [],
      };
    case 'union':
      return wraps(...def.options);
    case 'intersection':
      return wraps(def.left, def.right);
    case 'pipe':
      return wraps(def.in, def.out);
    case 'lazy':
      return wraps(def.getter());
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
      return wraps(def.innerType);
    default:
      return wraps();
  }
}

/** As JSON has it: no instance of a class. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value));
