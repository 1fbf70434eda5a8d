import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listQuery, toFilter } from '../../../../shared/http/list-request.ts';
import { parseQuery } from '../../../../shared/http/query.ts';
import { routes } from '../../../../shared/http/routes.ts';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { anyText } from '../../../any-text.ts';
import { aRequest } from '../../../set-ups/samples.ts';

function parsed(rawQueryString: string) {
  const { tag: tags, ...query } = parseQuery(aRequest({ rawQueryString }), listQuery, {
    repeatable: ['tag'],
  });
  return { ...query, filter: toFilter({ ...query, tags }) };
}

function violationsOf(rawQueryString: string) {
  try {
    parsed(rawQueryString);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.violations;
    throw error;
  }
  throw new Error('the query was accepted');
}

const limitDetail = 'must be a whole number from 1 to 100';
const timeDetail =
  'must be a time like 2026-12-24T17:00:00Z or 2026-12-24T18:00:00%2B01:00, with %2B for the plus sign';

describe('the query of GET /jobs', () => {
  test('has the parameters that the table of routes knows', () => {
    expect(Object.keys(listQuery.shape).sort()).toEqual([...routes['GET /jobs'].query].sort());
  });

  test('asks for the first 20 jobs if it is empty', () => {
    expect(parsed('')).toEqual({ limit: 20, filter: {} });
  });

  test('may have all parameters at once', () => {
    const query =
      'status=failed&type=countdown&tag=b&tag=a%2Cc&tag=b&group=a%20group&limit=7&cursor=x.y' +
      '&since=2026-01-02T03:04:05Z&until=2026-01-02T03:04:05.678%2B01:00';
    expect(parsed(query)).toMatchObject({
      limit: 7,
      cursor: 'x.y',
      filter: {
        status: 'failed',
        type: 'countdown',
        tags: ['a,c', 'b'],
        group: 'a group',
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
      'status: must be one of queued, waiting, running, succeeded, failed, canceled',
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
    const name = fc.constantFrom('status', 'type', 'tag', 'group', 'since', 'until', 'limit', 'cursor', 'x');
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
