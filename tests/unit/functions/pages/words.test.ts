import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cut, duration, when, whenExactly } from '../../../../functions/pages/words.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';

describe('a duration', () => {
  test.each([
    [0, 'under 0.1 seconds'],
    [49, 'under 0.1 seconds'],
    [50, '0.1 seconds'],
    [1_000, '1 second'],
    [1_049, '1 second'],
    [9_940, '9.9 seconds'],
    [9_960, '10 seconds'],
    [59_499, '59 seconds'],
    [59_500, '1 minute'],
    [61_000, '1 minute 1 second'],
    [3_599_600, '1 hour'],
    [3_661_000, '1 hour 1 minute'],
    [86_400_000, '1 day'],
    [2 * 86_400_000 + 3 * 3_600_000, '2 days 3 hours'],
  ])('of %d ms is %s', (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });

  test('never names a unit that should have been carried over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (milliseconds) => {
        expect(duration(milliseconds)).not.toMatch(/\b(60 (seconds|minutes)|24 hours|0 (s|m|h|d))/);
      }),
    );
  });
});

describe('a time', () => {
  const textOf = (away: number) => when(new Date(t0 + away).toISOString(), t0).text.replace(/<[^>]*>/g, '');

  test.each([
    [0, 'just now'],
    [-1_999, 'just now'],
    [-2_000, '2 seconds ago'],
    [-119_000, '1 minute ago'],
    [-7_200_000, '2 hours ago'],
    [3 * 86_400_000, 'in 3 days'],
    [5_000, 'in 5 seconds'],
  ])('%d ms away is %s', (away, words) => {
    expect(textOf(away)).toBe(words);
  });

  test('has the exact one in its attributes, or beside it', () => {
    const iso = '2026-01-02T03:04:05.678Z';
    expect(when(iso, t0).text).toBe(
      `<time datetime="${iso}" title="2026-01-02 03:04:05 UTC">just now</time>`,
    );
    expect(whenExactly(iso, t0).text).toContain('<span class="faint exact">2026-01-02 03:04:05 UTC</span>');
  });
});

test('a text that is cut is well-formed, and one that fits is left as it is', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('abc…');
  expect(cut('ab🔥', 3)).toBe('ab\uFFFD…');
});
