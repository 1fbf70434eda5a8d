import fc from 'fast-check';
import { bodyMutations, bytesMutations } from './fuzz-bodies.ts';
import type { Mutation } from './fuzz-request.ts';

const mediaTypes = fc.constantFrom(
  '',
  'text/plain',
  'application/JSON',
  'application/json; charset=utf-16',
  'application/json;',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/problem+json',
  '\xff/\xfe',
  'x'.repeat(3_000),
);

const headerTexts = fc.oneof(
  fc.constantFrom('', ' ', '*', '""', '"', 'a b', 'x'.repeat(4_000), '\xe9\xff', '"\\"', ',,,', ';q=', '\t'),
  fc.constantFrom('text/html', 'text/html;q=2, */*;q=x', '*/*', 'application/json;q=0', 'image/*', 'text/*'),
  fc.constantFrom(
    'wait',
    'wait=-1',
    'wait=1e9',
    'wait="0"',
    'wait=0, wait=0',
    'WAIT=0',
    'wait=?1',
    'wait=0.5',
  ),
  fc.constantFrom('W/"x"', '"a", "b"', 'w/"x"', '00-0-0-00', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`),
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .map((code) => String.fromCharCode(code === 0x7f ? 0x20 : code)),
  }),
);
const headerNames = fc.constantFrom(
  'accept',
  'prefer',
  'if-none-match',
  'idempotency-key',
  'traceparent',
  'authorization',
  'range',
  'if-match',
  'expect-ct',
  'x-http-method-override',
  'accept-encoding',
);
const headerMutations: fc.Arbitrary<Mutation> = fc.oneof(
  mediaTypes.map((type): Mutation => withHeader('content-type', type)),
  fc
    .tuple(headerNames, fc.oneof(headerTexts, fc.array(headerTexts, { minLength: 2, maxLength: 3 })))
    .map(([name, value]): Mutation => withHeader(name, value)),
);

const withHeader =
  (name: string, value: string | readonly string[]): Mutation =>
  (request) => ({ ...request, headers: { ...request.headers, [name]: value } });

/** Not those with dots, nor a slash at the end: the local server corrects them, which API Gateway does not. */
const oddSegments = fc.constantFrom(
  'none',
  '%00',
  '%ff',
  '%C3%A9',
  '%20',
  '%2F%20',
  'a%252Fb',
  '__proto__',
  'constructor',
  'batch',
  'actions',
  '{id}',
  '00000000-0000-4000-8000-00000000000G',
  '01234567-0123-4123-8123-0123456789AB',
  'x'.repeat(2_000),
  ';a=b',
  '\'"<script>',
);
const pathMutations: fc.Arbitrary<Mutation> = fc
  .tuple(fc.nat(3), oddSegments, fc.constantFrom('replace', 'append', 'suffix'))
  .map(([at, segment, how]) => (request) => {
    const parts = request.path.split('/');
    const index = 1 + (at % (parts.length - 1));
    if (how === 'append') parts.push(segment);
    else parts[index] = how === 'suffix' ? `${parts[index]}${segment}` : segment;
    return { ...request, path: parts.join('/') };
  });

const oddQueries = fc.constantFrom(
  'unknown=1',
  'a=1&a=2',
  '=',
  '&&',
  '%ff=%fe',
  '__proto__=1',
  'constructor=',
  'limit=1e1',
  'limit=0x10',
  'limit=',
  'limit=1&limit=2',
  'limit=NaN',
  'status=',
  'tag=',
  'tag=a&tag=b&tag=',
  `tag=${'x'.repeat(3_000)}`,
  'since=2026-01-01T00:00:00+01:00',
  'since=0000-01-01T00%3A00%3A00Z',
  'until=9999-12-31T23%3A59%3A59.999999999Z',
  'wait=00',
  'wait=1',
  'seconds=00',
  'seconds=-0',
  'seconds=26',
  'cursor=',
  'cursor=.',
  'cursor=%F0%9F%8E%88',
  'group=%ED%A0%80',
  'type=%00',
);
const queryMutations: fc.Arbitrary<Mutation> = fc
  .tuple(oddQueries, fc.boolean())
  .map(([query, alone]) => (request) => ({
    ...request,
    query: alone || request.query === '' ? query : `${request.query}&${query}`,
  }));

const methodMutations: fc.Arbitrary<Mutation> = fc
  .constantFrom(
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'SEARCH',
    'LOCK',
  )
  .map((method) => (request) => ({ ...request, method }));

/** A change of a request of any kind. Those of the body count for more, where there is one. */
export const mutations = (hasBody: boolean): fc.Arbitrary<Mutation> =>
  fc.oneof(
    { weight: hasBody ? 10 : 0, arbitrary: bodyMutations },
    { weight: hasBody ? 3 : 1, arbitrary: bytesMutations },
    { weight: 4, arbitrary: headerMutations },
    { weight: 3, arbitrary: pathMutations },
    { weight: 3, arbitrary: queryMutations },
    { weight: 1, arbitrary: methodMutations },
  );
