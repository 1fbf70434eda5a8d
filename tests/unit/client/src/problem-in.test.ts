import { describe, expect, test } from '@jest/globals';
import * as errors from '../../../../client/src/errors.ts';
import { problemIn, retryAfterSeconds } from '../../../../client/src/problem-in.ts';
import { problemTypes, problemTypeUrl } from '../../../../shared/http/problem-types.ts';

const classes: Readonly<Record<keyof typeof problemTypes, typeof errors.ProblemError>> = {
  'invalid-request': errors.InvalidRequestError,
  unauthenticated: errors.UnauthenticatedError,
  forbidden: errors.ForbiddenError,
  'job-not-found': errors.NotFoundError,
  'object-not-found': errors.NotFoundError,
  'no-result': errors.NotFoundError,
  'not-found': errors.NotFoundError,
  'method-not-allowed': errors.ProblemError,
  conflict: errors.ConflictError,
  'job-type-not-set-up': errors.ConflictError,
  'too-large': errors.TooLargeError,
  'unsupported-media-type': errors.ProblemError,
  'key-reused': errors.KeyReusedError,
  'internal-error': errors.ProblemError,
  unavailable: errors.UnavailableError,
};

const names = Object.keys(problemTypes) as (keyof typeof problemTypes)[];

test.each(names)('the problem %s has its class', (name) => {
  const body = { type: problemTypeUrl(name), ...problemTypes[name], detail: 'Why.', instance: '/jobs' };
  const { status } = body;
  const error = problemIn({ status, headers: new Headers() }, JSON.stringify(body));
  expect(error.constructor).toBe(classes[name]);
  expect(error).toMatchObject({ type: body.type, title: body.title, status, detail: 'Why.', errors: [] });
});

test.each([
  [401, errors.UnauthenticatedError],
  [403, errors.ForbiddenError],
  [413, errors.TooLargeError],
  [429, errors.ThrottledError],
  [500, errors.ProblemError],
  [503, errors.UnavailableError],
  [504, errors.UnavailableError],
])("the gateway's own %d has its class", (status, ErrorClass) => {
  const error = problemIn({ status, headers: new Headers() }, '{"message":"Too Many Requests"}');
  expect(error.constructor).toBe(ErrorClass);
  expect(error).toMatchObject({ type: 'about:blank', status, detail: 'Too Many Requests' });
});

test.each(['', '<html>', 'null', '7', '[]', '{"errors": 5}'])(
  'an answer of %j is an error all the same',
  (text) => {
    const error = problemIn({ status: 502, headers: new Headers() }, text);
    expect(error).toBeInstanceOf(errors.UnavailableError);
    expect(error).toMatchObject({ message: 'HTTP 502', errors: [] });
  },
);

describe('Retry-After', () => {
  const now = Date.parse('2026-11-26T12:00:00Z');
  test.each([
    ['7', 7],
    ['Thu, 26 Nov 2026 12:00:30 GMT', 30],
    ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
  ])('of %j is %p seconds', (text, seconds) => {
    expect(retryAfterSeconds(new Headers({ 'retry-after': text }), now)).toBe(seconds);
  });

  test('may be missing', () => {
    expect(retryAfterSeconds(new Headers(), now)).toBeUndefined();
  });
});
