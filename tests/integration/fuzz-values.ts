import fc from 'fast-check';
import * as z from 'zod/mini';
import { anyText } from '../any-text.ts';
import { document } from '../api-document.ts';

/** A part of a JSON Schema, as far as the document has it. */
const schemaShape = z.looseObject({
  $ref: z.optional(z.string()),
  const: z.optional(z.json()),
  enum: z.optional(z.array(z.json())),
  anyOf: z.optional(z.array(z.unknown())),
  oneOf: z.optional(z.array(z.unknown())),
  type: z.optional(z.string()),
  format: z.optional(z.string()),
  pattern: z.optional(z.string()),
  minimum: z.optional(z.number()),
  maximum: z.optional(z.number()),
  minLength: z.optional(z.number()),
  maxLength: z.optional(z.number()),
  items: z.optional(z.unknown()),
  minItems: z.optional(z.number()),
  properties: z.optional(z.record(z.string(), z.unknown())),
  required: z.optional(z.array(z.string())),
});
type Schema = z.infer<typeof schemaShape>;

/** Values for some fields, whatever their schema allows: jobs that take no time, and texts that come again. */
export type Mild = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const maxGenerated = 4;

/** Values that fit a schema of the document. */
export function valuesOf(schema: unknown, mild: Mild): fc.Arbitrary<unknown> {
  const { $ref, ...own } = schemaShape.parse(schema ?? {});
  if ($ref !== undefined) return valuesOf(document.components.schemas[$ref.split('/').at(-1) ?? ''], mild);
  const alternatives = own.anyOf ?? own.oneOf;
  if (alternatives) return fc.oneof(...alternatives.map((each) => valuesOf(each, mild)));
  if (own.const !== undefined) return fc.constant(own.const);
  if (own.enum) return fc.constantFrom(...own.enum);
  return ofType(own, mild);
}

function ofType(schema: Schema, mild: Mild): fc.Arbitrary<unknown> {
  const { type, minimum = 0, maximum = 1000, minItems = 0, items } = schema;
  switch (type) {
    case 'object':
      return objectsOf(schema, mild);
    case 'array':
      return fc.array(valuesOf(items, mild), { minLength: minItems, maxLength: maxGenerated });
    case 'string':
      return textsOf(schema);
    case 'integer':
      return fc.integer({ min: Math.max(minimum, -1e9), max: Math.min(maximum, 1e9) });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectsOf({ properties = {}, required = [] }: Schema, mild: Mild): fc.Arbitrary<unknown> {
  const fields: [string, fc.Arbitrary<unknown>][] = Object.entries(properties).map(([name, schema]) => [
    name,
    mild[name] ?? valuesOf(schema, mild),
  ]);
  return fc.record(Object.fromEntries(fields), {
    requiredKeys: required.filter((name) => name in properties),
  });
}

function textsOf({ format, pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc
      .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return anyText({ minLength, maxLength: Math.min(maxLength, 40) });
}
