import { type $ZodType, toJSONSchema } from 'zod/v4/core';
import { contracts } from '#job-types/contracts.ts';
import type { Contracts } from '../../../shared/author/contract.ts';
import { nameless } from '../../../shared/author/marked-fields.ts';
import type { Schema } from './form-hints.ts';

function jsonSchemaOf(shape: $ZodType): Schema {
  const { $schema: _, ...schema } = toJSONSchema(shape, {
    io: 'input',
    unrepresentable: 'any',
    metadata: nameless,
  });
  return schema as Schema;
}

const all = Object.entries<Contracts[string]>(contracts);

/** The JSON Schema of each type's payload. When the function is bundled, its result is put in place of this. */
export const payloadSchemas = (): Readonly<Record<string, Schema>> =>
  Object.fromEntries(all.map(([type, { payload }]) => [type, jsonSchemaOf(payload)]));

/** Those of each type's answers, by the name of the signal. The same holds for them. */
export const signalSchemas = (): Readonly<Record<string, Readonly<Record<string, Schema>>>> =>
  Object.fromEntries(
    all.map(([type, { signals = {} }]) => [
      type,
      Object.fromEntries(Object.entries(signals).map(([name, shape]) => [name, jsonSchemaOf(shape)])),
    ]),
  );
