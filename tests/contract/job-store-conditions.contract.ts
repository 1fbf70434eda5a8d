import { expect, test } from '@jest/globals';
import type { Condition, Test } from '../../shared/job/condition.ts';
import type { JobItem } from '../../shared/job/item.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import { base, created, newId, write } from './item-writes.ts';

/** When a `JobStore` makes a write. */
export function describeConditions(storeOf: () => JobStore): void {
  const dependents = new Set(['a', 'b']);
  const tests: readonly [string, Test, Partial<JobItem>, boolean][] = [
    ['absent, of an absent attribute', { attribute: 'claimId', absent: true }, {}, true],
    ['absent, of a present one', { attribute: 'claimId', absent: true }, { claimId: 'c' }, false],
    ['equals, the same text', { attribute: 'claimId', equals: 'c' }, { claimId: 'c' }, true],
    ['equals, another text', { attribute: 'claimId', equals: 'c' }, { claimId: 'd' }, false],
    ['equals, absent', { attribute: 'claimId', equals: 'c' }, {}, false],
    ['equals, a number', { attribute: 'fencingToken', equals: 4 }, { fencingToken: 4 }, true],
    ['equals, true', { attribute: 'cancelRequested', equals: true }, { cancelRequested: true }, true],
    ['atMost, less', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 4 }, true],
    ['atMost, the same', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 5 }, true],
    ['atMost, more', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 6 }, false],
    ['atMost, numbers not texts', { attribute: 'leaseUntil', atMost: 10 }, { leaseUntil: 9 }, true],
    ['atMost, absent', { attribute: 'leaseUntil', atMost: 5 }, {}, false],
    ['absentOrAtMost, absent', { attribute: 'notBefore', absentOrAtMost: 5 }, {}, true],
    ['absentOrAtMost, the same', { attribute: 'notBefore', absentOrAtMost: 5 }, { notBefore: 5 }, true],
    ['absentOrAtMost, more', { attribute: 'notBefore', absentOrAtMost: 5 }, { notBefore: 6 }, false],
    ['absentOrSmallerThan, absent', { attribute: 'dependents', absentOrSmallerThan: 3 }, {}, true],
    [
      'absentOrSmallerThan, smaller',
      { attribute: 'dependents', absentOrSmallerThan: 3 },
      { dependents },
      true,
    ],
    [
      'absentOrSmallerThan, as large',
      { attribute: 'dependents', absentOrSmallerThan: 2 },
      { dependents },
      false,
    ],
    [
      'absentOrSmallerThan, larger',
      { attribute: 'dependents', absentOrSmallerThan: 1 },
      { dependents },
      false,
    ],
    ['below, less', { attribute: 'attempt', below: 'maxAttempts' }, { attempt: 2 }, true],
    ['below, the same', { attribute: 'attempt', below: 'maxAttempts' }, { attempt: 3 }, false],
    ['notBelow, the same', { attribute: 'attempt', notBelow: 'maxAttempts' }, { attempt: 3 }, true],
    ['notBelow, less', { attribute: 'attempt', notBelow: 'maxAttempts' }, { attempt: 2 }, false],
    ['notBelow, absent', { attribute: 'leaseUntil', notBelow: 'maxAttempts' }, {}, false],
  ];
  test.each(tests)('condition: %s', async (_what, one, set, expected) => {
    const id = await created(storeOf(), set);
    const after = await storeOf().write(write(id, { condition: [[one]], set: { tenant: 'changed' } }));
    expect(after !== undefined).toBe(expected);
    expect((await storeOf().read(id))?.tenant).toBe(expected ? 'changed' : base.tenant);
  });

  test('a condition holds if one alternative holds whole', async () => {
    const yes: Test = { attribute: 'run', equals: 1 };
    const no: Test = { attribute: 'run', equals: 2 };
    const id = await created(storeOf());
    const attempt = async (condition: Condition) =>
      (await storeOf().write(write(id, { condition, set: { updatedAt: 5 } }))) !== undefined;
    expect(await attempt([[no], [yes, yes]])).toBe(true);
    expect(await attempt([[yes, no], [no]])).toBe(false);
  });

  test('no condition but absence holds where there is no item, and none is created', async () => {
    const id = newId();
    expect(await storeOf().write(write(id, { set: base }))).toBeUndefined();
    expect(await storeOf().read(id)).toBeUndefined();
  });
}
