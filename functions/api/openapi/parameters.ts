import * as z from 'zod/mini';
import type { oas31, ZodOpenApiParameters } from 'zod-openapi';
import { defined } from '../../../shared/domain/base/defined.ts';
import { jobId } from '../../../shared/domain/state/message.ts';
import { bareToken, structuredString } from '../../../shared/http/parse-idempotency-key.ts';
import { problemTypes } from '../../../shared/http/problem-types.ts';
import { secondsQuery, waitQuery } from '../../../shared/http/wait-request.ts';
import * as examples from './examples.ts';
import { headerTexts, queryTexts } from './field-texts.ts';
import { wholeSeconds } from './headers.ts';
import { types } from './named-schemas.ts';
import type { Operation, RequestHeader } from './operation.ts';

const pathSchemas: Readonly<Record<string, z.core.$ZodType>> = {
  id: jobId,
  type: types,
  name: z.enum(Object.keys(problemTypes)),
  schedule: z.string(),
};

const idempotencyKey = new RegExp(`${structuredString.source}|${bareToken.source}`);

const headerSchemas: Readonly<Record<RequestHeader, z.ZodMiniType>> = {
  'Idempotency-Key': z.string().check(z.regex(idempotencyKey)),
  'If-None-Match': z.string(),
  Prefer: z.string(),
  traceparent: z.string(),
};

// In a query every value is a text. What it must look like is said better as a number.
for (const seconds of [waitQuery.shape.wait, secondsQuery.shape.seconds])
  z.globalRegistry.add(seconds, {
    ...z.globalRegistry.get(seconds),
    override: ({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }) => {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, wholeSeconds);
    },
  });

/** Everything that a request may name outside its body. */
export function parametersOf(
  path: string,
  { query, headers = [] }: Operation,
): Pick<ZodOpenApiParameters, 'path' | 'query' | 'header'> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return {
    ...(names.length === 0 ? {} : { path: objectOf(names, pathSchemas) }),
    ...defined({ query }),
    ...(headers.length === 0 ? {} : { header: optionalObjectOf(headers) }),
  };
}

const objectOf = (names: readonly string[], schemas: Readonly<Record<string, z.core.$ZodType>>) =>
  z.object(Object.fromEntries(names.map((name) => [name, schemas[name] ?? z.never()])));

const optionalObjectOf = (names: readonly RequestHeader[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.optional(headerSchemas[name])])));

const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  query: queryTexts,
  header: headerTexts,
  path: {
    id: 'The id of the job.',
    type: 'The name of the type.',
    name: 'The name of the problem.',
    schedule: 'The name of the schedule.',
  },
};

/** A parameter with what it means, and an example. */
export const explained = (parameter: oas31.ParameterObject): oas31.ParameterObject => ({
  ...parameter,
  ...(texts[parameter.in]?.[parameter.name] === undefined
    ? {}
    : { description: texts[parameter.in]?.[parameter.name] }),
  ...(parameter.name in examples.parameters ? { example: examples.parameters[parameter.name] } : {}),
});
