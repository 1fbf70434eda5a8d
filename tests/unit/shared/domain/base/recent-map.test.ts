import { expect, test } from '@jest/globals';
import { RecentMap } from '../../../../../shared/domain/base/recent-map.ts';

test('keeps the entries that were set last, and one that is set again is not the oldest any more', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});
