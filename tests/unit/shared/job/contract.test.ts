import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { contracts } from '../../../../job-types/contracts.ts';
import { contractOf, defineJob, runQueueOf } from '../../../../shared/job/contract.ts';
import { handlers } from '../../../set-ups/handlers.ts';

const contract = {
  payload: z.strictObject({}),
  result: z.null(),
  timeoutSeconds: 10,
  maxAttempts: 3,
};

describe('defineJob', () => {
  test('returns the contract as it was declared, with the standard queue as the default', () => {
    expect(defineJob(contract)).toEqual({ ...contract, queue: 'standard' });
    expect(defineJob({ ...contract, queue: 'long' }).queue).toBe('long');
  });

  test.each([0.5, 1, 45])('accepts a timeout of %d s', (timeoutSeconds) => {
    expect(defineJob({ ...contract, timeoutSeconds }).timeoutSeconds).toBe(timeoutSeconds);
  });

  test.each([45.1, 880])('accepts a timeout of %d s only for the long queue', (timeoutSeconds) => {
    expect(defineJob({ ...contract, queue: 'long', timeoutSeconds }).timeoutSeconds).toBe(timeoutSeconds);
    expect(() => defineJob({ ...contract, timeoutSeconds })).toThrow(RangeError);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 880.1])(
    'rejects a timeout of %d s',
    (timeoutSeconds) => {
      expect(() => defineJob({ ...contract, queue: 'long', timeoutSeconds })).toThrow(RangeError);
    },
  );

  test.each([1, 2, 100])('accepts %d attempts', (maxAttempts) => {
    expect(defineJob({ ...contract, maxAttempts }).maxAttempts).toBe(maxAttempts);
  });

  test('accepts a limit for memory that a process with all handlers can keep', () => {
    expect(defineJob({ ...contract, maxMemoryMb: 256 }).maxMemoryMb).toBe(256);
    for (const maxMemoryMb of [255, 300.5, Number.NaN])
      expect(() => defineJob({ ...contract, maxMemoryMb })).toThrow(RangeError);
  });

  test.each([0, -1, 1.5, 101, Number.NaN, Number.POSITIVE_INFINITY])('rejects %d attempts', (maxAttempts) => {
    expect(() => defineJob({ ...contract, maxAttempts })).toThrow(RangeError);
  });
});

describe('the catalog of contracts', () => {
  test.each(Object.keys(contracts))('has a type %s, which has a handler', (type) => {
    expect(Object.keys(handlers)).toContain(type);
    expect(contractOf(contracts, type)).toBeDefined();
  });

  test.each(['', 'nonsense', 'toString', 'constructor', '__proto__'])('has no type "%s"', (type) => {
    expect(contractOf(contracts, type)).toBeUndefined();
    expect(runQueueOf(contracts, type)).toBe('standard');
  });

  test('has type names that can be used in a command line and a URL', () => {
    for (const type of Object.keys(contracts)) expect(type).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  });

  test.each(Object.entries(contracts))('gives the run queue of %s', (type, { queue }) => {
    expect(runQueueOf(contracts, type)).toBe(queue);
  });
});
