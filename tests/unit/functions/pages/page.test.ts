import { hash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorPage } from '../../../../functions/pages/error-page.ts';
import { assetTexts } from '../../../../functions/pages/html/asset-texts.ts';
import { assetResponse, assetUrl } from '../../../../functions/pages/html/assets.ts';
import { foreign, html } from '../../../../functions/pages/html/html.ts';
import { render } from '../../../../functions/pages/html/layout.ts';
import { cut, duration, size, when, whenExactly } from '../../../../functions/pages/html/words.ts';
import { childrenPage, statesInOrder } from '../../../../functions/pages/job/children-page.ts';
import { jobPage } from '../../../../functions/pages/job/job-page.ts';
import { safeNext, signInPage } from '../../../../functions/pages/sign-in-page.ts';
import { dashboard } from '../../../../functions/pages/stage/dashboard.ts';
import { rights } from '../../../../shared/domain/access/access-entry.ts';
import {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  JobNotFoundError,
  NotFoundError,
  UnauthenticatedError,
} from '../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { type JobStatus, jobStatuses } from '../../../../shared/domain/state/job/transitions.ts';
import { toJobResponse, toListedJob } from '../../../../shared/http/responses/job-response.ts';
import type { BatchCount, Child } from '../../../../shared/operations/find/list-children.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { anyText } from '../../../any-text.ts';
import { anId, aQueuedItem, aRequest, jobId } from '../../../set-ups/samples.ts';

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const decoded = (text: string): string =>
  text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
const writtenText = fc.oneof(
  anyText(),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'a', ';', 'lt', '#') }),
);

// tests/browser/escaping.test.ts has a browser read the same.
describe('the template for HTML', () => {
  test('no text whatever leaves its place', () => {
    fc.assert(
      fc.property(writtenText, writtenText, (inside, attribute) => {
        const [, one = '', other = ''] = /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(
          html`<p title="${attribute}">${inside}</p>`.text,
        ) ?? ['', 'it is not one element'];
        expect([one, other].join()).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect([decoded(one), decoded(other)]).toEqual([attribute, inside]);
      }),
    );
  });

  test('what it has made itself is not escaped again', () => {
    const inner = html`<b>${'&'}</b>`;
    expect(html`<p>${inner}${[inner, 'x', 1]}</p>`.text).toBe('<p><b>&amp;</b><b>&amp;</b>x1</p>');
  });

  test('nothing stands for undefined and false, and 0 for 0', () => {
    expect(html`[${undefined}${false}${0}${''}]`.text).toBe('[0]');
  });

  test('an object with a text is no HTML', () => {
    expect(html`${String({ text: '<b>' })}`.text).toBe('[object Object]');
  });

  test('what somebody else wrote has a direction of its own', () => {
    expect(foreign('\u202E<').text).toBe('<bdi>\u202E&lt;</bdi>');
  });
});

describe('words', () => {
  describe('a duration', () => {
    test.each([
      [0, 'under 0.1 seconds'],
      [49, 'under 0.1 seconds'],
      [50, '0.1 seconds'],
      [1_000, '1 second'],
      [1_049, '1 second'],
      [9_940, '9.9 seconds'],
      [9_960, '10 seconds'],
      [59_499, '59 seconds'],
      [59_500, '1 minute'],
      [61_000, '1 minute 1 second'],
      [3_599_600, '1 hour'],
      [3_661_000, '1 hour 1 minute'],
      [86_400_000, '1 day'],
      [2 * 86_400_000 + 3 * 3_600_000, '2 days 3 hours'],
    ])('of %d ms is %s', (milliseconds, words) => {
      expect(duration(milliseconds)).toBe(words);
    });

    test('never names a unit that should have been carried over', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (milliseconds) => {
          expect(duration(milliseconds)).not.toMatch(/\b(60 (seconds|minutes)|24 hours|0 (s|m|h|d))/);
        }),
      );
    });
  });

  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1_023, '1023 bytes'],
    [1_024, '1 KB'],
    [1_025, '2 KB'],
    [1_572_864, '1.5 MB'],
    [5 * 1024 ** 3, '5 GB'],
  ])('a size of %d is %s', (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });

  describe('a time', () => {
    const textOf = (away: number) => when(new Date(t0 + away).toISOString(), t0).text.replace(/<[^>]*>/g, '');

    test.each([
      [0, 'just now'],
      [-1_999, 'just now'],
      [-2_000, '2 seconds ago'],
      [-119_000, '1 minute ago'],
      [-7_200_000, '2 hours ago'],
      [3 * 86_400_000, 'in 3 days'],
      [5_000, 'in 5 seconds'],
    ])('%d ms away is %s', (away, words) => {
      expect(textOf(away)).toBe(words);
    });

    test('has the exact one in its attributes, or beside it', () => {
      const iso = '2026-01-02T03:04:05.678Z';
      expect(when(iso, t0).text).toBe(
        `<time datetime="${iso}" title="2026-01-02 03:04:05 UTC">just now</time>`,
      );
      expect(whenExactly(iso, t0).text).toContain('<span class="faint exact">2026-01-02 03:04:05 UTC</span>');
    });
  });

  test('a text that is cut is well-formed, and one that fits is left as it is', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('abc…');
    expect(cut('ab🔥', 3)).toBe('ab\uFFFD…');
  });
});

