import { expect, test } from '@jest/globals';
import { maxAttempts, waitAfter } from '../../../../functions/notify/retry-plan.ts';

const waits = (random: number) =>
  Array.from({ length: maxAttempts - 1 }, (_, index) => waitAfter(index + 1, random) ?? 0);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const hourMs = 3_600_000;

test('the waits become longer, from seconds to hours', () => {
  const [first, second, third] = waits(0.5);
  expect([first, second, third]).toEqual([5_000, 30_000, 120_000]);
  expect(waits(0.5)).toEqual([...waits(0.5)].sort((one, other) => one - other));
  expect(waits(0.5).at(-1)).toBe(8 * hourMs);
});

test('together they are about three days, however they are spread', () => {
  for (const random of [0, 0.5, 0.999]) {
    expect(sum(waits(random))).toBeGreaterThan(64 * hourMs);
    expect(sum(waits(random))).toBeLessThan(80 * hourMs);
  }
});

test('a wait is spread by a tenth, so that receivers are not asked at the same time', () => {
  expect(waitAfter(6, 0)).toBe(0.9 * hourMs);
  expect(waitAfter(6, 0.75)).toBe(1.05 * hourMs);
});

test('after the last attempt there is no wait', () => {
  expect(waitAfter(maxAttempts - 1, 0.5)).toBeDefined();
  expect(waitAfter(maxAttempts, 0.5)).toBeUndefined();
  expect(waitAfter(maxAttempts + 1, 0.5, 60)).toBeUndefined();
});

test.each([
  ['shorter than the plan', 60, hourMs],
  ['longer than the plan', 7_200, 2 * hourMs],
  ['longer than any wait of the plan', 1e9, 8 * hourMs],
])('a wait that the receiver asks for, %s, counts', (_what, seconds, expected) => {
  expect(waitAfter(6, 0.5, seconds)).toBe(expected);
});
