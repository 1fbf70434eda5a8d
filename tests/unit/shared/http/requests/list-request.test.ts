import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { InvalidRequestError, type Violation } from '../../../../../shared/domain/base/errors.ts';
import { listPositionOf } from '../../../../../shared/domain/state/job/list-keys.ts';
import { jobStatuses } from '../../../../../shared/domain/state/job/transitions.ts';
import { cursorOf, positionIn } from '../../../../../shared/http/requests/cursor.ts';
import { listQuery, toFilter } from '../../../../../shared/http/requests/list-request.ts';
import { acceptedResponse, jobAnswer } from '../../../../../shared/http/responses/job-answer.ts';
import {
  acceptedJob,
  listedJob,
  retryAfterSeconds,
  toAcceptedJob,
  toListedJob,
} from '../../../../../shared/http/responses/job-response.ts';
import { routes } from '../../../../../shared/http/routes.ts';
import { parseQuery, requireKnownQuery } from '../../../../../shared/http/wire/query.ts';
import type { JobFilter } from '../../../../../shared/operations/find/list-jobs.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { anyText } from '../../../../any-text.ts';
import { aRootSecretEntry } from '../../../../set-ups/access.ts';
import { aFailedItem, aQueuedItem, aRequest, aRunningItem, jobId } from '../../../../set-ups/samples.ts';

describe('query', () => {
  function violationsOf(read: () => unknown): readonly Violation[] {
    try {
      read();
    } catch (error) {
      if (error instanceof InvalidRequestError) return error.violations;
      throw error;
    }
    return [];
  }

  describe('requireKnownQuery', () => {
    const check = (rawQueryString: string, query?: readonly string[]) =>
      violationsOf(() => requireKnownQuery(aRequest({ rawQueryString }), query ? { query } : {}));

    test.each(['', 'a=1', 'a', 'a=', 'a=1&a=2', '&&', '%61=1'])('lets pass the query "%s"', (query) => {
      expect(check(query, ['a', 'b'])).toEqual([]);
    });

    test('names every unknown parameter once, as it is called, and those that there are', () => {
      const detail = 'unknown query parameter; there are: a, b';
      expect(check('A=1&a=1&x+y=1&x%20y=2&__proto__=1&=', ['a', 'b'])).toEqual(
        ['A', 'x y', '__proto__', ''].map((pointer) => ({ pointer, detail })),
      );
    });

    test('says of a route without parameters that there are none', () => {
      expect(check('a=1')).toEqual([{ pointer: 'a', detail: 'unknown query parameter; there are none' }]);
    });

    test('lets pass a request without any query', () => {
      const { rawQueryString: _, ...request } = aRequest();
      expect(violationsOf(() => requireKnownQuery(request as never, {}))).toEqual([]);
    });
  });

  describe('parseQuery', () => {
    const schema = z.strictObject({
      one: z.optional(z.string().check(z.maxLength(3, 'is too long'))),
      many: z.optional(z.array(z.string().check(z.maxLength(3, 'is too long')))),
    });
    const parse = (rawQueryString: string) =>
      parseQuery(aRequest({ rawQueryString }), schema, { repeatable: ['many'] });

    test.each([
      ['', {}],
      ['one=a', { one: 'a' }],
      ['one=', { one: '' }],
      ['one', { one: '' }],
      ['one=a,b', { one: 'a,b' }],
      ['one=a%26b', { one: 'a&b' }],
      ['one=a+b', { one: 'a b' }],
      ['one=%C3%A9', { one: 'é' }],
      ['one=%FF', { one: '\ufffd' }],
      ['many=a', { many: ['a'] }],
      ['many=b&one=1&many=a,b&many=', { one: '1', many: ['b', 'a,b', ''] }],
    ])('reads "%s"', (query, expected) => {
      expect(parse(query)).toEqual(expected);
    });

    test('does not read what API Gateway has joined with commas', () => {
      const request = aRequest({ rawQueryString: 'many=a&many=b', queryStringParameters: { many: 'a,b' } });
      expect(parseQuery(request, schema, { repeatable: ['many'] })).toEqual({ many: ['a', 'b'] });
    });

    test('names everything that is wrong by the names of the parameters', () => {
      expect(violationsOf(() => parse('one=1&one=2345&many=1234&many=1&other=1'))).toEqual([
        { pointer: 'one', detail: 'may be there only once' },
        { pointer: 'many', detail: 'is too long' },
        { pointer: 'other', detail: 'unknown key' },
      ]);
    });
  });
});

