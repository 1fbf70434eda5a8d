import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoDbDebounces } from '../../shared/aws/debounces.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { Debounces } from '../../shared/domain/state/first-try.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryDebounces } from '../../testkit/fakes/in-memory-debounces.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

/** What the numbers of debounce keys do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeDebounces(name: string, debouncesOf: () => Debounces): void {
  describe(`${name} as Debounces`, () => {
    test('a number is put in place of the one that was read', async () => {
      const debounces = debouncesOf();
      expect(await debounces.read('a key')).toBeUndefined();
      expect(await debounces.raise('a key', { from: undefined, to: 5 }, t0)).toBe(true);
      expect(await debounces.raise('a key', { from: undefined, to: 6 }, t0)).toBe(false);
      expect(await debounces.raise('a key', { from: 4, to: 6 }, t0)).toBe(false);
      expect(await debounces.raise('a key', { from: 5, to: 7 }, t0)).toBe(true);
      expect(await debounces.read('a key')).toBe(7);
      expect(await debounces.read('another key')).toBeUndefined();
    });
  });
}

describeDebounces('InMemoryDebounces', () => new InMemoryDebounces());

describe('on the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeDebounces('dynamoDbDebounces', () => dynamoDbDebounces(aws.dynamoDb, aws.env));

  test('a table that does not answer is unavailable', async () => {
    const debounces = dynamoDbDebounces(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' });
    await expect(debounces.read('a key')).rejects.toThrow(StoreUnavailableError);
    await expect(debounces.raise('a key', { from: 1, to: 2 }, t0)).rejects.toThrow(StoreUnavailableError);
  });
});
