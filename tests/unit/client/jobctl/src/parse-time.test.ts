import { expect, test } from '@jest/globals';
import { CommandError } from '../../../../../client/jobctl/src/ending.ts';
import { type Direction, parseTime } from '../../../../../client/jobctl/src/parse-time.ts';

/** By the clocks of this machine, wherever it is. */
const noon = new Date(2026, 10, 26, 12, 0).getTime();
const read = (text: string, direction: Direction = 'ahead') =>
  parseTime(text, { now: noon, direction, option: '--at' }).getTime();
const local = (day: number, hours = 0, minutes = 0) => new Date(2026, 10, day, hours, minutes).getTime();

test.each([
  ['2026-12-24T17:00:00Z', '2026-12-24T17:00:00.000Z'],
  ['2026-12-24T18:00:00.5+01:00', '2026-12-24T17:00:00.500Z'],
  ['2026-12-24 17:00:00z', '2026-12-24T17:00:00.000Z'],
])('%s is a time of RFC 3339', (text, iso) => {
  expect(new Date(read(text)).toISOString()).toBe(iso);
});

test('a time of day is the next one, or the last one, where the command looks back', () => {
  expect(read('17:00')).toBe(local(26, 17));
  expect(read('9:30')).toBe(local(27, 9, 30));
  expect(read('12:00')).toBe(local(27, 12));
  expect(read('9:30', 'back')).toBe(local(26, 9, 30));
  expect(read('17:00', 'back')).toBe(local(25, 17));
  expect(read('12:00', 'back')).toBe(local(26, 12));
});

test('a day is its midnight, unless it has a time', () => {
  expect(read('yesterday', 'back')).toBe(local(25));
  expect(read('today', 'back')).toBe(local(26));
  expect(read('tomorrow')).toBe(local(27));
  expect(read('tomorrow 08:15')).toBe(local(27, 8, 15));
  expect(read('2026-11-30')).toBe(local(30));
  expect(read('2026-11-30 17:05')).toBe(local(30, 17, 5));
  expect(read('2026-11-30T7:05')).toBe(local(30, 7, 5));
});

test('a duration is from now on, or before now', () => {
  expect(read('2h')).toBe(noon + 7_200_000);
  expect(read('2h', 'back')).toBe(noon - 7_200_000);
  expect(read('2h ago', 'back')).toBe(noon - 7_200_000);
});

test('what is proposed fits the direction', () => {
  expect(() => read('2h ago')).toThrow('17:00, "tomorrow 08:00", or a duration such as 2h.');
  expect(() => read('2 hours', 'back')).toThrow(
    '"yesterday 08:00", or a duration such as 2h, which is 2 hours ago.',
  );
});

test.each([
  '',
  ' ',
  'soon',
  '25:00',
  '12:60',
  'tomorrow 24:00',
  'tomorrow8:00',
  'today today',
  '2026-02-30',
  '2026-13-01',
  '2026-11-30 25:00',
  '2026-11-30T17:00:00',
  '2026-13-30T17:00:00Z',
  '1732640000',
])('"%s" is no time', (text) => {
  expect(() => read(text)).toThrow(CommandError);
  expect(() => read(text)).toThrow(`--at is "${text}".`);
});
