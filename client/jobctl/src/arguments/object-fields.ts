import { usageError } from '../ending.ts';

/** A field of a payload that names uploaded objects. */
export interface ObjectField {
  readonly name: string;
  /** It is a list of names. */
  readonly isList: boolean;
}

/** What goes into which field. */
export interface Upload {
  readonly field: ObjectField;
  readonly file: string;
}

/** @param schema the JSON Schema of a payload, as `GET /job-types` has it: it marks such fields with `x-object` */
export function objectFieldsOf(schema: unknown): readonly ObjectField[] {
  const { properties }: { readonly properties?: unknown } = Object(schema);
  return Object.entries(Object(properties)).flatMap(([name, property]): readonly ObjectField[] => {
    if (isObjectName(property)) return [{ name, isList: false }];
    const { items }: { readonly items?: unknown } = Object(property);
    return isObjectName(items) ? [{ name, isList: true }] : [];
  });
}

function isObjectName(schema: unknown): boolean {
  const { 'x-object': mark, anyOf }: { readonly 'x-object'?: unknown; readonly anyOf?: unknown } =
    Object(schema);
  return mark === true || (Array.isArray(anyOf) && anyOf.some(isObjectName));
}

/**
 * @param text `FIELD=FILE`, or `FILE` where the type has one such field. A `=` in the name of a file is none of a
 * field.
 * @throws CommandError
 */
export function parseUpload(text: string, type: string, fields: readonly ObjectField[]): Upload {
  const [only, ...others] = fields;
  if (only === undefined)
    throw usageError(
      `--upload: a payload of ${type} has no field for an uploaded file. \`jobctl types ${type}\` shows its fields.`,
    );
  const at = text.indexOf('=');
  const field = at === -1 ? undefined : fields.find(({ name }) => name === text.slice(0, at));
  if (field) return { field, file: text.slice(at + 1) };
  if (others.length === 0) return { field: only, file: text };
  const names = fields.map(({ name }) => name).join(', ');
  throw usageError(
    `--upload is "${text}". A payload of ${type} has several fields for a file: ${names}. Use FIELD=FILE.`,
  );
}

/** @returns the payload with a name in this field. @throws CommandError if it has one already, or is no object */
export function withObject(payload: unknown, { name, isList }: ObjectField, object: string): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw usageError('--upload: the payload is no JSON object, so it has no fields.');
  const fields = new Map<string, unknown>(Object.entries(payload));
  const before = fields.get(name);
  if (before !== undefined && !(isList && Array.isArray(before)))
    throw usageError(`--upload: the payload has a field ${name} already.`);
  const value = isList ? [...(Array.isArray(before) ? before : []), object] : object;
  return Object.fromEntries(fields.set(name, value));
}
