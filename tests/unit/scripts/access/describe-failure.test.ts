import { expect, test } from '@jest/globals';
import { AccessTableError } from '../../../../infra/access/admin-store.ts';
import { AccessCommandError } from '../../../../infra/access/manage-keys.ts';
import { describeFailure } from '../../../../scripts/access/describe-failure.ts';
import { UsageError } from '../../../../scripts/usage-error.ts';

const named = (name: string) => Object.assign(new Error('x'), { name });

test.each([
  [new UsageError('--stage is missing'), 2, '--stage is missing'],
  [new AccessCommandError('There is no key x.'), 4, 'There is no key x.'],
  [new AccessTableError('`npm start` does not run'), 6, '`npm start` does not run.'],
])('%s is told as it is', (error, exitCode, text) => {
  expect(describeFailure(error)).toEqual({ exitCode, text });
});

test('a table that is not there may be in another region or account', () => {
  const error = new AccessTableError('there is no table job-worker-prod-access', {
    cause: named('ResourceNotFoundException'),
  });
  expect(describeFailure(error)).toEqual({
    exitCode: 6,
    text: expect.stringMatching(
      /^There is no table job-worker-prod-access\. Is the stage deployed, in this region/,
    ),
  });
});

test.each(['CredentialsProviderError', 'AccessDeniedException', 'ExpiredTokenException'])(
  '%s asks for credentials of AWS',
  (name) => {
    const error = new AccessTableError('the table could not be read: no', { cause: named(name) });
    expect(describeFailure(error)).toEqual({
      exitCode: 5,
      text: expect.stringContaining('Set AWS credentials'),
    });
  },
);

test('what nobody has foreseen is left to the caller', () => {
  expect(describeFailure(new TypeError('x'))).toBeUndefined();
});
