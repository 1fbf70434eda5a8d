import * as z from 'zod/v4/core';
import type { Violation } from '../../domain/base/errors.ts';
import type { HttpRequest } from './http-types.ts';
import type { Route } from './route.ts';
import { invalid, violationsIn } from './violations.ts';

/**
 * API Gateway joins the values of a repeated parameter with commas, which a value may have: so the raw text is read.
 */
export const parametersOf = ({ rawQueryString = '' }: Pick<HttpRequest, 'rawQueryString'>): URLSearchParams =>
  new URLSearchParams(rawQueryString);

/** @throws InvalidRequestError that names every parameter that the route does not know */
export function requireKnownQuery(request: HttpRequest, { query = [] }: Pick<Route, 'query'>): void {
  const known = query.length === 0 ? 'there are none' : `there are: ${query.join(', ')}`;
  const unknown = [...new Set(parametersOf(request).keys())].filter((name) => !query.includes(name));
  if (unknown.length === 0) return;
  throw invalid(
    unknown.map((name): Violation => ({ pointer: name, detail: `unknown query parameter; ${known}` })),
  );
}

/**
 * Reads a request's query. A parameter that may come several times is an array in the schema.
 * @throws InvalidRequestError with everything that is wrong
 */
export function parseQuery<Schema extends z.$ZodType>(
  request: Pick<HttpRequest, 'rawQueryString'>,
  schema: Schema,
  { repeatable = [] }: { readonly repeatable?: readonly string[] } = {},
): z.output<Schema> {
  const parameters = parametersOf(request);
  const names = [...new Set(parameters.keys())];
  const twice = names.filter((name) => !repeatable.includes(name) && parameters.getAll(name).length > 1);
  const values = names.map((name) => [
    name,
    repeatable.includes(name) ? parameters.getAll(name) : parameters.get(name),
  ]);
  const parsed = z.safeParse(schema, Object.fromEntries(values));
  const violations = [
    ...twice.map((name): Violation => ({ pointer: name, detail: 'may be there only once' })),
    ...violationsIn(parsed, '').map(({ pointer, detail }) => ({
      pointer: pointer.split('/')[1] ?? pointer,
      detail,
    })),
  ];
  if (violations.length > 0 || !parsed.success) throw invalid(violations);
  return parsed.data;
}
