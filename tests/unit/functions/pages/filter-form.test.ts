import { describe, expect, test } from '@jest/globals';
import { filledIn, filterIn } from '../../../../functions/pages/filter-form.ts';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';

describe('the filter of a form', () => {
  test('leaves out what was not filled in', () => {
    const rawQueryString = 'status=&type=&tag=&group=&since=&until=';
    expect(filterIn({ rawQueryString })).toEqual({ query: {}, cursor: undefined, action: undefined });
    expect(filledIn({ rawQueryString }).size).toBe(0);
  });

  test('takes several tags, and decodes what a browser has encoded', () => {
    const { query } = filterIn({ rawQueryString: 'tag=a+b&tag=%C3%A4%26&status=failed' });
    expect(query).toEqual({ status: 'failed', tags: ['a b', 'ä&'] });
  });

  test('has cursor and action beside the filter', () => {
    const { query, cursor, action } = filterIn({ rawQueryString: 'type=x&cursor=c&action=retry' });
    expect([query, cursor, action]).toEqual([{ type: 'x' }, 'c', 'retry']);
  });

  test.each(['status=asleep', 'action=erase', 'status=failed&status=queued', 'since=yesterday', 'limit=3'])(
    'refuses %s',
    (rawQueryString) => {
      expect(() => filterIn({ rawQueryString })).toThrow(InvalidRequestError);
    },
  );
});
