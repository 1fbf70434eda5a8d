import type { Schema } from './form-fields.ts';

/** The JSON Schema of each type's payload. When the function is bundled, its result is put in place of this. */
export const payloadSchemas = (): Readonly<Record<string, Schema>> => ({});
