import { afterAll, expect, test } from '@jest/globals';
import { createLog } from '../../../../shared/aws/logger.ts';
import { parseSubmission } from '../../../../shared/http/parse-submission.ts';
import { problem, problemResponse } from '../../../../shared/http/respond.ts';
import { asError } from '../../../../shared/job/errors.ts';
import { captureConsole } from '../../../set-ups/captured-console.ts';
import { aRequest } from '../../../set-ups/samples.ts';
import { secretive, secretPayload, secretsIn } from '../../../set-ups/secretive-type.ts';

const captured = captureConsole();
afterAll(captured.restore);

function problemOf(payload: unknown) {
  const request = aRequest({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'secretive', payload }),
  });
  try {
    parseSubmission(request, { tenant: 'a tenant', contracts: { secretive } });
  } catch (error) {
    return problemResponse(asError(error), request, createLog('test')).body ?? '';
  }
  throw new Error('the payload was accepted');
}

test.each<[string, unknown, readonly string[]]>([
  ['that is too short', { ...secretPayload, token: secretPayload.token.slice(0, 9) }, ['/payload/token']],
  ['of another type', { ...secretPayload, account: { pin: '918273' } }, ['/payload/account/pin']],
  [
    'with a wrong value under a key that is secret, too',
    { ...secretPayload, headers: { [secretPayload.token]: 7 } },
    ['/payload/headers'],
  ],
  ['in a list', { ...secretPayload, keys: [null, { a: secretPayload.token }] }, ['/payload/keys/1']],
  ['beside another error', { ...secretPayload, user: 7 }, ['/payload/user']],
  ['that another check quotes', { ...secretPayload, user: secretPayload.token }, ['/payload']],
])('the answer to a submission with a secret value %s does not show it', (_what, payload, pointers) => {
  const body = problemOf(payload);
  expect(problem.parse(JSON.parse(body)).errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  expect(secretsIn(body + captured.lines.join())).toEqual([]);
  expect(body).not.toContain(secretPayload.token.slice(0, 9));
});

test('what is wrong with other fields is said as ever', () => {
  const [error] = problem.parse(JSON.parse(problemOf({ ...secretPayload, user: 7 }))).errors ?? [];
  expect(error?.detail).toBe('Invalid input: expected string, received number');
});