const names = ['style.css', 'page.js', 'upload.js'] as const;

describe('assets', () => {
  test.each(names)('%s has the hash of its content in its name, and may be kept for ever', (name) => {
    const url = assetUrl(name);
    const [base, digits] = url.split('/').at(-1)?.split('.') ?? [];
    expect(name.startsWith(base ?? '-')).toBe(true);
    expect(hash('sha256', assetTexts()[name], 'hex').startsWith(digits ?? '-')).toBe(true);
    expect(assetResponse(url.slice('/ui/assets/'.length))).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': expect.stringMatching(name.endsWith('css') ? /^text\/css/ : /^text\/javascript/),
        'cache-control': 'public, max-age=31536000, immutable',
      },
      body: assetTexts()[name],
    });
  });

  test.each(['', 'style.css', 'page.js', 'style.000000000000.css', '../handler.ts', 'constructor'])(
    'there is no asset %j',
    (name) => {
      expect(() => assetResponse(name)).toThrow(NotFoundError);
    },
  );

  test('the style loads nothing', () => {
    expect(assetTexts()['style.css']).not.toMatch(/url\(|@import/);
  });

  test.each([
    ['page.js', 160],
    ['upload.js', 120],
  ] as const)('the script %s is short, and makes no HTML of texts', (name, maxLines) => {
    const script = assetTexts()[name];
    expect(script).not.toMatch(/https?:|innerHTML\s*=|eval|import/);
    expect(script.split('\n').length).toBeLessThan(maxLines);
  });
});

const maxBytes = 60 * 1024;
const urls = { statusUrl: 'https://example.com', pageUrl: 'https://example.com' };
const dependsOn = Array.from({ length: 50 }, (_, index) => anId(index));

/** The worst that a job may have: texts of their maximal length, of characters that HTML writes with many. */
const fullOf = (character: string, over: Partial<JobItem> = {}): JobItem =>
  aQueuedItem({
    progress: { percent: 50, message: character.repeat(200) },
    error: { name: character.repeat(100), message: character.repeat(2_000) },
    tags: Array.from({ length: 10 }, (_, index) => character.repeat(62) + index),
    group: character.repeat(128),
    dependsOn,
    history: Array.from({ length: 240 }, (_, index) => ({
      event: index % 2 === 0 ? ('started' as const) : ('retrying' as const),
      at: t0 + index * 1_000,
      error: character.repeat(200),
    })),
    ...over,
  });

const aBatch = (key: string): BatchCount => ({
  key,
  type: key,
  count: 100_000,
  ended: 99_000,
  unsuccessful: 1,
});

const bytesOf = (body: Parameters<typeof render>[0]['body']): number =>
  Buffer.byteLength(render({ title: 'x', body, isSignedIn: true, canOperate: true, canSignOut: true }));

