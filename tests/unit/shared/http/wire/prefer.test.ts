import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redirectToWait } from '../../../../../functions/status/redirects.ts';
import { bulkAction } from '../../../../../job-types/bulk-action/contract.ts';
import { InvalidRequestError } from '../../../../../shared/domain/base/errors.ts';
import { jobStatuses } from '../../../../../shared/domain/state/job/transitions.ts';
import { actionRequest } from '../../../../../shared/http/requests/action-request.ts';
import { toFilter } from '../../../../../shared/http/requests/list-request.ts';
import { secondsQuery } from '../../../../../shared/http/requests/wait-request.ts';
import { maxPreferredWaitSeconds, preferredWaitSeconds } from '../../../../../shared/http/wire/prefer.ts';
import { prefersHtml } from '../../../../../shared/http/wire/prefers-html.ts';
import { parseQuery } from '../../../../../shared/http/wire/query.ts';
import { violationsIn } from '../../../../../shared/http/wire/violations.ts';
import { aRequest, jobId } from '../../../../set-ups/samples.ts';

const waitIn = (prefer?: string) => preferredWaitSeconds({ headers: prefer === undefined ? {} : { prefer } });

/** RFC 7240. */
describe('the time that a client would like to wait', () => {
  test.each([
    ['wait=4', 4],
    ['respond-async, wait=4', 4],
    ['wait=4, respond-async', 4],
    ['respond-async,wait=4', 4],
    ['Wait=4', 4],
    ['WAIT=4', 4],
    ['wait=0', 0],
    ['wait=004', 4],
    ['wait = 4', 4],
    ['  wait\t=\t4  ', 4],
    ['wait=4;', 4],
    ['wait=4; foo', 4],
    ['wait=4; foo="some, wait=2"', 4],
    ['foo="a, wait=2", wait=4', 4],
    ['foo="a \\", wait=2", wait=4', 4],
    ['foo; wait=2, wait=4', 4],
    ['handling=lenient, wait=4, respond-async', 4],
    ['return=representation, odata.maxpagesize=100, 1x=2, wait=4', 4],
    ['foo;, , wait=4', 4],
    ['timezone=America/Los_Angeles, wait=4', 4],
  ])('is in %j', (prefer, seconds) => {
    expect(waitIn(prefer)).toBe(seconds);
  });

  test.each(['wait=6', 'wait=3600', `wait=${'9'.repeat(400)}`])('is cut to 5 s in %j', (prefer) => {
    expect(waitIn(prefer)).toBe(maxPreferredWaitSeconds);
  });

  test('is that of the first wait, if there are several', () => {
    expect(waitIn('wait=3, wait=4')).toBe(3);
    expect(waitIn('wait=4, Wait=3')).toBe(4);
    expect(waitIn('wait=soon, wait=5')).toBeUndefined();
  });

  test.each([
    undefined,
    '',
    'respond-async',
    'wait',
    'wait=',
    'wait=""',
    'wait="10"',
    'wait=-1',
    'wait=+1',
    'wait=1.5',
    'wait=1e1',
    'wait=0x10',
    'wait=10s',
    'wait=ten',
    'wait=1 0',
    'wait==10',
    'wait;10',
    'await=10',
    'wait-for=10',
    'foo;wait=10',
    'foo="wait=10',
    'foo="\\',
    'wait=１０',
  ])('is not in %j', (prefer) => {
    expect(waitIn(prefer)).toBeUndefined();
  });

  test('is whole seconds or none, whatever the header', () => {
    const part = fc.constantFrom('wait', '=', '10', ',', ';', '"', '\\', ' ', 'foo');
    const header = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 20 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(header, (prefer) => {
        const seconds = waitIn(prefer);
        expect(seconds === undefined || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 5)).toBe(
          true,
        );
      }),
    );
  });

  test('is found fast in the headers that take the most looks', () => {
    for (const part of ['"', '\\"', 'wait', 'wait=', ' ', ',', '"\\'])
      expect(waitIn(part.repeat(100_000))).toBeUndefined();
  }, 2_000);
});

