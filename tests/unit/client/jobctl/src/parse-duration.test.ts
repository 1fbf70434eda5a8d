import { expect, test } from '@jest/globals';
import { CommandError } from '../../../../../client/jobctl/src/ending.ts';
import { durationSeconds, parseDuration } from '../../../../../client/jobctl/src/parse-duration.ts';

test.each([
  ['0s', 0],
  ['90s', 90],
  ['10m', 600],
  ['2h', 7200],
  ['3d', 259_200],
  ['1h30m', 5400],
])('%s is %i seconds', (text, seconds) => {
  expect(parseDuration(text, '--in')).toBe(seconds);
});

test.each(['', '10', 'm', '-5m', '1.5h', '10 m', '10M', 'ten minutes', '5m!'])(
  '"%s" is no duration',
  (text) => {
    expect(durationSeconds(text)).toBeUndefined();
    expect(() => parseDuration(text, '--in')).toThrow(CommandError);
    expect(() => parseDuration(text, '--in')).toThrow(`--in is "${text}".`);
  },
);
