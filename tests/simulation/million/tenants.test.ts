import { expect, test } from '@jest/globals';
import { expectRows } from './expect-rows.ts';
import { comparedGroups, comparedTenants, rowOfOrdered, rowOfTenants } from './tenant-rows.ts';
import { playTenants } from './tenants.ts';

test.each(comparedTenants)(
  'after 5,000 jobs of A, B is served when a place is free, and then takes at most twice as long as alone: $name',
  ({ seconds, alone, after }) => {
    const freeAfter = 1.5 * seconds.A;
    expect(after.starts[0]).toBeLessThanOrEqual(freeAfter);
    expect(Math.max(...after.ends)).toBeLessThanOrEqual(freeAfter + 2 * Math.max(...alone.ends));
  },
);

test('without groups, B waits for all of A: the model can tell', () => {
  const [first] = comparedTenants;
  expect(first?.before.starts[0]).toBeGreaterThan(300);
  for (const { before, after } of comparedTenants)
    expect(before.starts[0]).toBeGreaterThan(after.starts[0] ?? 0);
});

test('a tenant alone has all places, whether or not its messages have a group', () => {
  const alone = { places: 5, batch: 1, seconds: { A: 1, B: 1 }, jobsOfA: 0 };
  expect(playTenants({ ...alone, areGroups: true })).toEqual(playTenants({ ...alone, areGroups: false }));
});

test('one group of A has one place of the ordered queue at a time, and thousands of groups have all', () => {
  const lasts = comparedGroups.map(({ alone, after }) => ({
    alone: alone.at(-1) ?? 0,
    after: after.at(-1) ?? 0,
  }));
  const [oneOfTwo, oneOfMany, allOfTwo] = lasts;
  expect(oneOfTwo?.after).toBeLessThan(3 * (oneOfTwo?.alone ?? 0));
  expect(oneOfMany?.after).toBe(oneOfMany?.alone);
  expect(allOfTwo?.after).toBeGreaterThan(300);
});

test('the page has these figures', () => {
  expectRows('tenants', [...comparedTenants.map(rowOfTenants), ...comparedGroups.map(rowOfOrdered)]);
});
