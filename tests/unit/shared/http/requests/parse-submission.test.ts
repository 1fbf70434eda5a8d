import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import {
  InvalidRequestError,
  PayloadTooLargeError,
  UnsupportedMediaTypeError,
  type Violation,
} from '../../../../../shared/domain/base/errors.ts';
import { parseIdempotencyKey } from '../../../../../shared/http/requests/parse-idempotency-key.ts';
import { parseSubmission } from '../../../../../shared/http/requests/parse-submission.ts';
import { maxBodyBytes, parseJsonBody } from '../../../../../shared/http/wire/parse-json-body.ts';
import { invalid, violationsIn } from '../../../../../shared/http/wire/violations.ts';
import { contracts as catalog } from '../../../../job-types/contracts.ts';
import { aRequest } from '../../../../set-ups/samples.ts';

const body = JSON.stringify({ type: 'counting', payload: { seconds: 1 } });

const parse = (text: string, { contentType = 'application/json', isBase64Encoded = false } = {}) =>
  parseSubmission(
    aRequest({
      headers: { 'content-type': contentType },
      body: isBase64Encoded ? Buffer.from(text).toString('base64') : text,
      isBase64Encoded,
    }),
    { tenant: 'a tenant', contracts: catalog },
  );

describe('parse body', () => {
  describe('parseSubmission', () => {
    test.each([
      'application/json',
      'application/json; charset=utf-8',
      'application/json;charset=UTF-8',
      'APPLICATION/JSON',
      ' application/json ',
    ])('accepts the content type "%s"', (contentType) => {
      expect(parse(body, { contentType }).type).toBe('counting');
    });

    test.each([
      '',
      'text/plain',
      'application/jsonp',
      'application/problem+json',
      'text/json',
      'json',
      ';application/json',
    ])('rejects the content type "%s"', (contentType) => {
      expect(() => parse(body, { contentType })).toThrow(UnsupportedMediaTypeError);
    });

    test.each([99, 2_000, 100_000])(
      'takes a body of 100 levels, and says of one that is deeper that it is: a payload of %d',
      (depth) => {
        const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
        const violations = [{ pointer: '', detail: 'may be nested 100 levels deep at most' }];
        const parsing = () => parse(`{"type": "open", "payload": ${nested}}`);
        if (depth > 99) return expect(parsing).toThrow(expect.objectContaining({ violations }));
        return expect(parsing).toThrow(
          expect.objectContaining({ violations: [expect.objectContaining({ pointer: '/type' })] }),
        );
      },
    );

    test('rejects a request without a content type', () => {
      expect(() =>
        parseSubmission(aRequest({ headers: {}, body }), { tenant: 'a tenant', contracts: catalog }),
      ).toThrow(UnsupportedMediaTypeError);
    });

    /** A body of `bytes` bytes. Its characters have two bytes each, so that it has fewer characters than bytes. */
    const bodyOf = (bytes: number): string => {
      const frame = JSON.stringify({ type: 'csv-sums', payload: '' }).length;
      const room = bytes - frame;
      return JSON.stringify({ type: 'csv-sums', payload: 'é'.repeat(room / 2) + 'e'.repeat(room % 2) });
    };

    test.each([false, true])(
      'limits the body to 256 KB, counted in bytes (base64: %s)',
      (isBase64Encoded) => {
        expect(Buffer.byteLength(bodyOf(maxBodyBytes))).toBe(256 * 1024);
        expect(() => parse(bodyOf(maxBodyBytes), { isBase64Encoded })).toThrow(InvalidRequestError);
        const tooLarge = () => parse(bodyOf(maxBodyBytes + 1), { isBase64Encoded });
        expect(tooLarge).toThrow(PayloadTooLargeError);
        expect(tooLarge).toThrow('262144 bytes; it has 262145');
      },
    );

    test.each(['gzip', 'br', 'deflate, gzip', 'x'])('rejects a body in the encoding "%s"', (encoding) => {
      const encoded = aRequest({
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
        body,
      });
      expect(() => parseJsonBody(encoded, maxBodyBytes)).toThrow(UnsupportedMediaTypeError);
    });

    test.each(['identity', ' Identity ', ''])('accepts the encoding "%s", which is none', (encoding) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      expect(parseJsonBody(aRequest({ headers, body }), maxBodyBytes)).toMatchObject({ type: 'counting' });
    });

    test.each([
      ['100', 100, undefined],
      ['101', 101, 'may be nested 100 levels deep at most'],
      ['9,000', 9_000, 'may be nested 100 levels deep at most'],
    ])('at every door a body nests at most 100 levels: one of %s', (_what, depth, detail) => {
      const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const headers = { 'content-type': 'application/json' };
      const reading = () => parseJsonBody(aRequest({ headers, body: nested }), maxBodyBytes);
      if (detail === undefined) return expect(reading).not.toThrow();
      return expect(reading).toThrow(expect.objectContaining({ violations: [{ pointer: '', detail }] }));
    });

    test('checks the size of the body before it parses the body', () => {
      expect(() => parse('{'.repeat(maxBodyBytes + 1))).toThrow(PayloadTooLargeError);
    });
  });

  test('parseSubmission reads a body in base64 like one in plain text', () => {
    expect(parse(body, { isBase64Encoded: true })).toEqual(parse(body));
  });

  test('parseSubmission rejects a body that is nested 100,000 levels deep and does not crash', () => {
    const depth = 100_000;
    const nested = `{"type":"csv-sums","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(() => parse(nested)).toThrow(InvalidRequestError);
  });
});

const json = 'application/json';
const requestOf = (body: unknown, headers = {}) =>
  aRequest({
    headers: { 'content-type': json, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const counting = { type: 'counting', payload: { seconds: 1 } };
const csv = { csv: 'a\n1', groupBy: 'a', metrics: [{ column: 'a', op: 'sum' }] };

describe('parseSubmission', () => {
  /** Whatever other types there are. */
  const contracts = {
    'bulk-action': catalog['bulk-action'],
    counting: catalog.counting,
    'csv-sums': catalog['csv-sums'],
  };

  function violationsOf(body: unknown, headers = {}): readonly Violation[] {
    try {
      parseSubmission(requestOf(body, headers), { tenant: 'a tenant', contracts });
    } catch (error) {
      if (error instanceof InvalidRequestError) return error.violations;
      throw error;
    }
    throw new Error('the request was accepted');
  }

  const pointersOf = (body: unknown) => violationsOf(body).map(({ pointer }) => pointer);

  test('reads type and payload from the body, the key from its header, and the number of attempts from the contract', () => {
    expect(
      parseSubmission(requestOf(counting, { 'idempotency-key': '"a key"' }), {
        tenant: 'a tenant',
        contracts,
      }),
    ).toEqual({
      tenant: 'a tenant',
      ...counting,
      maxAttempts: contracts.counting.maxAttempts,
      idempotencyKey: 'a key',
    });
    expect(
      parseSubmission(requestOf(counting), { tenant: 'a tenant', contracts }).idempotencyKey,
    ).toBeUndefined();
  });

  test('takes the tenant from its caller alone, whatever the body and the token say', () => {
    const request = aRequest({
      ...requestOf(counting),
      authorizer: { jwt: { claims: { sub: 'another' }, scopes: [] } },
    });
    expect(parseSubmission(request, { tenant: 'a tenant', contracts }).tenant).toBe('a tenant');
    expect(violationsOf({ ...counting, tenant: 'another' })).toEqual([
      { pointer: '/tenant', detail: 'unknown key' },
    ]);
  });

  test('keeps the order of the keys in the payload', () => {
    const body =
      '{"type":"csv-sums","payload":{"metrics":[{"op":"sum","column":"a"}],"groupBy":"a","csv":"a"}}';
    expect(JSON.stringify(parseSubmission(requestOf(body), { tenant: 'a tenant', contracts }).payload)).toBe(
      JSON.stringify(JSON.parse(body).payload),
    );
  });

  test('reports all violations of a payload at once, each with a detail', () => {
    const payload = { seconds: 'five', failFirst: 11, minutes: 1 };
    expect(violationsOf({ type: 'counting', payload })).toEqual([
      { pointer: '/payload/seconds', detail: 'Invalid input: expected number, received string' },
      { pointer: '/payload/failFirst', detail: 'Too big: expected number to be <=10' },
      { pointer: '/payload/minutes', detail: 'unknown key' },
    ]);
  });

  test.each([
    ['an empty object', {}, ['/type']],
    ['a list', [counting], ['']],
    ['null', 'null', ['']],
    ['a string', '"counting"', ['']],
    ['a type that is a number', { ...counting, type: 7 }, ['/type']],
    ['unknown keys', { ...counting, priority: 1, tenant: 'x' }, ['/priority', '/tenant']],
    ['a missing payload', { type: 'counting' }, ['/payload']],
    ['a payload that is a list', { type: 'counting', payload: [] }, ['/payload']],
    ['a payload with an invalid value', { type: 'counting', payload: { seconds: -1 } }, ['/payload/seconds']],
    ['a payload without a required key', { type: 'counting', payload: {} }, ['/payload/seconds']],
    [
      'a payload with several violations',
      { type: 'counting', payload: { seconds: 'x', failFirst: 1.5, fail: 1 } },
      ['/payload/seconds', '/payload/failFirst', '/payload/fail'],
    ],
    [
      'a payload with invalid values at a deeper level',
      { type: 'csv-sums', payload: { ...csv, metrics: [csv.metrics[0], { column: '', op: 'median' }] } },
      ['/payload/metrics/1/column', '/payload/metrics/1/op'],
    ],
    [
      'a payload with an unknown key at a deeper level',
      { type: 'csv-sums', payload: { ...csv, metrics: [{ ...csv.metrics[0], as: 'x' }] } },
      ['/payload/metrics/0/as'],
    ],
    [
      'keys that a JSON pointer must escape',
      { ...counting, 'a/b': 1, 'm~n': 1, '~1': 1 },
      ['/a~1b', '/m~0n', '/~01'],
    ],
    [
      'a payload with the key "__proto__"',
      '{"type":"counting","payload":{"seconds":1,"__proto__":{}}}',
      ['/payload/__proto__'],
    ],
    [
      'a body with the key "__proto__"',
      '{"type":"counting","payload":{"seconds":1},"__proto__":1}',
      ['/__proto__'],
    ],
  ])('reports where the body is invalid: %s', (_what, body, pointers) => {
    expect(pointersOf(body)).toEqual(pointers);
    for (const { detail } of violationsOf(body)) expect(detail).not.toBe('');
  });

  test.each(['nonsense', '', 'toString', '__proto__', 'Counting'])(
    'rejects the unknown type "%s" and lists all types that can be submitted',
    (type) => {
      const [violation, ...more] = violationsOf({ ...counting, type });
      expect(violation?.pointer).toBe('/type');
      expect(violation?.detail).toBe('there is no job type of this name; there are: counting, csv-sums');
      expect(more).toEqual([]);
    },
  );

  test('rejects a reserved type, whatever its payload, and says what to use instead', () => {
    for (const payload of [undefined, {}, { action: 'erase', filter: {} }])
      expect(violationsOf({ type: 'bulk-action', payload })).toEqual([
        { pointer: '/type', detail: 'is reserved: use POST /jobs/actions' },
      ]);
  });

  test.each(['', ' ', '{', '{"type":"counting",}', "{'type':'counting'}", 'type=counting', 'NaN'])(
    'rejects the body %j because it is not JSON',
    (body) => {
      expect(violationsOf(body)).toEqual([{ pointer: '', detail: 'the body is not JSON in UTF-8' }]);
    },
  );

  // API Gateway omits an empty body. Its local emulator sends null.
  test.each([{}, JSON.parse('{"body":null}')])('rejects a request without a body: %j', (noBody) => {
    const request = aRequest({ headers: { 'content-type': json }, ...noBody });
    expect(() => parseSubmission(request, { tenant: 'a tenant', contracts })).toThrow(InvalidRequestError);
  });

  test('takes the JSON null of the local emulator for what it is: that had a length', () => {
    const headers = { 'content-type': json, 'content-length': '4' };
    const request = aRequest({ headers, ...JSON.parse('{"body":null}') });
    expect(parseJsonBody(request, 100)).toBeNull();
  });

  test.each([
    ['in the options and the type', { type: 'nope', payload: {}, group: 3 }, {}, ['/group', '/type']],
    [
      'in the options and the payload',
      { ...counting, payload: { seconds: 'a' }, runAt: 1 },
      {},
      ['/runAt', '/payload/seconds'],
    ],
    [
      'in unknown keys, the payload and the Idempotency-Key',
      { type: 'counting', payload: {}, priority: 1 },
      { 'idempotency-key': '"' },
      ['/priority', '/payload/seconds', 'Idempotency-Key'],
    ],
  ])('reports violations of several kinds at once: %s', (_what, body, headers, pointers) => {
    expect(violationsOf(body, headers).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('reports an invalid Idempotency-Key', () => {
    expect(violationsOf(counting, { 'idempotency-key': '"' }).map(({ pointer }) => pointer)).toEqual([
      'Idempotency-Key',
    ]);
  });
});

const maxKey = 'k'.repeat(255);

describe('parseIdempotencyKey', () => {
  test.each([
    ['a UUID in quotes', '"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [
      'spaces and punctuation in quotes',
      '"with blanks, (and) [other] {marks}; not"',
      'with blanks, (and) [other] {marks}; not',
    ],
    ['escaped quotes', String.raw`"a \"quoted\" word"`, 'a "quoted" word'],
    ['an escaped backslash', String.raw`"back\\slash"`, 'back\\slash'],
    ['nothing but escaped characters', String.raw`"\\\""`, '\\"'],
    ['a key between spaces and tabs', '  "around it"\t', 'around it'],
    ['a UUID without quotes', '8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [
      'every character that is allowed without quotes',
      "bare!#$%&'*+-.^_`|~09azAZ:/=",
      "bare!#$%&'*+-.^_`|~09azAZ:/=",
    ],
    ['base64 without quotes', 'YmFzZTY0+/==', 'YmFzZTY0+/=='],
    ['255 characters without quotes', maxKey, maxKey],
    ['255 characters in quotes', `"${maxKey}"`, maxKey],
    ['255 escaped characters', `"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('reads a header with %s', (_what, header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test('returns undefined if there is no header', () => {
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  test('reads the same key with and without quotes', () => {
    expect(parseIdempotencyKey('abc')).toBe(parseIdempotencyKey('"abc"'));
  });

  test.each([
    ['that is empty', ''],
    ['of spaces only', '  '],
    ['that is empty in quotes', '""'],
    ['of one quote', '"'],
    ['without a closing quote', '"abc'],
    ['without an opening quote', 'abc"'],
    ['with an unknown escape', String.raw`"a\nb"`],
    ['with an escape at its end', String.raw`"abc\"`],
    ['with a quote inside', '"a"b"'],
    ['with parameters', '"abc"; a=1'],
    ['with two keys', '"abc", "def"'],
    ['with a space but no quotes', 'a b'],
    ['with a comma but no quotes', 'a,b'],
    ['with a backslash but no quotes', 'a\\b'],
    ['with a non-ASCII character', '"é"'],
    ['with a non-ASCII character and no quotes', 'é'],
    ['with a control character', '"a\u0007"'],
    ['with a line end', '"a\nb"'],
    ['with a DEL character', '"\u007f"'],
    ['of more than 255 characters', `${maxKey}k`],
    ['of more than 255 characters in quotes', `"${maxKey}k"`],
  ])('rejects a header %s', (_what, header) => {
    const parsing = () => parseIdempotencyKey(header);
    expect(parsing).toThrow(InvalidRequestError);
    expect(parsing).toThrow(
      expect.objectContaining({ violations: [expect.objectContaining({ pointer: 'Idempotency-Key' })] }),
    );
  });
});

