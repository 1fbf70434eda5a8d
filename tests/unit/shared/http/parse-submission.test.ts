import { describe, expect, test } from '@jest/globals';
import { contracts as catalog } from '../../../../job-types/contracts.ts';
import { parseSubmission } from '../../../../shared/http/parse-submission.ts';
import { InvalidRequestError, type Violation } from '../../../../shared/job/errors.ts';
import { aRequest } from '../../../set-ups/samples.ts';

/** Whatever other types there are. */
const contracts = {
  'bulk-action': catalog['bulk-action'],
  countdown: catalog.countdown,
  'csv-aggregate': catalog['csv-aggregate'],
};
const json = 'application/json';
const requestOf = (body: unknown, headers = {}) =>
  aRequest({
    headers: { 'content-type': json, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const countdown = { type: 'countdown', payload: { seconds: 1 } };
const csv = { csv: 'a\n1', groupBy: 'a', metrics: [{ column: 'a', op: 'sum' }] };

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

describe('parseSubmission', () => {
  test('reads type and payload from the body, the key from its header, and the number of attempts from the contract', () => {
    expect(
      parseSubmission(requestOf(countdown, { 'idempotency-key': '"a key"' }), {
        tenant: 'a tenant',
        contracts,
      }),
    ).toEqual({
      tenant: 'a tenant',
      ...countdown,
      maxAttempts: contracts.countdown.maxAttempts,
      idempotencyKey: 'a key',
    });
    expect(
      parseSubmission(requestOf(countdown), { tenant: 'a tenant', contracts }).idempotencyKey,
    ).toBeUndefined();
  });

  test('takes the tenant from its caller alone, whatever the body and the token say', () => {
    const request = aRequest({
      ...requestOf(countdown),
      authorizer: { jwt: { claims: { sub: 'another' }, scopes: [] } },
    });
    expect(parseSubmission(request, { tenant: 'a tenant', contracts }).tenant).toBe('a tenant');
    expect(violationsOf({ ...countdown, tenant: 'another' })).toEqual([
      { pointer: '/tenant', detail: 'unknown key' },
    ]);
  });

  test('keeps the order of the keys in the payload', () => {
    const body =
      '{"type":"csv-aggregate","payload":{"metrics":[{"op":"sum","column":"a"}],"groupBy":"a","csv":"a"}}';
    expect(JSON.stringify(parseSubmission(requestOf(body), { tenant: 'a tenant', contracts }).payload)).toBe(
      JSON.stringify(JSON.parse(body).payload),
    );
  });

  test('reports all violations of a payload at once, each with a detail', () => {
    const payload = { seconds: 'five', failFirst: 11, minutes: 1 };
    expect(violationsOf({ type: 'countdown', payload })).toEqual([
      { pointer: '/payload/seconds', detail: 'Invalid input: expected number, received string' },
      { pointer: '/payload/failFirst', detail: 'Too big: expected number to be <=10' },
      { pointer: '/payload/minutes', detail: 'unknown key' },
    ]);
  });

  test.each([
    ['an empty object', {}, ['/type']],
    ['a list', [countdown], ['']],
    ['null', 'null', ['']],
    ['a string', '"countdown"', ['']],
    ['a type that is a number', { ...countdown, type: 7 }, ['/type']],
    ['unknown keys', { ...countdown, priority: 1, tenant: 'x' }, ['/priority', '/tenant']],
    ['a missing payload', { type: 'countdown' }, ['/payload']],
    ['a payload that is a list', { type: 'countdown', payload: [] }, ['/payload']],
    [
      'a payload with an invalid value',
      { type: 'countdown', payload: { seconds: -1 } },
      ['/payload/seconds'],
    ],
    ['a payload without a required key', { type: 'countdown', payload: {} }, ['/payload/seconds']],
    [
      'a payload with several violations',
      { type: 'countdown', payload: { seconds: 'x', failFirst: 1.5, fail: 1 } },
      ['/payload/seconds', '/payload/failFirst', '/payload/fail'],
    ],
    [
      'a payload with invalid values at a deeper level',
      { type: 'csv-aggregate', payload: { ...csv, metrics: [csv.metrics[0], { column: '', op: 'median' }] } },
      ['/payload/metrics/1/column', '/payload/metrics/1/op'],
    ],
    [
      'a payload with an unknown key at a deeper level',
      { type: 'csv-aggregate', payload: { ...csv, metrics: [{ ...csv.metrics[0], as: 'x' }] } },
      ['/payload/metrics/0/as'],
    ],
    [
      'keys that a JSON pointer must escape',
      { ...countdown, 'a/b': 1, 'm~n': 1, '~1': 1 },
      ['/a~1b', '/m~0n', '/~01'],
    ],
    [
      'a payload with the key "__proto__"',
      '{"type":"countdown","payload":{"seconds":1,"__proto__":{}}}',
      ['/payload/__proto__'],
    ],
    [
      'a body with the key "__proto__"',
      '{"type":"countdown","payload":{"seconds":1},"__proto__":1}',
      ['/__proto__'],
    ],
  ])('reports where the body is invalid: %s', (_what, body, pointers) => {
    expect(pointersOf(body)).toEqual(pointers);
    for (const { detail } of violationsOf(body)) expect(detail).not.toBe('');
  });

  test.each(['nonsense', '', 'toString', '__proto__', 'Countdown'])(
    'rejects the unknown type "%s" and lists all types that can be submitted',
    (type) => {
      const [violation, ...more] = violationsOf({ ...countdown, type });
      expect(violation?.pointer).toBe('/type');
      expect(violation?.detail).toBe(
        'there is no job type of this name; there are: countdown, csv-aggregate',
      );
      expect(more).toEqual([]);
    },
  );

  test('rejects a reserved type, whatever its payload, and says what to use instead', () => {
    for (const payload of [undefined, {}, { action: 'erase', filter: {} }])
      expect(violationsOf({ type: 'bulk-action', payload })).toEqual([
        { pointer: '/type', detail: 'is reserved: use POST /jobs/actions' },
      ]);
  });

  test.each(['', ' ', '{', '{"type":"countdown",}', "{'type':'countdown'}", 'type=countdown', 'NaN'])(
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

  test.each([
    ['in the options and the type', { type: 'nope', payload: {}, group: 3 }, {}, ['/group', '/type']],
    [
      'in the options and the payload',
      { ...countdown, payload: { seconds: 'a' }, runAt: 1 },
      {},
      ['/runAt', '/payload/seconds'],
    ],
    [
      'in unknown keys, the payload and the Idempotency-Key',
      { type: 'countdown', payload: {}, priority: 1 },
      { 'idempotency-key': '"' },
      ['/priority', '/payload/seconds', 'Idempotency-Key'],
    ],
  ])('reports violations of several kinds at once: %s', (_what, body, headers, pointers) => {
    expect(violationsOf(body, headers).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('reports an invalid Idempotency-Key', () => {
    expect(violationsOf(countdown, { 'idempotency-key': '"' }).map(({ pointer }) => pointer)).toEqual([
      'Idempotency-Key',
    ]);
  });
});
