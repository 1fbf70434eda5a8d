import * as z from 'zod/mini';
import { operations } from '../../../shared/http/families/all.ts';
import { problem } from '../../../shared/http/wire/respond.ts';
import type { NamedSchema, Operation } from '../../../shared/http/wire/route.ts';
import { catalog, schemasOfTypes } from './catalog.ts';

export const problemDocument: NamedSchema = {
  id: 'Problem',
  schema: problem,
  text: 'What is wrong, as RFC 9457 has it.',
  fields: {
    type: 'The kind of problem: an address on this API that explains it.',
    title: 'The kind of problem, for people.',
    status: 'The HTTP status.',
    detail: 'What is wrong in this case.',
    instance: 'The path of the request.',
    errors:
      'Everything that is wrong with a request: a JSON pointer into the body, or the name of a parameter or header. At most 100.',
    pause:
      'The pause because of which the submission is refused, when it ends by itself, and after how many seconds to ask again: it may be resumed earlier.',
    limit: 'The limit of the tenant that is used up, and after how many seconds there is room again.',
  },
};

export const gatewayAnswer: NamedSchema = {
  id: 'GatewayAnswer',
  schema: z.object({ message: z.string() }),
  text: 'An answer of the gateway in front of the API.',
};

const isNamed = (schema: NamedSchema | z.core.$ZodType): schema is NamedSchema => 'id' in schema;

const schemasOf = ({ body, answers }: Operation): readonly NamedSchema[] =>
  [body, ...Object.values<Operation['answers'][number]>(answers)]
    .flatMap((each) => each?.schema ?? [])
    .filter(isNamed);

const withParts = (schema: NamedSchema): readonly NamedSchema[] => [
  schema,
  ...(schema.parts ?? []).flatMap(withParts),
];

/** The schemas that have a name in the document, by name. */
export const namedSchemas: ReadonlyMap<string, NamedSchema> = new Map(
  [
    ...Object.values<Operation>(operations).flatMap(schemasOf),
    ...schemasOfTypes,
    problemDocument,
    gatewayAnswer,
  ]
    .flatMap(withParts)
    .map((schema) => [schema.id, schema]),
);

const zodSchemas = new Map(
  [...namedSchemas].map(([id, { schema }]) => [id, typeof schema === 'function' ? schema(catalog) : schema]),
);

for (const [id, schema] of zodSchemas) {
  const { text } = namedSchemas.get(id) ?? {};
  // A contract may have said more of it.
  const known = z.globalRegistry.get(schema);
  z.globalRegistry.add(schema, { ...known, id, ...(text === undefined ? {} : { description: text }) });
}

/** A schema for zod-openapi, which makes a component of what has a name. */
export const zodSchemaOf = (schema: NamedSchema | z.core.$ZodType): z.core.$ZodType =>
  isNamed(schema) ? (zodSchemas.get(schema.id) ?? z.never()) : schema;
