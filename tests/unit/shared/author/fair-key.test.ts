import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/author/contract.ts';
import { askFairBy, fairKeyOf } from '../../../../shared/author/fair-key.ts';

const limits = { result: z.null(), timeoutSeconds: 10, maxAttempts: 3 };
const payload = z.strictObject({
  customer: z.optional(z.string()),
  account: z._default(z.string(), 'nobody').check(z.meta({ secret: true })),
});
const byCustomer = defineJob({ ...limits, payload, fairBy: ({ customer }) => customer });
const tenant = 'a tenant';
const keyFor = (customer?: string) => fairKeyOf(byCustomer, { tenant, payload: { customer } });

describe('whom of its tenant a job is for', () => {
  test('is what its contract says of the payload, the same for the same', () => {
    expect(keyFor('one')).toBe(keyFor('one'));
    expect(keyFor('one')).not.toBe(keyFor('two'));
  });

  test('is the tenant if the contract names nobody, or has no `fairBy`, or is gone', () => {
    const { fairBy: _, ...without } = byCustomer;
    expect(keyFor()).toBeUndefined();
    expect(fairKeyOf(without, { tenant, payload: { customer: 'one' } })).toBeUndefined();
    expect(fairKeyOf(undefined, { tenant, payload: { customer: 'one' } })).toBeUndefined();
  });

  test('is short, and shows nothing of a secret', () => {
    const secret = 'a secret account '.repeat(100);
    const contract = defineJob({ ...limits, payload, fairBy: ({ account }) => account });
    expect(fairKeyOf(contract, { tenant, payload: { account: secret } })).toMatch(/^[0-9a-f]{16}$/);
  });

  test('may depend on the tenant, and on what the contract adds to the payload', () => {
    const asked: unknown[] = [];
    const contract = defineJob({
      ...limits,
      payload,
      fairBy: ({ account }, job) => {
        asked.push([account, job]);
        return account;
      },
    });
    fairKeyOf(contract, { tenant, payload: {} });
    expect(asked).toEqual([['nobody', { tenant }]]);
  });

  test('is the tenant if `fairBy` throws or returns no text, and if the payload does not fit', () => {
    const failing = defineJob({ ...limits, payload, fairBy: () => JSON.parse('{') });
    const wrong = defineJob({ ...limits, payload, fairBy: () => JSON.parse('{}') });
    for (const contract of [failing, wrong]) {
      expect(fairKeyOf(contract, { tenant, payload: {} })).toBeUndefined();
      expect(() => askFairBy(contract, { tenant, payload: {} })).toThrow();
    }
    expect(fairKeyOf(byCustomer, { tenant, payload: { customer: 1 } })).toBeUndefined();
  });
});
