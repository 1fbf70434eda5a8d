import { describe, expect, test } from '@jest/globals';
import { redirectToWait } from '../../../../functions/status/redirect-to-wait.ts';
import { parseQuery } from '../../../../shared/http/query.ts';
import { secondsQuery } from '../../../../shared/http/wait-request.ts';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { aRequest, jobId } from '../../../set-ups/samples.ts';

const detail = 'must be a whole number from 0 to 25';
const wrong = ['', '-1', '26', '0030', '1000', '1.5', '1e1', '0x1', '+5', '%205', '5s', 'Infinity', '１'];

function violationOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.violations;
    throw error;
  }
  throw new Error('the request was accepted');
}

describe('the query of GET /jobs/{id}/wait', () => {
  const parse = (rawQueryString: string) => parseQuery(aRequest({ rawQueryString }), secondsQuery);

  test.each([
    ['', 25],
    ['seconds=0', 0],
    ['seconds=7', 7],
    ['seconds=007', 7],
    ['seconds=25', 25],
  ])('asks with "%s" for %d seconds', (query, seconds) => {
    expect(parse(query)).toEqual({ seconds });
  });

  test.each(wrong)('may not ask for "%s" seconds', (seconds) => {
    expect(violationOf(() => parse(`seconds=${seconds}`))).toEqual([{ pointer: 'seconds', detail }]);
  });
});

describe('GET /jobs/{id}?wait=N', () => {
  const redirect = (rawQueryString: string) => redirectToWait(aRequest({ rawQueryString }), jobId);

  test.each(['0', '5', '25'])('leads to where one can wait for %s seconds', (seconds) => {
    expect(redirect(`wait=${seconds}`)).toEqual({
      statusCode: 307,
      headers: {
        location: `https://api.example.com/jobs/${jobId}/wait?seconds=${seconds}`,
        'cache-control': 'private, no-cache',
      },
    });
  });

  test('leads nowhere without it', () => {
    expect(redirect('')).toBeUndefined();
  });

  test.each(wrong)('may not be "%s"', (seconds) => {
    expect(violationOf(() => redirect(`wait=${seconds}`))).toEqual([{ pointer: 'wait', detail }]);
  });

  test('may be there only once', () => {
    expect(violationOf(() => redirect('wait=1&wait=2'))).toEqual([
      { pointer: 'wait', detail: 'may be there only once' },
    ]);
  });
});
