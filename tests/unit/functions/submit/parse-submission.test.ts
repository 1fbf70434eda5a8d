import { describe, expect, test } from '@jest/globals';
import { parseSubmission } from '../../../../functions/submit/parse-submission.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { InvalidRequestError, type Violation } from '../../../../shared/job/errors.ts';
import { aRequest } from '../../../fakes/samples.ts';

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
    parseSubmission(requestOf(body, headers), contracts);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.violations;
    throw error;
  }
  throw new Error('the request was accepted');
}

const pointersOf = (body: unknown) => violationsOf(body).map(({ pointer }) => pointer);

describe('a submission', () => {
  test('is read from the body, the key from its header, the rest from the contract', () => {
    expect(parseSubmission(requestOf(countdown, { 'idempotency-key': '"a key"' }), contracts)).toEqual({
      tenant: 'public',
      ...countdown,
      maxAttempts: contracts.countdown.maxAttempts,
      idempotencyKey: 'a key',
    });
    expect(parseSubmission(requestOf(countdown), contracts).idempotencyKey).toBeUndefined();
  });

  test("is its tenant's", () => {
    const request = aRequest({
      ...requestOf(countdown),
      authorizer: { jwt: { claims: { sub: 'them' }, scopes: [] } },
    });
    expect(parseSubmission(request, contracts).tenant).toBe('them');
  });

  test('keeps the payload as it was sent', () => {
    const body =
      '{"type":"csv-aggregate","payload":{"metrics":[{"op":"sum","column":"a"}],"groupBy":"a","csv":"a"}}';
    expect(JSON.stringify(parseSubmission(requestOf(body), contracts).payload)).toBe(
      JSON.stringify(JSON.parse(body).payload),
    );
  });
});

describe('everything that is wrong is told at once, and where', () => {
  test('and what is wrong with it', () => {
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
    ['a text', '"countdown"', ['']],
    ['a number in place of the type', { ...countdown, type: 7 }, ['/type']],
    ['keys too many', { ...countdown, priority: 1, tenant: 'x' }, ['/priority', '/tenant']],
    ['a missing payload', { type: 'countdown' }, ['/payload']],
    ['a payload of another kind', { type: 'countdown', payload: [] }, ['/payload']],
    ['a wrong value', { type: 'countdown', payload: { seconds: -1 } }, ['/payload/seconds']],
    ['a missing key', { type: 'countdown', payload: {} }, ['/payload/seconds']],
    [
      'several at once',
      { type: 'countdown', payload: { seconds: 'x', failFirst: 1.5, fail: 1 } },
      ['/payload/seconds', '/payload/failFirst', '/payload/fail'],
    ],
    [
      'something deep inside',
      { type: 'csv-aggregate', payload: { ...csv, metrics: [csv.metrics[0], { column: '', op: 'median' }] } },
      ['/payload/metrics/1/column', '/payload/metrics/1/op'],
    ],
    [
      'an unknown key deep inside',
      { type: 'csv-aggregate', payload: { ...csv, metrics: [{ ...csv.metrics[0], as: 'x' }] } },
      ['/payload/metrics/0/as'],
    ],
    ['keys to be escaped', { ...countdown, 'a/b': 1, 'm~n': 1, '~1': 1 }, ['/a~1b', '/m~0n', '/~01']],
    [
      'a key that is no key',
      '{"type":"countdown","payload":{"seconds":1,"__proto__":{}}}',
      ['/payload/__proto__'],
    ],
    [
      'such a key beside the type',
      '{"type":"countdown","payload":{"seconds":1},"__proto__":1}',
      ['/__proto__'],
    ],
  ])('%s', (_what, body, pointers) => {
    expect(pointersOf(body)).toEqual(pointers);
    for (const { detail } of violationsOf(body)) expect(detail).not.toBe('');
  });

  test.each(['nonsense', '', 'toString', '__proto__', 'Countdown'])(
    'the type "%s" is unknown; those known are told',
    (type) => {
      const [violation, ...more] = violationsOf({ ...countdown, type });
      expect(violation?.pointer).toBe('/type');
      for (const known of Object.keys(contracts)) expect(violation?.detail).toContain(known);
      expect(more).toEqual([]);
    },
  );

  test.each(['', ' ', '{', '{"type":"countdown",}', "{'type':'countdown'}", 'type=countdown', 'NaN'])(
    'the body %j is not JSON',
    (body) => {
      expect(violationsOf(body)).toEqual([{ pointer: '', detail: 'the body is not JSON in UTF-8' }]);
    },
  );

  // API Gateway leaves it out, its local stand-in says null.
  test.each([{}, JSON.parse('{"body":null}')])('there is no body: %j', (nothing) => {
    const request = aRequest({ headers: { 'content-type': json }, ...nothing });
    expect(() => parseSubmission(request, contracts)).toThrow(InvalidRequestError);
  });

  test.each([
    ['options and type', { type: 'nope', payload: {}, group: 3 }, {}, ['/group', '/type']],
    [
      'options and payload',
      { ...countdown, payload: { seconds: 'a' }, runAt: 1 },
      {},
      ['/runAt', '/payload/seconds'],
    ],
    [
      'unknown keys, payload, key',
      { type: 'countdown', payload: {}, priority: 1 },
      { 'idempotency-key': '"' },
      ['/priority', '/payload/seconds', 'Idempotency-Key'],
    ],
  ])('of all kinds: %s', (_what, body, headers, pointers) => {
    expect(violationsOf(body, headers).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('the key is not valid', () => {
    expect(violationsOf(countdown, { 'idempotency-key': '"' }).map(({ pointer }) => pointer)).toEqual([
      'Idempotency-Key',
    ]);
  });
});
