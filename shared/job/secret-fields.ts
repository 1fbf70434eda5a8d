import * as z from 'zod/v4/core';

/**
 * A contract marks a field as secret: `z.string().check(z.meta({ secret: true }))`. Its values belong into the queue and
 * to the job's handler, and nowhere else.
 */

/** Stands where a secret value was. */
export const hidden = '[secret]';

const withSecrets = new WeakMap<z.$ZodType, boolean>();

/** Whether a schema has a secret field anywhere. Most have none, and their values, which may be large, are left alone. */
function hasSecrets(schema: z.$ZodType): boolean {
  const known = withSecrets.get(schema);
  if (known !== undefined) return known;
  const seen = new Set<z.$ZodType>();
  const find = (each: z.$ZodType): boolean => {
    // A schema may contain itself.
    if (seen.has(each)) return false;
    seen.add(each);
    const { parts, same } = childrenOf(each);
    return isSecret(each) || [...parts, ...same].some(find);
  };
  const found = find(schema);
  withSecrets.set(schema, found);
  return found;
}

const isSecret = (schema: z.$ZodType): boolean => z.globalRegistry.get(schema)?.secret === true;

/**
 * The value with every secret field replaced. What does not have the shape of the schema stays as it is.
 * @param note is given each secret value
 */
export function mask(
  schema: z.$ZodType,
  value: unknown,
  note: (secret: unknown) => void = () => {},
): unknown {
  if (value === undefined || !hasSecrets(schema)) return value;
  if (isSecret(schema)) {
    note(value);
    return hidden;
  }
  const { every, same } = childrenOf(schema);
  const masked = same.reduce((inner: unknown, alternative) => mask(alternative, inner, note), value);
  if (Array.isArray(masked)) return masked.map((inner, index) => maskChild(every(index), inner, note));
  if (!isRecord(masked)) return masked;
  const entries = Object.entries(masked).map(([key, inner]) => [key, maskChild(every(key), inner, note)]);
  return Object.fromEntries(entries);
}

const maskChild = (
  schema: z.$ZodType | undefined,
  value: unknown,
  note: (secret: unknown) => void,
): unknown => (schema ? mask(schema, value, note) : value);

/** How many parts of a path lead to a secret field, if it leads to or through one. */
export function secretDepth(schema: z.$ZodType, path: readonly PropertyKey[]): number | undefined {
  if (isSecret(schema)) return 0;
  const { every, same } = childrenOf(schema);
  const [key, ...rest] = path;
  const child = key === undefined || typeof key === 'symbol' ? undefined : every(key);
  const below = child && secretDepth(child, rest);
  const depths = [
    ...same.map((alternative) => secretDepth(alternative, path)),
    below === undefined ? undefined : below + 1,
  ];
  return depths.find((depth) => depth !== undefined);
}

interface Children {
  /** The schema of the part of a value that has this key. */
  readonly every: (key: string | number) => z.$ZodType | undefined;
  readonly parts: readonly z.$ZodType[];
  /** The schemas of the same value: alternatives, or what a schema wraps. */
  readonly same: readonly z.$ZodType[];
}

const none = () => undefined;
const wraps = (...same: readonly z.$ZodType[]): Children => ({ every: none, parts: [], same });

function childrenOf(schema: z.$ZodType): Children {
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
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value));
