import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/author/contract.ts';
import { askDebounce, askUnique } from '../../../../shared/author/unique-key.ts';

const limits = { result: z.null(), timeoutSeconds: 10, maxAttempts: 3 };
const payload = z.strictObject({ account: z._default(z.string(), 'nobody') });
const within = (withinSeconds: number) => ({
  key: ({ account }: { account: string }) => account,
  withinSeconds,
});

describe('a unique key', () => {
  test('is what the contract says of the payload, as its schema has it', () => {
    const contract = defineJob({ ...limits, payload, unique: within(60) });
    expect(askUnique(contract, { account: 'one' })).toEqual({ key: 'one', withinSeconds: 60 });
    expect(askUnique(contract, {})).toEqual({ key: 'nobody', withinSeconds: 60 });
  });

  test('is none if the type is not unique', () => {
    expect(askUnique(defineJob({ ...limits, payload }), {})).toBeUndefined();
  });

  test.each<[string, () => string]>([
    ['is empty', () => ''],
    ['is too long', () => 'x'.repeat(1_001)],
    ['is no text', () => JSON.parse('7')],
    ['throws', () => JSON.parse('{')],
  ])('cannot be had if what the contract says %s', (_what, key) => {
    const contract = defineJob({ ...limits, payload, unique: { key, withinSeconds: 60 } });
    expect(() => askUnique(contract, {})).toThrow();
  });

  test('may have 1000 characters', () => {
    const contract = defineJob({ ...limits, payload, unique: within(60) });
    expect(askUnique(contract, { account: 'x'.repeat(1_000) })?.key).toHaveLength(1_000);
  });

  test('has a window of whole seconds, up to 30 days', () => {
    for (const seconds of [0, -1, 0.5, 30 * 86_400 + 1, Number.NaN])
      expect(() => defineJob({ ...limits, payload, unique: within(seconds) })).toThrow(
        'unique.withinSeconds must be a whole number from 1 to 2592000',
      );
    for (const seconds of [1, 30 * 86_400])
      expect(defineJob({ ...limits, payload, unique: within(seconds) }).unique?.withinSeconds).toBe(seconds);
  });

  test('is not for a reserved type', () => {
    expect(() => defineJob({ ...limits, payload, reserved: 'use another', unique: within(60) })).toThrow(
      'a reserved type has no unique jobs',
    );
  });
});

describe('a debounce key', () => {
  const key = ({ account }: { account: string }, { tenant }: { tenant: string }) => `${tenant}: ${account}`;
  const delays = { delaySeconds: 20, maxDelaySeconds: 50 };

  test('is what the contract says of payload and tenant', () => {
    const contract = defineJob({ ...limits, payload, debounce: { key, ...delays } });
    expect(askDebounce(contract, { tenant: 'acme', payload: {} })).toEqual({
      ...{ key: 'acme: nobody', delayMs: 20_000, maxDelayMs: 50_000 },
    });
    expect(askDebounce(defineJob({ ...limits, payload }), { tenant: 'acme', payload: {} })).toBeUndefined();
  });

  test('has delays of whole seconds, up to 30 days', () => {
    const define = (over: object) => () =>
      defineJob({ ...limits, payload, debounce: { key, ...delays, ...over } });
    for (const delaySeconds of [0, 0.5, -1, Number.NaN])
      expect(define({ delaySeconds })).toThrow('debounce.delaySeconds must be a whole number, at least 1');
    for (const maxDelaySeconds of [19, 50.5, 30 * 86_400 + 1])
      expect(define({ maxDelaySeconds })).toThrow('debounce.maxDelaySeconds must be a whole number from');
    expect(define({ maxDelaySeconds: 20 })().debounce?.maxDelaySeconds).toBe(20);
  });

  test('is for types that are neither unique nor reserved', () => {
    const debounce = { key, ...delays };
    expect(() => defineJob({ ...limits, payload, debounce, unique: within(60) })).toThrow('not both');
    expect(() => defineJob({ ...limits, payload, debounce, reserved: 'use another' })).toThrow(
      'a reserved type has no debounced jobs',
    );
  });
});
