import { expect, test } from '@jest/globals';
import type { Condition, Test } from '../../shared/job/condition.ts';
import type { JobItem } from '../../shared/job/item.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import { base, created, newId, write } from './item-writes.ts';

/** Which conditions allow a write. */
export function describeConditions(storeOf: () => JobStore): void {
  const dependents = new Set(['a', 'b']);
  const tests: readonly [string, Test, Partial<JobItem>, boolean][] = [
    ['absent holds for an absent attribute', { attribute: 'claimId', absent: true }, {}, true],
    ['absent fails for a present attribute', { attribute: 'claimId', absent: true }, { claimId: 'c' }, false],
    ['equals holds for the same text', { attribute: 'claimId', equals: 'c' }, { claimId: 'c' }, true],
    ['equals fails for another text', { attribute: 'claimId', equals: 'c' }, { claimId: 'd' }, false],
    ['equals fails for an absent attribute', { attribute: 'claimId', equals: 'c' }, {}, false],
    ['equals holds for the same number', { attribute: 'fencingToken', equals: 4 }, { fencingToken: 4 }, true],
    [
      'equals holds for true',
      { attribute: 'cancelRequested', equals: true },
      { cancelRequested: true },
      true,
    ],
    ['atMost holds for a smaller number', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 4 }, true],
    ['atMost holds for the same number', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 5 }, true],
    ['atMost fails for a larger number', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 6 }, false],
    ['atMost compares numbers, not texts', { attribute: 'leaseUntil', atMost: 10 }, { leaseUntil: 9 }, true],
    ['atMost fails for an absent attribute', { attribute: 'leaseUntil', atMost: 5 }, {}, false],
    ['absentOrAtMost holds for an absent attribute', { attribute: 'notBefore', absentOrAtMost: 5 }, {}, true],
    [
      'absentOrAtMost holds for the same number',
      { attribute: 'notBefore', absentOrAtMost: 5 },
      { notBefore: 5 },
      true,
    ],
    [
      'absentOrAtMost fails for a larger number',
      { attribute: 'notBefore', absentOrAtMost: 5 },
      { notBefore: 6 },
      false,
    ],
    [
      'absentOrSmallerThan holds for an absent set',
      { attribute: 'dependents', absentOrSmallerThan: 3 },
      {},
      true,
    ],
    [
      'absentOrSmallerThan holds for a smaller set',
      { attribute: 'dependents', absentOrSmallerThan: 3 },
      { dependents },
      true,
    ],
    [
      'absentOrSmallerThan fails for a set of the same size',
      { attribute: 'dependents', absentOrSmallerThan: 2 },
      { dependents },
      false,
    ],
    [
      'absentOrSmallerThan fails for a larger set',
      { attribute: 'dependents', absentOrSmallerThan: 1 },
      { dependents },
      false,
    ],
    [
      'below holds for a smaller number',
      { attribute: 'attempt', below: 'maxAttempts' },
      { attempt: 2 },
      true,
    ],
    [
      'below fails for the same number',
      { attribute: 'attempt', below: 'maxAttempts' },
      { attempt: 3 },
      false,
    ],
    [
      'notBelow holds for the same number',
      { attribute: 'attempt', notBelow: 'maxAttempts' },
      { attempt: 3 },
      true,
    ],
    [
      'notBelow fails for a smaller number',
      { attribute: 'attempt', notBelow: 'maxAttempts' },
      { attempt: 2 },
      false,
    ],
    [
      'notBelow fails for an absent attribute',
      { attribute: 'leaseUntil', notBelow: 'maxAttempts' },
      {},
      false,
    ],
  ];
  test.each(tests)('writes only if the condition holds: %s', async (_case, condition, set, expected) => {
    const id = await created(storeOf(), set);
    const after = await storeOf().write(write(id, { condition: [[condition]], set: { tenant: 'changed' } }));
    expect(after !== undefined).toBe(expected);
    expect((await storeOf().read(id))?.tenant).toBe(expected ? 'changed' : base.tenant);
  });

  test('writes if all tests of one alternative of the condition hold', async () => {
    const yes: Test = { attribute: 'run', equals: 1 };
    const no: Test = { attribute: 'run', equals: 2 };
    const id = await created(storeOf());
    const attempt = async (condition: Condition) =>
      (await storeOf().write(write(id, { condition, set: { updatedAt: 5 } }))) !== undefined;
    expect(await attempt([[no], [yes, yes]])).toBe(true);
    expect(await attempt([[yes, no], [no]])).toBe(false);
  });

  test('does not create an item if the condition requires an attribute', async () => {
    const id = newId();
    expect(await storeOf().write(write(id, { set: base }))).toBeUndefined();
    expect(await storeOf().read(id)).toBeUndefined();
  });
}
