import { describe, expect, test } from '@jest/globals';
import { backoffMs } from '../../../../shared/delivery/disposition.ts';
import {
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  PermanentError,
  UnknownJobTypeError,
} from '../../../../shared/job/errors.ts';
import { endingAfter } from '../../../../shared/worker/error-policy.ts';

class NotFoundAnywhereError extends PermanentError {
  override name = 'NotFoundAnywhereError';
}

const first = { attempt: 1, maxAttempts: 3 };
const last = { attempt: 3, maxAttempts: 3 };
const withGetter = (key: string) =>
  Object.defineProperty(new PermanentError('x'), key, {
    get: () => {
      throw new Error('no');
    },
  });
const almostOne = 1 - Number.EPSILON;

describe('an attempt that ended with an error', () => {
  test.each([
    ['Error', new Error('no')],
    ['TypeError', new TypeError('no')],
    ['JobTimeoutError', new JobTimeoutError('no')],
    ['UnknownJobTypeError', new UnknownJobTypeError('no')],
  ])('%s, is tried again while there are attempts left, and fails the job after the last', (name, thrown) => {
    const error = { name, message: 'no' };
    expect(endingAfter(thrown, first, 0.5)).toEqual({ kind: 'retrying', error, delayMs: 1_000 });
    expect(endingAfter(thrown, { attempt: 2, maxAttempts: 3 }, 0.5)).toMatchObject({ kind: 'retrying' });
    expect(endingAfter(thrown, last, 0.5)).toEqual({ kind: 'failed', error });
  });

  test.each([
    ['PermanentError', new PermanentError('no')],
    ['InvalidPayloadError', new InvalidPayloadError('no')],
    ['InvalidResultError', new InvalidResultError('no')],
    ['NotFoundAnywhereError', new NotFoundAnywhereError('no')],
  ])('%s, fails the job at once', (name, thrown) => {
    expect(endingAfter(thrown, first, 0)).toEqual({ kind: 'failed', error: { name, message: 'no' } });
  });

  test('of the only attempt fails the job', () => {
    expect(endingAfter(new Error('no'), { attempt: 1, maxAttempts: 1 }, 0)).toMatchObject({
      kind: 'failed',
    });
  });

  test('is canceled if that is why, with attempts left or not', () => {
    for (const attempts of [first, last])
      expect(endingAfter(new JobCanceledError('no'), attempts, 0)).toEqual({ kind: 'canceled' });
  });

  test.each([
    [
      'a message that is no text',
      Object.assign(new PermanentError('x'), { message: { code: 7 } }),
      '{"code":7}',
    ],
    ['no message', Object.assign(new PermanentError('x'), { message: undefined }), 'undefined'],
    ['a name that is no text', Object.assign(new PermanentError('x'), { name: 7 }), 'x'],
    ['a message that cannot be read', withGetter('message'), expect.any(String)],
    [
      'a name that has no prototype',
      Object.assign(new PermanentError('x'), { name: Object.create(null) }),
      'x',
    ],
    ['a name that is a symbol', Object.assign(new PermanentError('x'), { name: Symbol('s') }), 'x'],
  ])('with %s fails the job as any other', (_what, thrown, message) => {
    expect(endingAfter(thrown, first, 0)).toEqual({
      kind: 'failed',
      error: { name: expect.any(String), message },
    });
  });

  test('is cut off between characters', () => {
    const end = endingAfter(new Error(`${'x'.repeat(1_999)}😀`), last, 0);
    expect(end).toMatchObject({ error: { message: `${'x'.repeat(1_999)}\uFFFD` } });
  });

  test('is told in bounded length', () => {
    const end = endingAfter(new Error('x'.repeat(100_000)), last, 0);
    expect(end).toMatchObject({ error: { message: 'x'.repeat(2_000) } });
  });
});

describe('the backoff', () => {
  test.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [8, 256_000],
    [9, 512_000],
    [10, 900_000],
    [11, 900_000],
    [100, 900_000],
    [5_000, 900_000],
  ])('after attempt %d lies anywhere from 0 to %d ms', (attempt, bound) => {
    expect(backoffMs(attempt, 0)).toBe(0);
    expect(backoffMs(attempt, 0.25)).toBe(bound / 4);
    expect(backoffMs(attempt, almostOne)).toBeLessThanOrEqual(bound);
    expect(backoffMs(attempt, almostOne)).toBeGreaterThanOrEqual(bound - 1);
  });

  test('follows the number of the attempt', () => {
    const many = { attempt: 4, maxAttempts: 9 };
    expect(endingAfter(new Error('no'), many, 0.5)).toMatchObject({ delayMs: 8_000 });
  });
});