const position = listPositionOf(t0, jobId);
const filter: JobFilter = { status: 'failed', tags: ['a'] };
const signing = { root: aRootSecretEntry(), tenant: 'a tenant', filter };
const cursor = cursorOf(position, signing);

const positions = fc.tuple(fc.nat(), fc.uuid()).map(([at, id]) => listPositionOf(at, id));
const filters: fc.Arbitrary<JobFilter> = fc.record(
  {
    status: fc.constantFrom('failed', 'queued'),
    type: fc.string(),
    group: fc.string(),
    tags: fc.array(fc.string()),
    since: fc.nat(),
  },
  { requiredKeys: [] },
);

describe('a cursor', () => {
  test('has the position that it was made of, in characters that an address may have', () => {
    fc.assert(
      fc.property(positions, fc.string(), filters, (at, tenant, chosen) => {
        const its = { root: aRootSecretEntry(), tenant, filter: chosen };
        const made = cursorOf(at, its);
        expect(made).toMatch(/^[\w-]+\.[\w-]{43}$/);
        expect(positionIn(made, its)).toBe(at);
      }),
    );
  });

  test('is none if any of its characters is another', () => {
    const characters = fc.constantFrom(...'ABCXYZabcxyz0189-_.=+/%~ ');
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), characters, (at, character) => {
        fc.pre(cursor[at] !== character);
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        expect(positionIn(changed, signing)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test('is none if its last character has other spare bits, or if something is added or left out', () => {
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    const last = others.map((character) => cursor.slice(0, -1) + character).filter((one) => one !== cursor);
    const added = [`${cursor}=`, `${cursor}.`, ` ${cursor}`, `${cursor}\n`, cursor.repeat(2)];
    const cut = Array.from(cursor, (_, at) => cursor.slice(0, at));
    for (const one of [...last, ...added, ...cut]) expect(positionIn(one, signing)).toBeUndefined();
  });

  test.each([
    ['for another tenant', { tenant: 'another tenant' }],
    ['with another filter', { filter: { status: 'failed', tags: ['b'] } }],
    ['without the filter', { filter: {} }],
    [
      'after its key was rotated',
      { root: aRootSecretEntry({ versions: { ...aRootSecretEntry().versions, cursor: 2 } }) },
    ],
    [
      'on another stage',
      { root: aRootSecretEntry({ secret: Buffer.alloc(32, 'other').toString('base64url') }) },
    ],
  ])('is none %s', (_what, over) => {
    expect(positionIn(cursor, { ...signing, ...over })).toBeUndefined();
  });

  test('stays the same if another key is rotated', () => {
    const versions = { ...aRootSecretEntry().versions, grant: 2, webhook: 3 };
    expect(positionIn(cursor, { ...signing, root: aRootSecretEntry({ versions }) })).toBe(position);
  });

  test('of one list is none of another, whatever the two were asked for', () => {
    fc.assert(
      fc.property(filters, filters, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const made = cursorOf(position, { ...signing, filter: one });
        expect(positionIn(made, { ...signing, filter: other })).toBeUndefined();
      }),
    );
  });

  test('is none if it is any text', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(positionIn(text, signing)).toBeUndefined();
      }),
    );
  });
});

function parsed(rawQueryString: string) {
  const { tag: tags, ...query } = parseQuery(aRequest({ rawQueryString }), listQuery, {
    repeatable: ['tag'],
  });
  return { ...query, filter: toFilter({ ...query, tags }) };
}

const limitDetail = 'must be a whole number from 1 to 100';
const timeDetail =
  'must be a time like 2026-12-24T17:00:00Z or 2026-12-24T18:00:00%2B01:00, with %2B for the plus sign';

