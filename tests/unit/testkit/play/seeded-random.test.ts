import { expect, test } from '@jest/globals';
import { SeededRandom } from '../../../../testkit/play/seeded-random.ts';

test('shuffles without losing or doubling one, and leaves what it was given', () => {
  const things = Object.freeze(Array.from({ length: 50 }, (_, index) => index));
  const shuffled = new SeededRandom(1).shuffle(things);
  expect(shuffled).not.toEqual(things);
  expect(shuffled.toSorted((one, other) => one - other)).toEqual(things);
});

test('each order is as likely', () => {
  const random = new SeededRandom(1);
  const counts = new Map<string, number>();
  for (let time = 0; time < 6_000; time += 1) {
    const order = random.shuffle(['a', 'b', 'c']).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) {
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThan(1_100);
  }
});

test('a seed has the same order everywhere', () => {
  expect(new SeededRandom(17).shuffle([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([7, 6, 2, 5, 1, 3, 8, 4]);
});
