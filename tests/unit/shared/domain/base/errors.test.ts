import { describe, expect, it, test } from '@jest/globals';
import { ServiceBusyError } from '../../../../../shared/author/remote.ts';
import { answerOf, notSetUp, ServiceRefusedError } from '../../../../../shared/author/remote-errors.ts';
import * as errors from '../../../../../shared/domain/base/errors.ts';
import { withinTime } from '../../../../../shared/domain/base/within-time.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';

const {
  asError,
  causeOf,
  describeError,
  describeValue,
  unreachable,
  MethodNotAllowedError,
  RetryAfterError,
  LimitWaitError,
  ...classes
} = errors;
const { PermanentError } = classes;
const classesByName: [string, new (message: string) => Error][] = Object.entries(classes);

describe('errors', () => {
  describe('the error classes', () => {
    test.each(classesByName)(
      'include %s, whose instances have their own name, so that it survives minification',
      (name, Type) => {
        const error = new Type('no');
        expect(error).toBeInstanceOf(Error);
        expect(Object.hasOwn(error, 'name')).toBe(true);
        expect(error.name).toBe(name);
        expect(error.message).toBe('no');
      },
    );
  });

  test('a MethodNotAllowedError has its own name, and names the methods that there are', () => {
    const error = new MethodNotAllowedError(['GET', 'HEAD']);
    expect(Object.hasOwn(error, 'name')).toBe(true);
    expect(error.name).toBe('MethodNotAllowedError');
    expect(error.message).toBe('This address knows GET, HEAD.');
  });

  test('a LimitWaitError has its own name, and says when the turn is', () => {
    const error = new LimitWaitError(new Date(1_000), { of: 'stripe', at: 2_500 });
    expect(Object.hasOwn(error, 'name')).toBe(true);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({
      name: 'LimitWaitError',
      message: 'the limit of stripe: its turn is at 1970-01-01T00:00:02.500Z',
    });
  });

  describe('a RetryAfterError', () => {
    test('has its own name, says for how long or until when, and takes another text', () => {
      expect(Object.hasOwn(new RetryAfterError(0), 'name')).toBe(true);
      expect(new RetryAfterError(120)).toMatchObject({ name: 'RetryAfterError', after: 120 });
      expect(new RetryAfterError(120).message).toBe('to be tried again after 120 s');
      const at = new Date('2026-12-24T17:00:00Z');
      expect(new RetryAfterError(at).message).toBe('to be tried again at 2026-12-24T17:00:00.000Z');
      expect(new RetryAfterError(at, 'too many calls').message).toBe('too many calls');
    });

    test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, new Date('no'), '60' as never, undefined as never])(
      'is not made of %p',
      (after) => {
        expect(() => new RetryAfterError(after)).toThrow(
          `RetryAfterError takes a time, or seconds from 0 on, and was given ${after}`,
        );
      },
    );
  });

  describe('asError', () => {
    test('returns a thrown Error as it is', () => {
      const thrown = new errors.PermanentError('no');
      expect(asError(thrown)).toBe(thrown);
    });

    const circular: unknown[] = [];
    circular.push(circular);

    test.each([
      ['text', 'text'],
      [7, '7'],
      [null, 'null'],
      [undefined, 'undefined'],
      [{ a: 1 }, '{"a":1}'],
      [Symbol('s'), 'Symbol(s)'],
      [circular, '[object Array]'],
    ])('makes an Error of the thrown value %p', (thrown, text) => {
      expect(asError(thrown)).toEqual(new Error(`a value that is not an Error was thrown: ${text}`));
    });
  });
});

/** As the SDK throws it. */
const anSdkError = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error('the words of the service'), {
    name,
    $metadata: httpStatusCode === undefined ? { attempts: 2 } : { httpStatusCode },
  });
const thrownFor = (error: unknown) =>
  answerOf(Promise.reject(error), ['ForbiddenException']).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

describe('an error of a service', () => {
  it.each([
    ['ForbiddenException', 403, ServiceRefusedError],
    ['TooManyRequestsException', 429, ServiceBusyError],
    ['ThrottlingException', 400, ServiceBusyError],
    ['InternalServerErrorException', 500, ServiceBusyError],
    ['TimeoutError', undefined, ServiceBusyError],
  ])('is sorted: %s with status %s', async (name, status, kind) => {
    const thrown = await thrownFor(anSdkError(name, status));
    expect(thrown).toBeInstanceOf(kind);
    expect(thrown).toMatchObject({ message: `${name}: the words of the service` });
  });

  it.each([
    ['an unknown one', anSdkError('ConflictException', 409)],
    ['an abort', anSdkError('AbortError')],
    ['one of our own', new TypeError('a bug')],
    ['a permanent one', new PermanentError('no')],
  ])('stays as it is: %s', async (_, error) => {
    expect(await thrownFor(error)).toBe(error);
  });

  it('changes no answer', async () => {
    expect(await answerOf(Promise.resolve(1), [])).toBe(1);
  });
});

describe('a service that is not set up', () => {
  it('refuses every call for good, and says what to set', async () => {
    const { find, start, poll, cancel } = notSetUp(['emrApplication', 'emrRole']);
    const signal = new AbortController().signal;
    const call = { payload: {}, id: 'a', tenant: 't', token: 'u', since: 0, remoteId: 'r', signal };
    for (const refused of [find, start, poll, cancel]) {
      const error = await refused(call).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ message: expect.stringContaining('emrApplication and emrRole') });
    }
  });
});

const limit = { milliseconds: 1_000, tooLate: () => new Error('too late') };

describe('within time', () => {
  test('a call that ends in time has its result, or its error, and no signal afterwards', async () => {
    const clock = new FixedClock();
    let seen: AbortSignal | undefined;
    const call = async (signal: AbortSignal) => {
      seen = signal;
      return 5;
    };
    expect(await withinTime(call, limit, clock)).toBe(5);
    await expect(withinTime(() => Promise.reject(new Error('no')), limit, clock)).rejects.toThrow('no');
    await clock.advance(2_000);
    expect(seen?.aborted).toBe(false);
  });

  test('a call that takes too long is told so, and nobody waits for it', async () => {
    const clock = new FixedClock();
    let reason: unknown;
    const waiting = withinTime(
      (signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(new Error('an error of the abort'));
          }),
        ),
      limit,
      clock,
    );
    const outcome = expect(waiting).rejects.toThrow('too late');
    await clock.advance(999);
    expect(reason).toBeUndefined();
    await clock.advance(1);
    await outcome;
    expect(reason).toEqual(new Error('too late'));
  });
});
