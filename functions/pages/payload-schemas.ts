import { toJSONSchema } from 'zod/v4/core';
import { contracts } from '#job-types/contracts.ts';
import type { Contracts } from '../../shared/author/contract.ts';
import { nameless } from '../../shared/author/marked-fields.ts';
import type { Schema } from './form-hints.ts';

/** The JSON Schema of each type's payload. When the function is bundled, its result is put in place of this. */
export const payloadSchemas = (): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    Object.entries<Contracts[string]>(contracts).map(([type, { payload }]) => {
      const { $schema: _, ...schema } = toJSONSchema(payload, {
        io: 'input',
        unrepresentable: 'any',
        metadata: nameless,
      });
      return [type, schema as Schema];
    }),
  );
