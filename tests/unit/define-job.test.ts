import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { works } from '../../functions/worker/jobs/catalog.ts';
import { catalog, isJobType, queueOf } from '../../shared/jobs/catalog.ts';
import { defineJob } from '../../shared/jobs/define-job.ts';

const contract = {
  payload: z.strictObject({}),
  result: z.null(),
  timeoutSeconds: 10,
  maxAttempts: 3,
};

describe('a contract', () => {
  test('is given back as it was declared', () => {
    expect(defineJob(contract)).toBe(contract);
  });

  test.each([0.5, 1, 45])('may have a timeout of %d s', (timeoutSeconds) => {
    expect(defineJob({ ...contract, timeoutSeconds }).timeoutSeconds).toBe(timeoutSeconds);
  });

  test.each([45.1, 880])('may have a timeout of %d s on the long queue only', (timeoutSeconds) => {
    expect(defineJob({ ...contract, queue: 'long', timeoutSeconds }).timeoutSeconds).toBe(timeoutSeconds);
    expect(() => defineJob({ ...contract, timeoutSeconds })).toThrow(RangeError);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 880.1])(
    'may not have a timeout of %d s',
    (timeoutSeconds) => {
      expect(() => defineJob({ ...contract, queue: 'long', timeoutSeconds })).toThrow(RangeError);
    },
  );

  test.each([1, 2, 100])('may have %d attempts', (maxAttempts) => {
    expect(defineJob({ ...contract, maxAttempts }).maxAttempts).toBe(maxAttempts);
  });

  test.each([0, -1, 1.5, 101, Number.NaN, Number.POSITIVE_INFINITY])(
    'may not have %d attempts',
    (maxAttempts) => {
      expect(() => defineJob({ ...contract, maxAttempts })).toThrow(RangeError);
    },
  );
});

describe('the catalog', () => {
  test.each(Object.keys(catalog))('has work for %s', (type) => {
    expect(Object.keys(works)).toContain(type);
    expect(isJobType(type)).toBe(true);
  });

  test.each(['', 'nonsense', 'toString', 'constructor', '__proto__'])('has no type "%s"', (type) => {
    expect(isJobType(type)).toBe(false);
    expect(queueOf(type)).toBe('standard');
  });

  test('has names that are fit for a command line and a URL', () => {
    for (const type of Object.keys(catalog)) expect(type).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  });

  test.each(Object.entries(catalog))('says which queue %s runs from', (type, { queue = 'standard' }) => {
    expect(queueOf(type)).toBe(queue);
  });
});