describe('the query of GET /jobs', () => {
  function violationsOf(rawQueryString: string) {
    try {
      parsed(rawQueryString);
    } catch (error) {
      if (error instanceof InvalidRequestError) return error.violations;
      throw error;
    }
    throw new Error('the query was accepted');
  }

  test('has the parameters that the table of routes knows', () => {
    expect(Object.keys(listQuery.shape).sort()).toEqual([...(routes['GET /jobs'].query ?? [])].sort());
  });

  test('asks for the first 20 jobs if it is empty', () => {
    expect(parsed('')).toEqual({ limit: 20, filter: {} });
  });

  test('may have all parameters at once', () => {
    const query =
      'status=failed&type=counting&tag=b&tag=a%2Cc&tag=b&group=a%20group&error=0123456789abcdef0123456789abcdef&limit=7&cursor=x.y' +
      '&since=2026-01-02T03:04:05Z&until=2026-01-02T03:04:05.678%2B01:00';
    expect(parsed(query)).toMatchObject({
      limit: 7,
      cursor: 'x.y',
      filter: {
        status: 'failed',
        type: 'counting',
        tags: ['a,c', 'b'],
        group: 'a group',
        error: '0123456789abcdef0123456789abcdef',
        since: Date.UTC(2026, 0, 2, 3, 4, 5),
        until: Date.UTC(2026, 0, 2, 2, 4, 5, 678),
      },
    });
  });

  test.each([1, 9, 10, 99, 100])('may ask for %d jobs', (limit) => {
    expect(parsed(`limit=${limit}`).limit).toBe(limit);
  });

  test.each(['', '0', '-1', '101', '1.5', 'ten', '1000', 'NaN', '１'])(
    'may not ask for "%s" jobs',
    (limit) => {
      expect(violationsOf(`limit=${limit}`)).toEqual([{ pointer: 'limit', detail: limitDetail }]);
    },
  );

  test.each(['', 'yesterday', '2026-01-02', '2026-01-02T03:04:05', '2026-02-30T00:00:00Z', '1767322800000'])(
    'may not have "%s" as a time',
    (time) => {
      expect(violationsOf(`since=${time}&until=${time}`)).toEqual([
        { pointer: 'since', detail: timeDetail },
        { pointer: 'until', detail: timeDetail },
      ]);
    },
  );

  test.each(['', 'x', '0123456789ABCDEF0123456789ABCDEF', '8727fcca-6715-88cd-be4f-02627a10fc09'])(
    'may not have "%s" as the id of a group of errors',
    (id) => {
      expect(violationsOf(`error=${id}`)).toEqual([
        { pointer: 'error', detail: 'must be the id of a group of errors, as GET /errors has it' },
      ]);
    },
  );

  test('says how to write a plus sign, which is a space in a query', () => {
    expect(violationsOf('since=2026-12-24T18:00:00+01:00')).toEqual([
      { pointer: 'since', detail: timeDetail },
    ]);
  });

  test('is told everything that is wrong with it at once, by the names of the parameters', () => {
    const query = 'status=done&status=failed&group=&tag=&tag=a&limit=0&cursor=a&cursor=b&type=a&type=a';
    expect(violationsOf(query).map(({ pointer, detail }) => `${pointer}: ${detail}`)).toEqual([
      'status: may be there only once',
      'cursor: may be there only once',
      'type: may be there only once',
      `status: must be one of ${jobStatuses.join(', ')}`,
      'group: must not be empty',
      'tag: must not be empty',
      `limit: ${limitDetail}`,
    ]);
  });

  test('may have ten tags at most', () => {
    const tags = (count: number) => Array.from({ length: count }, (_, index) => `tag=${index}`).join('&');
    expect(parsed(tags(10)).filter.tags).toHaveLength(10);
    expect(violationsOf(tags(11))).toEqual([{ pointer: 'tag', detail: 'may have 10 tags at most' }]);
  });

  test('is the same filter in whatever order it is written', () => {
    const parameters = [
      ['status', 'failed'],
      ['type', 'a'],
      ['tag', 'x'],
      ['tag', 'y'],
      ['group', 'g'],
      ['since', '2026-01-01T00:00:00Z'],
    ];
    const text = (pairs: readonly string[][]) => pairs.map((pair) => pair.join('=')).join('&');
    const expected = JSON.stringify(parsed(text(parameters)).filter);
    fc.assert(
      fc.property(fc.shuffledSubarray(parameters, { minLength: parameters.length }), (shuffled) => {
        expect(JSON.stringify(parsed(text(shuffled)).filter)).toBe(expected);
      }),
    );
  });

  test('is read, or refused by name, whatever it is', () => {
    const name = fc.constantFrom(
      'status',
      'type',
      'tag',
      'group',
      'error',
      'since',
      'until',
      'limit',
      'cursor',
      'x',
    );
    const pairs = fc.array(fc.tuple(fc.oneof(name, fc.string()), anyText()));
    const encode = (text: string) => encodeURIComponent(text.toWellFormed());
    const query = pairs.map((all) => all.map((pair) => pair.map(encode).join('=')).join('&'));
    fc.assert(
      fc.property(fc.oneof(query, fc.string()), (rawQueryString) => {
        try {
          parsed(rawQueryString);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
        }
      }),
    );
  });
});

