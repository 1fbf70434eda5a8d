import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod/mini';
import { openApiDocument } from '../functions/api/documents.ts';

/** The part of the document that tests read. */
const header = z.looseObject({
  required: z.boolean(),
  schema: z.looseObject({ type: z.optional(z.string()) }),
});
const parameter = z.looseObject({
  in: z.enum(['path', 'query', 'header']),
  name: z.string(),
  description: z.string(),
  required: z.optional(z.boolean()),
  schema: z.looseObject({}),
  example: z.unknown(),
});
const content = z.record(
  z.string(),
  z.looseObject({ examples: z.optional(z.record(z.string(), z.unknown())) }),
);
const response = z.looseObject({
  headers: z.optional(z.record(z.string(), header)),
  content: z.optional(content),
});
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  security: z.array(z.unknown()),
  'x-right': z.string(),
  parameters: z.optional(z.array(parameter)),
  requestBody: z.optional(z.object({ required: z.literal(true), content })),
  responses: z.record(z.string(), z.unknown()),
});
const documentShape = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({})),
    responses: z.record(z.string(), response),
  }),
  'x-other-requests': z.record(z.string(), response),
});
export type DocumentedOperation = z.infer<typeof operation>;
export type DocumentedResponse = z.infer<typeof response>;

const text = JSON.stringify(openApiDocument());
const { components } = z
  .object({
    components: z.object({
      headers: z.record(z.string(), header),
      parameters: z.record(z.string(), parameter),
    }),
  })
  .parse(JSON.parse(text));
const sharedRef = z.object({
  $ref: z.templateLiteral(['#/components/', z.enum(['headers', 'parameters']), '/', z.string()]),
});

/** With the headers of each request and each answer in their place. */
export const document = documentShape.parse(
  JSON.parse(text, (_key, value: unknown) => {
    const [, , kind, name = ''] = sharedRef.safeParse(value).data?.$ref.split('/') ?? [];
    return kind === 'headers' || kind === 'parameters' ? components[kind][name] : value;
  }),
);

/** An operation of the document, with its address: `POST /jobs/{id}/cancel`. */
export const operations: ReadonlyMap<string, DocumentedOperation> = new Map(
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, each]) => [`${method.toUpperCase()} ${path}`, each] as const),
  ),
);

/** JSON Pointer, RFC 6901. */
export const pointer = (...parts: readonly (string | number)[]): string =>
  parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** In a test an answer has only the fields that the document names. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, closed(each)]));
  const isOpen = inner.type === 'object' && typeof inner.properties === 'object';
  return isOpen && !('additionalProperties' in inner) ? { ...inner, additionalProperties: false } : inner;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ ...(closed(document) as object), $id: 'api' });

/** What is wrong with a value, by the schema at a place in the document. */
export function violationsAt(place: string, value: unknown): readonly string[] {
  const uri = `api#${encodeURI(place)}`;
  const validate = ajv.getSchema(uri) ?? ajv.compile({ $ref: uri });
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message, params }) =>
        [instancePath, message, JSON.stringify(params)].join(' '),
      );
}

/** Where a response stands that may be a reference, and what it says. */
export function responseAt(place: string, value: unknown): { place: string; response: DocumentedResponse } {
  const { $ref } = z.object({ $ref: z.optional(z.string()) }).parse(value);
  if ($ref === undefined) return { place, response: response.parse(value) };
  const [, name = ''] = /^#\/components\/responses\/(\w+)$/.exec($ref) ?? [];
  return { place: $ref.slice(1), response: response.parse(document.components.responses[name]) };
}
