import { expect, test } from '@jest/globals';
import {
  limitNames,
  limits,
  optionOf,
  readLimits,
  writeLimits,
} from '../../../../../shared/domain/access/limits.ts';

test('what a stage says of limits is one text, which is read as it was written', () => {
  const all = Object.fromEntries(limitNames.map((name) => [name, limits[name].highest]));
  expect(readLimits(writeLimits(all))).toEqual(all);
  expect([writeLimits({ jobsPerMinute: 'none', auth: 'jwt' }), readLimits('none')]).toEqual(['none', {}]);
});

test.each(['', 'jobsPerMinute', 'jobsPerMinute=0', 'jobsPerMinute=-1', 'jobsPerYear=1', 'jobsPerMinute=1  '])(
  'a text of limits is not %j',
  (text) => {
    expect(readLimits(text)).toBeUndefined();
  },
);

test('a limit is an option of a command', () => {
  expect(optionOf('jobsPerMinute')).toBe('jobs-per-minute');
});