const urls = {
  statusUrl: 'https://api.example.com/jobs/1',
  pageUrl: 'https://api.example.com/ui/jobs/1?grant=a',
};

describe('a job in a list, and in a batch', () => {
  const items = [
    aQueuedItem({ tags: ['a'], startBefore: t0, group: 'g' }),
    aRunningItem({ progress: { percent: 5, message: null } }),
    aFailedItem(),
    aFailedItem({ status: 'succeeded', result: '{"a":1}' }),
  ];

  test.each(items)('fits its schema, and has nothing else: %#', (item) => {
    const listed = toListedJob(item, urls.statusUrl);
    expect(listedJob.parse(listed)).toEqual(listed);
    const accepted = toAcceptedJob(item, urls);
    expect(acceptedJob.parse(accepted)).toEqual(accepted);
  });

  test('has no result and no history, and in a list no link for everybody', () => {
    for (const item of items) {
      const shown = [toListedJob(item, urls.statusUrl), toAcceptedJob(item, urls)];
      for (const job of shown) for (const key of ['result', 'history']) expect(job).not.toHaveProperty(key);
      expect(JSON.stringify(shown[0])).not.toContain('grant');
      expect(shown[1]).toMatchObject(urls);
    }
  });

  test('does not need a result that can be read', () => {
    expect(toListedJob(aFailedItem({ result: 'not JSON' }), urls.statusUrl).status).toBe('failed');
  });
});

describe('the answer with a job', () => {
  const caller = { rights: ['read'] as const };
  const answering = { request: aRequest(), caller, root: aRootSecretEntry(), retentionDays: 30 };

  test('has the status and the headers of its caller', () => {
    const { statusCode, headers, body = '' } = jobAnswer(200, aFailedItem(), answering, { 'x-a': '1' });
    expect([statusCode, headers]).toEqual([
      200,
      { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-a': '1' },
    ]);
    expect(JSON.parse(body)).toMatchObject({ id: jobId, statusUrl: `https://api.example.com/jobs/${jobId}` });
  });

  test('says of an accepted job where, and after how many seconds, to ask for it', () => {
    const job = aQueuedItem({ runAt: t0 + 90_000 });
    const { statusCode, headers } = acceptedResponse({ job, replayed: false }, { ...answering, now: t0 });
    expect([statusCode, headers]).toEqual([
      202,
      {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        location: `https://api.example.com/jobs/${jobId}`,
        'operation-location': `https://api.example.com/jobs/${jobId}`,
        'retry-after': '90',
      },
    ]);
  });

  test('says of a job that has ended that one can ask at once', () => {
    const submitted = { job: aFailedItem(), replayed: true };
    expect(acceptedResponse(submitted, { ...answering, now: t0 }).headers).toMatchObject({
      'retry-after': '0',
      'idempotent-replayed': 'true',
    });
  });
});

describe('retryAfterSeconds', () => {
  /** A job that began `ran` seconds ago, and reported so many percent just now. */
  const running = (ran: number, percent: number) =>
    aRunningItem({
      createdAt: t0,
      startedAt: t0,
      updatedAt: t0 + ran * 1000,
      progress: { percent, message: null },
    });

  test.each([
    [100, 0, 10],
    [100, 50, 10],
    [100, 90, 10],
    [100, 95, 6],
    [100, 99, 2],
    [100, 100, 1],
    [10_000, 1, 30],
    [10_000, 99.9, 11],
    [0, 50, 1],
  ])('for a job that ran for %d s and is done to %d percent: %d', (ran, percent, expected) => {
    expect(retryAfterSeconds(running(ran, percent), t0 + ran * 1000)).toBe(expected);
  });
});
