import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { parseQuery, requireKnownQuery } from '../../../../shared/http/query.ts';
import { InvalidRequestError, type Violation } from '../../../../shared/job/errors.ts';
import { aRequest } from '../../../set-ups/samples.ts';

function violationsOf(read: () => unknown): readonly Violation[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.violations;
    throw error;
  }
  return [];
}

describe('requireKnownQuery', () => {
  const check = (rawQueryString: string, query?: readonly string[]) =>
    violationsOf(() => requireKnownQuery(aRequest({ rawQueryString }), query ? { query } : {}));

  test.each(['', 'a=1', 'a', 'a=', 'a=1&a=2', '&&', '%61=1'])('lets pass the query "%s"', (query) => {
    expect(check(query, ['a', 'b'])).toEqual([]);
  });

  test('names every unknown parameter once, as it is called, and those that there are', () => {
    const detail = 'unknown query parameter; there are: a, b';
    expect(check('A=1&a=1&x+y=1&x%20y=2&__proto__=1&=', ['a', 'b'])).toEqual(
      ['A', 'x y', '__proto__', ''].map((pointer) => ({ pointer, detail })),
    );
  });

  test('says of a route without parameters that there are none', () => {
    expect(check('a=1')).toEqual([{ pointer: 'a', detail: 'unknown query parameter; there are none' }]);
  });

  test('lets pass a request without any query', () => {
    const { rawQueryString: _, ...request } = aRequest();
    expect(violationsOf(() => requireKnownQuery(request as never, {}))).toEqual([]);
  });
});

describe('parseQuery', () => {
  const schema = z.strictObject({
    one: z.optional(z.string().check(z.maxLength(3, 'is too long'))),
    many: z.optional(z.array(z.string().check(z.maxLength(3, 'is too long')))),
  });
  const parse = (rawQueryString: string) =>
    parseQuery(aRequest({ rawQueryString }), schema, { repeatable: ['many'] });

  test.each([
    ['', {}],
    ['one=a', { one: 'a' }],
    ['one=', { one: '' }],
    ['one', { one: '' }],
    ['one=a,b', { one: 'a,b' }],
    ['one=a%26b', { one: 'a&b' }],
    ['one=a+b', { one: 'a b' }],
    ['one=%C3%A9', { one: 'é' }],
    ['one=%FF', { one: '\ufffd' }],
    ['many=a', { many: ['a'] }],
    ['many=b&one=1&many=a,b&many=', { one: '1', many: ['b', 'a,b', ''] }],
  ])('reads "%s"', (query, expected) => {
    expect(parse(query)).toEqual(expected);
  });

  test('does not read what API Gateway has joined with commas', () => {
    const request = aRequest({ rawQueryString: 'many=a&many=b', queryStringParameters: { many: 'a,b' } });
    expect(parseQuery(request, schema, { repeatable: ['many'] })).toEqual({ many: ['a', 'b'] });
  });

  test('names everything that is wrong by the names of the parameters', () => {
    expect(violationsOf(() => parse('one=1&one=2345&many=1234&many=1&other=1'))).toEqual([
      { pointer: 'one', detail: 'may be there only once' },
      { pointer: 'many', detail: 'is too long' },
      { pointer: 'other', detail: 'unknown key' },
    ]);
  });
});