describe('page size', () => {
  describe.each(['<', '"', 'ж', '漢'])('a page full of %s has less than 60 KB', (character) => {
    test.each(jobStatuses)('of a job that is %s', (status) => {
      const result = {
        rows: Array.from({ length: 60 }, () => ({ [character.repeat(20)]: character.repeat(200) })),
      };
      const job = toJobResponse(fullOf(character, { status, result: JSON.stringify(result) }), urls);
      const dependencies = dependsOn.map((id) => ({ id, status: 'failed' as const }));
      const dependents = dependsOn.slice(0, 20);
      const view = {
        job,
        dependencies,
        dependents,
        batches: Array.from({ length: 10 }, () => aBatch(character.repeat(200))),
        batchCount: 100,
        wait: { kind: 'time' as const, since: t0, until: t0 + 5_000 },
        rights,
        grantQuery: '',
        hasSecretResult: false,
        lines: Array.from({ length: 40 }, () => ({
          level: 'info' as const,
          time: t0,
          attempt: 1,
          message: character.repeat(100),
          fields: { error: { stack: character.repeat(100) } },
        })),
        lineFilter: {},
        payload: status === 'succeeded' ? undefined : result,
        isOpenType: true,
        keeps: 'nothing' as const,
        now: t0,
      };
      expect(bytesOf(jobPage(view))).toBeLessThan(maxBytes);
    });

    test.each(['unsuccessful', undefined] as const)('of children that are %s', (status) => {
      const child = (index: number): Child => ({
        ...{ index, id: anId(index), status: 'failed', isKnown: true },
        tags: Array.from({ length: 10 }, () => character.repeat(64)),
        error: { name: 'Error', message: character.repeat(400) },
      });
      const children = Array.from({ length: status ? 50 : 20 }, (_, index) => child(index));
      const page = { children, newer: [], next: 99_999 };
      const states = status ? [status] : statesInOrder;
      const view = { job: { id: jobId, type: 'counting' }, batch: aBatch(character.repeat(200)), status };
      const pages = states.map((state) => ({ state, page }));
      expect(bytesOf(childrenPage({ ...view, pages, again: 'possible' }))).toBeLessThan(maxBytes);
    });

    test('of a list', () => {
      const jobs = Array.from({ length: 25 }, () =>
        toListedJob(fullOf(character, { status: 'failed' }), 'https://x'),
      );
      const of = Object.fromEntries(jobStatuses.map((status) => [status, 100])) as Record<JobStatus, number>;
      const view = {
        rows: jobs,
        query: new URLSearchParams(),
        counts: { of, counted: 100, newer: 100, isCapped: true, hasChildren: true },
        nextCursor: 'x'.repeat(200),
        actions: [],
        types: ['counting'],
        canControl: true,
        now: t0,
      };
      expect(bytesOf(dashboard(view))).toBeLessThan(maxBytes);
    });
  });

  test.each([
    ['many small values', Array.from({ length: 7_000 }, () => 0)],
    [
      'many rows of many columns',
      Array.from({ length: 50 }, () =>
        Object.fromEntries('abcdefghijkl'.split('').map((name) => [name, [1, 2, 3]])),
      ),
    ],
    ['texts of signs', Array.from({ length: 45 }, () => '"'.repeat(150))],
  ])('a result with %s fits into a page, or is offered as a file', (_what, result) => {
    const job = toJobResponse(aQueuedItem({ status: 'succeeded', result: JSON.stringify(result) }), urls);
    const view = {
      job,
      dependencies: [],
      dependents: [],
      batches: [],
      batchCount: 0,
      wait: undefined,
      rights,
      grantQuery: '',
      hasSecretResult: false,
      lines: [],
      lineFilter: {},
      payload: undefined,
      isOpenType: true,
      keeps: 'nothing' as const,
      now: t0,
    };
    expect(bytesOf(jobPage(view))).toBeLessThan(maxBytes);
  });
});

const show = (error: Error, over: Parameters<typeof aRequest>[0] = {}, canSignIn = true) => {
  const log = recordedLog();
  return { ...errorPage(error, aRequest({ rawPath: '/ui', ...over }), { log, canSignIn }), log };
};

