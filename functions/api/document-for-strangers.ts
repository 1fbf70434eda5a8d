import { jobTypeDocuments, openApiDocument, schemaNamesOfTypes } from './documents.ts';

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

let made: object | undefined;

/**
 * The document without what it says of the job types: their schemas, their names, and examples with these. A submission has the
 * fields that all types have.
 */
export function documentForStrangers(): object {
  made ??= Object(withoutTypes(openApiDocument(), contextOf()));
  return made as object;
}

interface Context {
  readonly schemas: Json;
  readonly schemaNames: ReadonlySet<string>;
  readonly typeNames: readonly string[];
}

function contextOf(): Context {
  const { components }: { components?: { schemas?: Json } } = openApiDocument();
  return {
    schemas: components?.schemas ?? {},
    schemaNames: new Set(schemaNamesOfTypes()),
    typeNames: jobTypeDocuments().map(({ type }) => type),
  };
}

function withoutTypes(value: unknown, context: Context): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutTypes(each, context));
  if (!isJson(value)) return value;
  const { anyOf, oneOf, discriminator: _, ...rest } = value;
  const [name] = [anyOf ?? oneOf].flat().flatMap((each) => namesOf(each, context));
  if (name !== undefined) return { ...rest, ...commonOf(name, context) };
  if (Array.isArray(value.enum) && value.enum.some((each) => context.typeNames.includes(String(each))))
    return { type: 'string' };
  const entries = Object.entries(value)
    .filter(([key, inner]) => !context.schemaNames.has(key) && !isExampleOfType(key, inner, context))
    .map(([key, inner]) => [key, withoutTypes(inner, context)]);
  return Object.fromEntries(entries);
}

/** The names of schemas of types that this refers to, also where it may be null. */
function namesOf(value: unknown, context: Context): readonly string[] {
  if (!isJson(value)) return [];
  const name = String(value.$ref).split('/').at(-1) ?? '';
  if (context.schemaNames.has(name)) return [name];
  return [value.anyOf ?? value.oneOf].flat().flatMap((each) => namesOf(each, context));
}

/** What the submissions of all types have in common. Results have nothing. */
function commonOf(name: string, { schemas }: Context): Json {
  const schema = schemas[name];
  if (!isJson(schema) || !isJson(schema.properties) || !isJson(schema.properties.type)) return {};
  if (!('const' in schema.properties.type)) return {};
  const properties = { ...schema.properties, type: { type: 'string' }, payload: {} };
  return { type: 'object', properties, required: ['type'], additionalProperties: false };
}

const isExampleOfType = (key: string, value: unknown, { typeNames }: Context): boolean =>
  ['example', 'examples'].includes(key) &&
  typeNames.some((type) => JSON.stringify(value).includes(JSON.stringify(type)));