const schema = z.strictObject({
  'a/b': z.optional(z.strictObject({ '~': z.array(z.int('must be a whole number')) })),
});
const check = (value: unknown, at = '') => violationsIn(schema.safeParse(value), at);

describe('violations', () => {
  describe('what a check of a schema found', () => {
    test('is nothing if all is well', () => {
      expect(check({})).toEqual([]);
    });

    test('has JSON pointers, in which slashes and tildes are escaped', () => {
      expect(check({ 'a/b': { '~': [1, 'x'], '/~': 1 }, '': 1 })).toEqual([
        { pointer: '/a~1b/~0/1', detail: 'must be a whole number' },
        { pointer: '/a~1b/~1~0', detail: 'unknown key' },
        { pointer: '/', detail: 'unknown key' },
      ]);
    });

    test('has pointers below that of what was checked', () => {
      expect(check([], '/payload')).toMatchObject([{ pointer: '/payload' }]);
      expect(check({ x: 1 }, '/payload')).toEqual([{ pointer: '/payload/x', detail: 'unknown key' }]);
    });
  });

  test('an invalid request says where to look for what is wrong', () => {
    const violations = [{ pointer: '/a', detail: 'is wrong' }];
    const cause = new Error('no');
    const error = invalid(violations, { cause });
    expect(error).toMatchObject({ message: 'See `errors` for everything that is wrong.', violations, cause });
  });
});
