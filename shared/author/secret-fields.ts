import type * as z from 'zod/v4/core';
import { childrenOf, hasMarked, isMarked, isRecord } from './marked-fields.ts';

/**
 * A contract marks a field as secret: `z.string().check(z.meta({ secret: true }))`. Its values belong into the queue
 * and to the job's handler, and nowhere else.
 */

/** Stands where a secret value was. */
export const hidden = '[secret]';

const isSecret = (schema: z.$ZodType): boolean => isMarked(schema, 'secret');

/**
 * The value with every secret field replaced. What does not have the shape of the schema stays as it is.
 * @param note is given each secret value
 */
export function mask(
  schema: z.$ZodType,
  value: unknown,
  note: (secret: unknown) => void = () => {},
): unknown {
  if (value === undefined || !hasMarked(schema, 'secret')) return value;
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
