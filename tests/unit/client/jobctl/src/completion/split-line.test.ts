import { expect, test } from '@jest/globals';
import { splitLine } from '../../../../../../client/jobctl/src/completion/split-line.ts';

test.each([
  ['', ['']],
  ['jobctl', ['jobctl']],
  ['jobctl ', ['jobctl', '']],
  ['jobctl  submit\tx', ['jobctl', 'submit', 'x']],
  [`jobctl 'a b' "c d" e\\ f`, ['jobctl', 'a b', 'c d', 'e f']],
  [`jobctl --payload='{"a b": 1}' `, ['jobctl', '--payload={"a b": 1}', '']],
  ['jobctl "a \\" b', ['jobctl', 'a " b']],
  [`jobctl 'not yet`, ['jobctl', 'not yet']],
  ['jobctl "" ', ['jobctl', '', '']],
  ['jobctl x\\', ['jobctl', 'x']],
  ['jobctl $(touch x) `id`', ['jobctl', '$(touch', 'x)', '`id`']],
])('%j', (line, words) => {
  expect(splitLine(line)).toEqual(words);
});
