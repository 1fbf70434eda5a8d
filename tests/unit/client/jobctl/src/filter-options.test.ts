import { expect, test } from '@jest/globals';
import { filterOf } from '../../../../../client/jobctl/src/filter-options.ts';

const now = Date.parse('2026-11-26T12:00:00Z');

test('a filter has what was typed, and times as the API takes them', () => {
  expect(
    filterOf({ status: 'failed', tag: ['a', 'b'], since: '2h', until: '2026-11-26T11:00:00Z' }, now),
  ).toEqual({
    status: 'failed',
    tags: ['a', 'b'],
    since: '2026-11-26T10:00:00.000Z',
    until: '2026-11-26T11:00:00.000Z',
  });
  expect(filterOf({}, now)).toEqual({});
});

test('a time that ends before it begins is refused: no job could be found', () => {
  expect(() => filterOf({ since: '1h', until: '2h' }, now)).toThrow('--since is not before --until');
});
