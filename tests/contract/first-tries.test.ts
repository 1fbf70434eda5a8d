import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { type Debounces, debouncesIn } from '../../shared/domain/state/limits/debounces.ts';
import { type FirstTries, firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

const first = { jobId: 'one', windowStart: t0 };
const later = { jobId: 'other', windowStart: t0 + 1 };

/** What first tries do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeFirstTries(name: string, triesOf: () => FirstTries): void {
  describe(`${name} as FirstTries`, () => {
    test('the first one that is kept for a key stays', async () => {
      const tries = triesOf();
      expect(await tries.read('a key')).toBeUndefined();
      expect(await tries.keep('a key', first, t0)).toEqual(first);
      expect(await tries.keep('a key', later, t0 + 1)).toEqual(first);
      expect(await tries.keep('another key', later, t0 + 1)).toEqual(later);
      expect([await tries.read('a key'), await tries.read('another key')]).toEqual([first, later]);
    });

    test('one that came to nothing is moved, once, and with the place that it has', async () => {
      const tries = triesOf();
      const placed = { ...first, nth: 2 };
      const moved = { ...later, nth: 1 };
      expect(await tries.keep('to move', placed, t0)).toEqual(placed);
      expect(await tries.move('to move', { from: placed, to: moved }, t0)).toEqual(moved);
      expect(await tries.move('to move', { from: placed, to: { ...first, jobId: 'third' } }, t0)).toEqual(
        moved,
      );
    });

    test('of those that come at the same time one stays', async () => {
      const tries = triesOf();
      const kept = await Promise.all(
        ['a', 'b', 'c', 'd'].map((jobId) => tries.keep('together', { jobId, windowStart: t0 }, t0)),
      );
      expect(new Set(kept.map(({ jobId }) => jobId)).size).toBe(1);
    });
  });
}

describeFirstTries('InMemoryFirstTries', () => firstTriesIn(new InMemoryRecords()));

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

describeDebounces('InMemoryDebounces', () => debouncesIn(new InMemoryRecords()));

describe('on the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeDebounces('dynamoDbDebounces', () => debouncesIn(dynamoDbRecords(aws.dynamoDb, aws.env)));
  describeFirstTries('dynamoDbFirstTries', () => firstTriesIn(dynamoDbRecords(aws.dynamoDb, aws.env)));

  test('they are an item in no index, which expires 30 days after the first try', async () => {
    const tries = firstTriesIn(dynamoDbRecords(aws.dynamoDb, aws.env));
    await tries.keep('stored', first, t0);
    await tries.keep('stored', later, t0 + 86_400_000);
    const Key = toAttributes({ id: 'first-try/stored' });
    const { Item = {} } = await aws.dynamoDb.send(new GetItemCommand({ TableName: aws.tableName, Key }));
    const expiresAt = Math.ceil(t0 / 1000) + 30 * 86_400;
    expect(fromAttributes(Item)).toEqual({ id: 'first-try/stored', ...first, expiresAt });
  });

  test('a table that does not answer is unavailable', async () => {
    const tries = firstTriesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    await expect(tries.keep('a key', first, t0)).rejects.toThrow(StoreUnavailableError);
    await expect(tries.read('a key')).rejects.toThrow(StoreUnavailableError);
    const keys = debouncesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    await expect(keys.read('a key')).rejects.toThrow(StoreUnavailableError);
    await expect(keys.raise('a key', { from: 1, to: 2 }, t0)).rejects.toThrow(StoreUnavailableError);
  });
});
