import { expect, test } from '@jest/globals';
import { zonedText } from '../../../../../client/jobctl/src/zoned-text.ts';

test('a local time has no 24th hour, and the offset of a zone that is off by half an hour', () => {
  expect(zonedText('2027-01-01T18:30:00Z', 'Asia/Kolkata')).toBe('Sat 2027-01-02 00:00 +05:30');
  expect(zonedText('2027-03-26T12:00:00Z', 'UTC')).toBe('Fri 2027-03-26 12:00 +00:00');
});

test('a zone that is not known here is shown as UTC', () => {
  expect(zonedText('2027-03-26T12:00:00Z', 'Moon/Tranquility')).toBe('Fri 2027-03-26 12:00 +00:00');
});
