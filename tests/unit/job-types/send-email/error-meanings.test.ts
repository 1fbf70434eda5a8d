import { describe, expect, test } from '@jest/globals';
import { meaningOf, meanings } from '../../../../job-types/send-email/error-meanings.ts';

const anError = (over: object, name = 'Error') => Object.assign(new Error('no'), { name, ...over });
const answered = (name: string, httpStatusCode: number) =>
  anError({ $metadata: { httpStatusCode, attempts: 1 } }, name);
const connect = anError({ code: 'ECONNREFUSED', syscall: 'connect' });
const read = anError({ code: 'ECONNRESET', syscall: 'read' });

describe('an answer', () => {
  test.each(Object.entries(meanings))('%s with a status of the client says: %s', (name, meaning) => {
    expect(meaningOf(answered(name, 400))).toBe(meaning);
  });

  test.each(Object.keys(meanings))('%s with any other status leaves a doubt', (name) => {
    for (const status of [200, 302, 500, 503]) expect(meaningOf(answered(name, status))).toBe('doubt');
  });

  test.each([
    ['toString', 400, 'refused'],
    ['UnknownException', 422, 'refused'],
    ['UnknownException', 429, 'throttled'],
  ] as const)('%s with %d says: %s', (name, status, meaning) => {
    expect(meaningOf(answered(name, status))).toBe(meaning);
  });
});

describe('without an answer', () => {
  test.each([
    ['a connection that was refused', connect],
    ['a name that is not known', anError({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
    ['a name of whose addresses none can be reached', anError({ errors: [connect, connect] })],
    ['no credentials', anError({ $metadata: { attempts: 1 } }, 'CredentialsProviderError')],
  ])('the mail was not sent: %s', (_what, error) => {
    expect(meaningOf(error)).toBe('unavailable');
  });

  test.each([
    ['a connection that was reset', read],
    ['a name of whose addresses one could be reached', anError({ errors: [connect, read] })],
    ['a time-out', anError({ code: 'ETIMEDOUT' }, 'TimeoutError')],
    ['a silent connection', anError({ message: 'the request socket timed out' }, 'TimeoutError')],
    ['an abort', anError({}, 'AbortError')],
    ['what is no error', 'no'],
    ['nothing', undefined],
  ])('the mail is in doubt: %s', (_what, error) => {
    expect(meaningOf(error)).toBe('doubt');
  });
});
