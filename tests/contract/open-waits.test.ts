import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { type OpenWaits, openWaitsIn } from '../../shared/domain/access/open-waits.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { tenantKeyOf } from '../../shared/domain/base/tenant-key.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

const aWait = (id: string, until = t0) => ({ id, until });
const sorted = (waits: readonly { readonly id: string }[]) => waits.map(({ id }) => id).sort();

/** What open waits do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeOpenWaits(name: string, waitsOf: () => OpenWaits): void {
  describe(`${name} as OpenWaits`, () => {
    test('adds as many as there may be, and says whether it has', async () => {
      const waits = waitsOf();
      expect(await waits.read('adds')).toEqual([]);
      const added = await Promise.all(['a', 'b', 'c'].map((id) => waits.add('adds', aWait(id), 2)));
      expect(added.filter(Boolean)).toHaveLength(2);
      expect(await waits.read('adds')).toHaveLength(2);
      expect(await waits.add('adds', aWait('d'), 3)).toBe(true);
      expect(await waits.add('another', aWait('d'), 1)).toBe(true);
    });

    test('removes those that are named, and no other', async () => {
      const waits = waitsOf();
      for (const id of ['a', 'b', 'c']) await waits.add('removes', aWait(id), 9);
      await waits.remove('removes', [aWait('a'), aWait('b', t0 + 1), aWait('d')]);
      expect(sorted(await waits.read('removes'))).toEqual(['b', 'c']);
      await waits.remove('removes', [aWait('b'), aWait('c')]);
      expect(await waits.read('removes')).toEqual([]);
      expect(await waits.add('removes', aWait('e'), 1)).toBe(true);
      expect(await waits.read('removes')).toEqual([aWait('e')]);
    });

    test('removes from a tenant that has none', async () => {
      await waitsOf().remove('none', [aWait('a')]);
      expect(await waitsOf().read('none')).toEqual([]);
    });
  });
}

let aws: LocalAws;

describe('open waits', () => {
  const fake = openWaitsIn(new InMemoryRecords());
  describeOpenWaits('InMemoryOpenWaits', () => fake);

  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeOpenWaits('dynamoDbOpenWaits', () => openWaitsIn(dynamoDbRecords(aws.dynamoDb, aws.env)));

  test('they are an item in no index, which expires', async () => {
    await openWaitsIn(dynamoDbRecords(aws.dynamoDb, aws.env)).add('stored', aWait('12345678'), 1);
    const id = `waits/${tenantKeyOf('stored')}`;
    const input = { TableName: aws.tableName, Key: toAttributes({ id }) };
    const { Item = {} } = await aws.dynamoDb.send(new GetItemCommand(input));
    expect(fromAttributes(Item)).toEqual({
      id,
      waits: new Set([`${t0}/12345678`]),
      expiresAt: Math.ceil(t0 / 1000) + 3_600,
    });
  });

  test('a table that does not answer is unavailable', async () => {
    const waits = openWaitsIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    await expect(waits.read('a tenant')).rejects.toThrow(StoreUnavailableError);
    await expect(waits.add('a tenant', aWait('a'), 1)).rejects.toThrow(StoreUnavailableError);
    await expect(waits.remove('a tenant', [aWait('a')])).rejects.toThrow(StoreUnavailableError);
  });
});
