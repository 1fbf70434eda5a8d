import * as z from 'zod/mini';
import type { oas31, ZodOpenApiParameters } from 'zod-openapi';
import { jobId } from '../../../shared/domain/state/job/message.ts';
import { examples } from '../../../shared/http/families/job.ts';
import { bareToken, structuredString } from '../../../shared/http/requests/parse-idempotency-key.ts';
import { maxPreferredWaitSeconds } from '../../../shared/http/wire/prefer.ts';
import { problemTypes } from '../../../shared/http/wire/problem-types.ts';
import {
  exampleOf,
  type Operation,
  type Query,
  type RequestHeader,
} from '../../../shared/http/wire/route.ts';
import { filledIn, typeName } from './catalog.ts';

interface Parameter {
  readonly schema: z.core.$ZodType;
  readonly text: string;
  readonly example: unknown;
}

/** What a path may name. */
const pathParameters: Readonly<Record<string, Parameter>> = {
  id: { schema: jobId, text: 'The id of the job.', example: examples.listed.id },
  type: { schema: typeName, text: 'The name of the type.', example: exampleOf('one', 'type') },
  name: {
    schema: z.enum(Object.keys(problemTypes)),
    text: 'The name of the problem.',
    example: 'key-reused',
  },
  signal: { schema: z.string(), text: 'The name of the signal.', example: 'approve' },
  key: {
    schema: z.string(),
    text: 'The key of the batch. One with `/`, `?` or `%` is encoded twice.',
    example: 'children',
  },
  index: { schema: z.string(), text: 'Which child of the batch, from 0.', example: '76' },
  pause: { schema: z.string(), text: 'What is paused.', example: 'tenant:acme' },
  schedule: { schema: z.string(), text: 'The name of the schedule.', example: 'nightly' },
  job: { schema: jobId, text: 'The id of a job of any tenant.', example: examples.listed.id },
};

const idempotencyKey = new RegExp(`${structuredString.source}|${bareToken.source}`);

const headerParameters: Readonly<Record<RequestHeader, Parameter>> = {
  'Idempotency-Key': {
    schema: z.string().check(z.regex(idempotencyKey)),
    text: 'A string in double quotes, or a bare token, of 1 to 255 characters. With the same key the same request is one job, however often it is sent.',
    example: '"order-4711"',
  },
  'If-None-Match': {
    schema: z.string(),
    text: 'The `ETag` of an earlier answer. If it is still the same, the answer is 304.',
    example: '"yFwOdf2VdzI4RQnVTsaPZD"',
  },
  Prefer: {
    schema: z.string(),
    text: `\`wait=<seconds>\`: answer when the job has ended, or after so many seconds, ${maxPreferredWaitSeconds} at most, or less if the stage says so.`,
    example: 'wait=5',
  },
  traceparent: {
    schema: z.string(),
    text: 'W3C Trace Context. One that is not valid is ignored.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
};

/** Everything that a request may name outside its body. */
export function parametersOf(
  path: string,
  { query, headers = [] }: Operation,
): Pick<ZodOpenApiParameters, 'path' | 'query' | 'header'> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  if (query) showAsSaid(query);
  return {
    ...(names.length === 0 ? {} : { path: objectOf(names) }),
    ...(query === undefined ? {} : { query: query.schema }),
    ...(headers.length === 0 ? {} : { header: optionalObjectOf(headers) }),
  };
}

const objectOf = (names: readonly string[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, pathParameters[name]?.schema ?? z.never()])));

const optionalObjectOf = (names: readonly RequestHeader[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.optional(headerParameters[name].schema)])));

function showAsSaid({ schema, parameters }: Query): void {
  for (const [name, { shown }] of Object.entries(parameters)) {
    const parameter = schema.shape[name];
    if (shown === undefined || parameter === undefined) continue;
    z.globalRegistry.add(parameter, {
      ...z.globalRegistry.get(parameter),
      override: ({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }) => {
        delete jsonSchema.pattern;
        Object.assign(jsonSchema, shown);
      },
    });
  }
}

/** What operations refer to: what a path or a header may name, each once. */
export const sharedParameters: Record<string, oas31.ParameterObject> = {};

/** The parameters of an operation, each with what it means, and an example. */
export const explained = (
  parameters: readonly (oas31.ParameterObject | oas31.ReferenceObject)[],
  { query }: Operation,
) =>
  parameters.map((parameter) => {
    if ('$ref' in parameter) return parameter;
    const known: Readonly<Record<string, Readonly<Record<string, Omit<Parameter, 'schema'>>>>> = {
      path: pathParameters,
      header: headerParameters,
      query: query?.parameters ?? {},
    };
    const { text, example } = known[parameter.in]?.[parameter.name] ?? {};
    const whole = {
      ...parameter,
      ...(text === undefined ? {} : { description: text, example: filledIn(example) }),
    };
    if (parameter.in === 'query') return whole;
    sharedParameters[parameter.name] = whole;
    return { $ref: `#/components/parameters/${parameter.name}` };
  });