describe('prefersHtml', () => {
  test.each([
    [
      'Chrome',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
    ],
    ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
    ['Safari', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['lynx', 'text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01'],
    ['capital letters', 'Text/HTML, */*; Q=0.1'],
    ['any text', 'text/*'],
    ['more of HTML than of JSON', 'application/json;q=0.5, text/html;q=0.501'],
    ['HTML, and no JSON', '*/*, application/json;q=0'],
    ['parameters', 'text/html;level=1;q=0.4, */*;q=0.3'],
  ])('is true for %s', (_who, accept) => {
    expect(prefersHtml(accept)).toBe(true);
  });

  test.each([
    ['nobody who says', undefined],
    ['an empty header', ''],
    ['curl and fetch', '*/*'],
    ['axios', 'application/json, text/plain, */*'],
    ['Python requests', 'application/json'],
    ['Java', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2, application/json'],
    ['HTML as good as JSON', 'text/html, application/json'],
    ['HTML that is refused', 'text/html;q=0, application/xml'],
    ['any text but HTML', 'text/*, text/html;q=0'],
    ['images', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'],
    ['problem documents', 'application/problem+json'],
    ['garbage', ';;;,,,q=1,=,text/,/html'],
  ])('is false for %s', (_who, accept) => {
    expect(prefersHtml(accept)).toBe(false);
  });

  test('takes the most specific range, wherever it stands', () => {
    const ranges = ['text/html;q=0.2', 'text/*;q=0.9', '*/*;q=0.9', 'application/json;q=0.3'];
    fc.assert(
      fc.property(fc.shuffledSubarray(ranges, { minLength: ranges.length }), (shuffled) => {
        expect(prefersHtml(shuffled.join(', '))).toBe(false);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (accept) => void prefersHtml(accept)));
  });
});

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

const violationsOf = (body: unknown) => violationsIn(actionRequest.safeParse(body), '');

describe('the body of POST /jobs/actions', () => {
  test.each([
    { status: 'failed' },
    { type: 'counting' },
    { group: 'a group' },
    { tags: ['a', 'b', 'a'] },
    { since: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00+01:00' },
  ])('may have the filter %j, which fits the contract of the job', (filter) => {
    const body = { action: 'retry', filter };
    expect(violationsOf(body)).toEqual([]);
    const payload = { action: 'retry', filter: toFilter(actionRequest.parse(body).filter) };
    expect(bulkAction.payload.parse(payload)).toEqual(payload);
  });

  test.each([{}, { tags: [] }, { status: undefined }])(
    'may not have the filter %j, which all jobs would pass',
    (filter) => {
      expect(violationsOf({ action: 'erase', filter })).not.toEqual([]);
    },
  );

  test('says what to do about a filter that names nothing', () => {
    expect(violationsOf({ action: 'erase', filter: {} })).toEqual([
      {
        pointer: '/filter',
        detail: 'must name something that the jobs have in common: without, it would be all jobs',
      },
    ]);
    expect(violationsOf({ action: 'erase', filter: { tags: [] } })).toEqual([
      { pointer: '/filter/tags', detail: 'must not be empty' },
    ]);
  });

  test('is told everything that is wrong with it at once', () => {
    const filter = { status: 'done', tags: ['', 'x'.repeat(65), 1], since: '2026-01-01', tenant: 'x' };
    expect(violationsOf({ action: 'delete', filter, ids: [] })).toEqual([
      { pointer: '/action', detail: 'must be one of cancel, retry, erase, notify' },
      {
        pointer: '/filter/status',
        detail: `must be one of ${jobStatuses.join(', ')}`,
      },
      { pointer: '/filter/tags/0', detail: 'must not be empty' },
      { pointer: '/filter/tags/1', detail: 'may have 64 characters at most' },
      { pointer: '/filter/tags/2', detail: 'must be a text' },
      {
        pointer: '/filter/since',
        detail: 'must be a time like 2026-12-24T17:00:00Z or 2026-12-24T18:00:00+01:00',
      },
      { pointer: '/filter/tenant', detail: 'unknown key' },
      { pointer: '/ids', detail: 'unknown key' },
    ]);
  });

  test.each([null, [], 'retry', 1])('is an object, and not %j', (body) => {
    expect(violationsOf(body).map(({ pointer }) => pointer)).toEqual(['']);
  });

  test.each([
    [{ tags: 'a' }, 'must be a list of texts'],
    [{ tags: Array.from({ length: 11 }, () => 'a') }, 'may have 10 tags at most'],
  ])('has tags that are a list of at most ten: %j', (filter, detail) => {
    expect(violationsOf({ action: 'retry', filter })).toEqual([{ pointer: '/filter/tags', detail }]);
  });
});