describe('what people see in place of a problem document', () => {
  test('is a page with the status, the policy of all pages, and texts that stay texts', () => {
    const violations = [{ pointer: '<status>', detail: '<b>' }];
    const { statusCode, headers, body } = show(new InvalidRequestError('<script>', violations));
    expect(statusCode).toBe(400);
    expect(headers).toMatchObject({ 'content-security-policy': expect.any(String) });
    expect(body).toContain('<bdi>&lt;script&gt;</bdi>');
    expect(body).toContain('<code>&lt;status&gt;</code> <bdi>&lt;b&gt;</bdi>');
  });

  test('who is not signed in is asked to, and then gets the page, without the grant', () => {
    const over = { rawPath: `/ui/jobs/${jobId}`, rawQueryString: 'grant=secret&x=1' };
    const { statusCode, headers } = show(new UnauthenticatedError('no'), over);
    expect(statusCode).toBe(303);
    expect(headers?.location).toBe(`/ui/sign-in?next=${encodeURIComponent(`/ui/jobs/${jobId}?x=1`)}`);
  });

  test('the page that follows the sign-in has its path encoded, which was handed over decoded', () => {
    const { headers } = show(new UnauthenticatedError('no'), { rawPath: '/ui/job-types/a?b#c\r\nd' });
    expect(headers?.location).toBe(
      `/ui/sign-in?next=${encodeURIComponent('/ui/job-types/a%3Fb%23c%0D%0Ad')}`,
    );
  });

  test('after a form the list is shown: it cannot be sent again', () => {
    const over = { method: 'POST', rawPath: `/ui/jobs/${jobId}/cancel` };
    const { headers } = show(new UnauthenticatedError('no'), over);
    expect(headers?.location).toBe('/ui/sign-in?next=%2Fui');
  });

  test.each([
    ['of a job, it leads back there', 'cancel'],
    ['of its children, it leads to the job', 'children/a%2Fb/retry'],
  ])('after a button on the page %s', (_what, path) => {
    const over = { method: 'POST', rawPath: `/ui/jobs/${jobId}/${path}` };
    const { statusCode, body } = show(new ConflictError('The job has ended.'), over);
    expect(statusCode).toBe(409);
    expect(body).toContain(`<a href="/ui/jobs/${jobId}">The job</a>`);
  });

  test('after a button of a schedule, it leads back to the schedules', () => {
    const over = { method: 'POST', rawPath: '/ui/schedules/none/run' };
    const { body } = show(new NotFoundError('There is no schedule of this name.'), over);
    expect(body).toContain('<a href="/ui/schedules">The schedules</a>');
  });

  test('a link for an answer that is not whole says so, and leads nowhere: its receiver need not know of jobs', () => {
    const over = { rawPath: `/ui/jobs/${jobId}/signals/approve`, rawQueryString: 'link=half' };
    const {
      statusCode,
      headers,
      body = '',
    } = show(new JobNotFoundError('There is no job of this id.'), over);
    expect([statusCode, headers?.['referrer-policy']]).toEqual([404, 'no-referrer']);
    expect(body).toContain('This link does not work');
    expect(body).toContain('ask for a new link');
    for (const text of ['no such job', 'All jobs', 'href="/ui"', 'Sign in']) expect(body).not.toContain(text);
  });

  test('a job that is not there may be one that another key shows', () => {
    const over = { rawPath: `/ui/jobs/${jobId}` };
    expect(show(new JobNotFoundError('none'), over).body).toContain('>Sign in</a>');
    const cookies = ['__Host-session=x'];
    expect(show(new JobNotFoundError('none'), { ...over, cookies }).body).not.toContain('Sign in');
    expect(show(new JobNotFoundError('none'), over, false).body).not.toContain('Sign in');
  });

  test('where a right is missing, another key may have it', () => {
    expect(show(new ForbiddenError('no')).body).toContain('Sign in with another key');
    expect(show(new ForbiddenError('no'), {}, false).body).not.toContain('Sign in');
  });

  test('what failed inside is for the log', () => {
    const { statusCode, body, log } = show(new TypeError('a secret of the inside'));
    expect(statusCode).toBe(500);
    expect(body).not.toContain('secret');
    expect(JSON.stringify(log.lines)).toContain('request failed');
  });
});

describe('sign in page', () => {
  describe('where a sign-in leads', () => {
    test('never to another host, and always to what a header can hold', () => {
      const begun = fc.constantFrom('', '/ui', '/ui/', '/ui?', '/', '//');
      fc.assert(
        fc.property(begun, anyText(), (start, rest) => {
          const next = safeNext(start + rest);
          const { origin, pathname } = new URL(next, 'https://api.example.com');
          expect(origin).toBe('https://api.example.com');
          expect(pathname.startsWith('/')).toBe(true);
          expect(new Headers({ location: next }).get('location')).toBe(next);
        }),
      );
    });
  });

  test('the sign-in page says at its field that a key was refused', () => {
    expect(signInPage('/ui', false).text).not.toContain('refused');
    expect(signInPage('/ui?a="', true).text).toMatch(/value="\/ui\?a=&quot;".*aria-describedby="refused"/s);
  });
});

describe('safe next', () => {
  test.each([
    '/ui',
    '/ui?status=failed&tag=%C3%A9',
    '/ui/jobs/00000000-0000-4000-8000-000000000000',
    '/ui/queues',
  ])('a sign-in leads to %s', (next) => {
    expect(safeNext(next)).toBe(next);
  });

  test.each([
    undefined,
    null,
    '',
    '/',
    'ui',
    '/uix',
    '/jobs',
    'https://example.com/ui',
    '//example.com/ui',
    '/\\example.com/ui',
    '/ui\\..\\..\\example.com',
    '/ui/..//example.com',
    '/ui/../jobs',
    'javascript:alert(1)//ui',
    'http://',
  ])('a sign-in leads to the first page, and not to %j', (next) => {
    expect(safeNext(next)).toBe('/ui');
  });

  /** Such a text in a header would make an answer fail. */
  test.each([
    ['/ui/job-types/ж', '/ui/job-types/%D0%B6'],
    ['/ui/job-types/a\r\nset-cookie: a=b', '/ui/job-types/aset-cookie:%20a=b'],
    ['/ui?tag=\ud800', '/ui?tag=%EF%BF%BD'],
    ['/ui?tag=ж%20', '/ui?tag=%D0%B6%20'],
  ])('a sign-in leads to %j as it can stand in a header', (next, location) => {
    expect(safeNext(next)).toBe(location);
    expect(new Headers({ location: safeNext(next) }).get('location')).toBe(location);
  });
});
