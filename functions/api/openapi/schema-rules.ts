import * as z from 'zod/v4/core';
import { namedSchemas } from './named-schemas.ts';

type Json = Record<string, unknown>;

interface Rendered {
  readonly zodSchema: z.$ZodType;
  readonly jsonSchema: Json;
  readonly io: 'input' | 'output';
}

/** What is said of a schema beyond what it checks. */
export function adjustSchema({ zodSchema, jsonSchema, io }: Rendered): void {
  const { id, secret, object, labels } = { ...z.globalRegistry.get(zodSchema) };
  if (secret === true) markSecret(jsonSchema, io);
  if (object === true) markObject(jsonSchema);
  if (labels !== undefined) markLabels(jsonSchema);
  if (io === 'output') openUp(zodSchema, jsonSchema);
  if (typeof id === 'string') describeFields(id, jsonSchema);
}

/** A secret of a payload is never shown again. One of a result is shown to programs, but not to people. */
function markSecret(jsonSchema: Json, io: 'input' | 'output'): void {
  delete jsonSchema.secret;
  jsonSchema['x-secret'] = true;
  if (io === 'input') jsonSchema.writeOnly = true;
}

/** It names what was uploaded. */
function markObject(jsonSchema: Json): void {
  delete jsonSchema.object;
  jsonSchema['x-object'] = true;
}

/** What people read for its values. */
function markLabels(jsonSchema: Json): void {
  jsonSchema['x-labels'] = jsonSchema.labels;
  delete jsonSchema.labels;
}

/** An answer may get more fields, and its numbers have no bounds that anybody checks. */
function openUp(zodSchema: z.$ZodType, jsonSchema: Json): void {
  const { def } = (zodSchema as z.$ZodTypes)._zod;
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function describeFields(id: string, { properties }: Json): void {
  const { fields = {} } = namedSchemas.get(id) ?? {};
  if (typeof properties !== 'object' || properties === null) return;
  for (const [name, field] of Object.entries(properties as Record<string, Json>))
    if (fields[name] !== undefined) field.description = fields[name];
}
