import { describe, expect, it } from '@jest/globals';
import { PermanentError } from '../../../../shared/job/errors.ts';
import { ServiceBusyError } from '../../../../shared/job/remote.ts';
import { answerOf, notSetUp, ServiceRefusedError } from '../../../../shared/job/remote-errors.ts';

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
    const { find, start, poll, cancel } = notSetUp(['transcodeRole', 'transcodeQueue']);
    const signal = new AbortController().signal;
    const call = { payload: {}, id: 'a', tenant: 't', token: 'u', since: 0, remoteId: 'r', signal };
    for (const refused of [find, start, poll, cancel]) {
      const error = await refused(call).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ message: expect.stringContaining('transcodeRole and transcodeQueue') });
    }
  });
});
