import { describe, expect, test } from '@jest/globals';
import { defineJob } from '../../../../../shared/author/contract.ts';
import { type LimitKey, limitKeyOf } from '../../../../../shared/worker/gates/limit-key.ts';
import { limitsOf } from '../../../../../shared/worker/gates/limit-rate.ts';
import { counting } from '../../../../job-types/counting/contract.ts';

type Limit = Parameters<typeof limitKeyOf>[0];

const account = () => 'account 7';
const made = (limit: Limit, tenant: string) =>
  limitKeyOf(limit, { tenant, payload: { seconds: 7 } }, counting);

function keysOf(limit: Limit): readonly LimitKey[] {
  return ['one', 'other'].map((tenant) => {
    const key = made(limit, tenant);
    if (key === undefined || key instanceof Error) throw key ?? new Error('it has no key');
    return key;
  });
}

test('of several limits of starts the slowest comes first, and of two that are as slow always the same', () => {
  const limits = [
    { key: 'b', perSecond: 1 },
    { key: 'fast', perSecond: 10 },
    { key: 'slow', perSecond: 0.1 },
    { key: 'a', perSecond: 1 },
  ];
  for (const some of [limits, limits.toReversed()]) {
    const found = limitsOf(counting, some, { tenant: 'one', payload: { seconds: 7 } });
    if (found instanceof Error) throw found;
    expect(found.map(({ rate }) => rate.perSecond)).toEqual([0.1, 1, 1, 10]);
    expect(found.slice(1, 3).map(({ shownKey }) => shownKey[0])).toEqual(['a', 'b']);
  }
});

describe('the key of a limit', () => {
  test.each<[string, Limit, boolean, string]>([
    ['a text', { key: 'stripe' }, true, 'stripe (all tenants)'],
    ['a function', { key: account }, false, 'account 7 (this tenant)'],
    ['a function across tenants', { key: account, acrossTenants: true }, true, 'account 7 (all tenants)'],
  ])('that is %s is one of all tenants, or of each', (_what, limit, isOfAll, shown) => {
    const [one, other] = keysOf(limit);
    expect(one?.key === other?.key).toBe(isOfAll);
    expect([one?.shown, other?.shown]).toEqual([shown, shown]);
    expect(keysOf(limit)).toEqual([one, other]);
  });

  test('across tenants is the same as a text', () => {
    const [text] = keysOf({ key: account() });
    expect(keysOf({ key: account, acrossTenants: true })[0]).toEqual(text);
  });

  test('of a tenant cannot be made by the payload of another one', () => {
    const [one] = keysOf({ key: account });
    for (const acrossTenants of [true, undefined] as const)
      expect(
        made({ key: () => one?.key, ...(acrossTenants ? { acrossTenants } : {}) }, 'other'),
      ).toBeInstanceOf(Error);
  });

  test('can be given so in a contract', () => {
    const limits = [
      { key: account, acrossTenants: true as const, perSecond: 1 },
      { key: account, acrossTenants: true as const, running: 1 },
    ];
    expect(defineJob({ ...counting, limits }).limits).toEqual(limits);
  });
});
