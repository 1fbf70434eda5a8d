import { describe, expect, test } from '@jest/globals';
import { leadToPage } from '../../../../functions/status/redirects.ts';
import { JobNotFoundError, UnauthenticatedError } from '../../../../shared/domain/base/errors.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aRequest, jobId } from '../../../set-ups/samples.ts';

const ofBrowsers = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const answer = (headers: Record<string, string>, error: Error = new UnauthenticatedError('no API key')) =>
  leadToPage(
    error,
    aRequest({ headers: { ...aRequest().headers, ...headers }, pathParameters: { id: jobId } }),
    recordedLog(),
  );

describe('a status URL without a credential', () => {
  test("leads a browser to the job's page", () => {
    expect(answer({ accept: ofBrowsers })).toMatchObject({
      statusCode: 303,
      headers: { location: `/ui/jobs/${jobId}`, vary: 'Accept' },
    });
  });

  test.each([[{}], [{ accept: '*/*' }], [{ accept: 'application/json' }]])(
    'is 401 for a program that accepts %j',
    (headers) => {
      expect(answer(headers)).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
    },
  );
});

test('a browser that shows a wrong credential is told so, and so it is of other errors', () => {
  expect(answer({ accept: ofBrowsers, authorization: 'Bearer x' }).statusCode).toBe(401);
  expect(answer({ accept: ofBrowsers }, new JobNotFoundError('no')).statusCode).toBe(404);
});
