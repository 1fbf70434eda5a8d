import { jobTypeDocuments, openApiDocument, schemaNamesOfTypes } from './documents.ts';

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

let made: object | undefined;

/**
 * The document without what it says of the job types: their schemas, their names, and all examples, as most have some.
 * Where a type would decide, any JSON stands.
 */
export function documentForStrangers(): object {
  made ??= Object(withoutTypes(openApiDocument()));
  return made as object;
}

function withoutTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTypes);
  if (!isJson(value)) return value;
  const { anyOf, oneOf = anyOf, discriminator: _, enum: names, ...rest } = value;
  if (namesTypes(oneOf)) return rest;
  if (jobTypeDocuments().some(({ type }) => [names].flat().includes(type))) return rest;
  const isLeftOut = (key: string) => ['example', 'examples', ...schemaNamesOfTypes()].includes(key);
  const entries = Object.entries(value).filter(([key]) => !isLeftOut(key));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutTypes(inner)]));
}

/** Whether alternatives refer to schemas of types. */
const namesTypes = (alternatives: unknown): boolean =>
  schemaNamesOfTypes().some((name) => JSON.stringify(alternatives)?.includes(`/${name}"`));
