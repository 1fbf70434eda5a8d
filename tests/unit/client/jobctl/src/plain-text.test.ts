import { expect, test } from '@jest/globals';
import { colouredText, jsonText, plainText, shortText } from '../../../../../client/jobctl/src/plain-text.ts';

test('a text of a job cannot steer a terminal', () => {
  expect(plainText('a\u001b[2Jb\u009b31mc\r\nd\u202ee')).toBe('a [2Jb 31mc d e');
});

test('a coloured line keeps its colours, and nothing else that a terminal obeys', () => {
  const line = '\u001b[1;31mfailed\u001b[39m  a\u001b[2Jb\u001b]0;c\u0007\u202ed🙂\n  e\tf';
  expect(colouredText(line)).toBe('\u001b[1;31mfailed\u001b[39m  a[2Jb]0;cd🙂\n  e\tf');
});

test('a text is cut by characters, not through the middle of one', () => {
  expect(shortText('abcdef', 6)).toBe('abcdef');
  expect(shortText('abcdefg', 6)).toBe('abcde…');
  expect(shortText('🙂🙂🙂', 2)).toBe('🙂…');
});

test('JSON cannot steer a terminal either, and says the same', () => {
  const value = { a: '\u001b[2J\u009b31m\u007f' };
  expect(jsonText(value)).not.toMatch(/[^ -~]/);
  expect(JSON.parse(jsonText(value))).toEqual(value);
  expect(jsonText(undefined)).toBe('null');
});
