import * as z from 'zod/mini';
import { type $ZodType, toJSONSchema } from 'zod/v4/core';

const limits = z.object({
  format: z.optional(z.string()),
  pattern: z.optional(z.string()),
  allOf: z.optional(z.array(z.object({ pattern: z.optional(z.string()) }))),
  minLength: z.optional(z.number()),
  maxLength: z.optional(z.number()),
  minItems: z.optional(z.number()),
  maxItems: z.optional(z.number()),
  minimum: z.optional(z.number()),
  maximum: z.optional(z.number()),
  exclusiveMinimum: z.optional(z.number()),
  exclusiveMaximum: z.optional(z.number()),
  multipleOf: z.optional(z.number()),
});
export type Limits = z.infer<typeof limits>;

/** In JSON Schema, zod's checks of every kind have the same few names. */
const render = (schema: $ZodType): unknown => toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

/** What a schema asks of its value, apart from the parts of it. */
export const limitsOf = (schema: $ZodType): Limits => limits.parse(render(schema));

const numberNames = new Set(
  Object.keys(limits.shape).filter((name) => /^(min|max|exclusive|multiple)/.test(name)),
);

/** Every bound that a schema has anywhere, of numbers, lengths and lists. */
export function boundsIn(schema: $ZodType): readonly number[] {
  const found = new Set<number>();
  const search = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (numberNames.has(name) && typeof inner === 'number' && !isExtreme(inner)) found.add(inner);
      search(inner);
    }
  };
  search(render(schema));
  return [...found];
}

/** Every integer has these bounds. */
const isExtreme = (bound: number): boolean => Math.abs(bound) >= Number.MAX_SAFE_INTEGER;
