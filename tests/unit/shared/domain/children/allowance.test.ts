import { describe, expect, test } from '@jest/globals';
import { handedDown, leftOf, partOf, type Taken } from '../../../../../shared/domain/children/allowance.ts';

const whole = 1_000_000;

/** How many jobs descend from a job at most, if all of its batches are as large as they may be. */
function descendants(allowance: number, count: number, depth: number): number {
  const before: Taken[] = [];
  let all = 0;
  for (let batches = 0; batches < 100; batches += 1) {
    const left = leftOf(allowance, before);
    if (count > left) break;
    const batch = { count, taken: partOf(left, { count, before: batches, maySpawn: true }) };
    before.push(batch);
    const below = depth > 1 ? descendants(handedDown(batch), count, depth - 1) : 0;
    all += count * (1 + below);
  }
  return all;
}

describe('the allowance of a job', () => {
  test('children that spawn no jobs take a place each', () => {
    const taken = partOf(whole, { count: 100_000, before: 0, maySpawn: false });
    expect([taken, handedDown({ count: 100_000, taken })]).toEqual([100_000, 0]);
    expect(leftOf(whole, [{ count: 100_000, taken }, { count: 3 }])).toBe(899_997);
  });

  test('the first batch takes half of what is left, and divides what is above the number of its children', () => {
    const taken = partOf(whole, { count: 100_000, before: 0, maySpawn: true });
    expect([taken, handedDown({ count: 100_000, taken })]).toEqual([500_000, 4]);
    expect(partOf(whole / 2, { count: 1, before: 1, maySpawn: true })).toBe(166_666);
  });

  test('a batch takes no less than its children, and none of it is for none', () => {
    expect(partOf(10, { count: 8, before: 3, maySpawn: true })).toBe(8);
    expect([partOf(10, { count: 0, before: 0, maySpawn: true }), handedDown({ count: 0 })]).toEqual([0, 0]);
  });

  test('eight calls one in the other, and a hundred batches one after the other, find something left', () => {
    let allowance = whole;
    for (let depth = 1; depth <= 8; depth += 1) {
      const taken = partOf(allowance, { count: 1, before: 0, maySpawn: true });
      allowance = handedDown({ count: 1, taken });
    }
    expect(allowance).toBeGreaterThan(1_000);
    const before: Taken[] = [];
    for (let batches = 0; batches < 100; batches += 1) {
      const left = leftOf(whole, before);
      before.push({ count: 1, taken: partOf(left, { count: 1, before: batches, maySpawn: true }) });
    }
    expect(leftOf(whole, before)).toBeGreaterThan(1_000);
    expect(handedDown(before.at(-1) ?? { count: 1 })).toBeGreaterThan(50);
  });

  test.each([
    [1, 8],
    [10, 8],
    [400, 3],
    [100_000, 8],
  ])('batches of %i children, to a depth of %i, are never more jobs than that', (count, depth) => {
    const allowance = count === 1 ? 300 : count === 10 ? 5_000 : whole;
    expect(descendants(allowance, count, depth)).toBeLessThanOrEqual(allowance);
  });
});
