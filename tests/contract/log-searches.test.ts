import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { type LogSearches, logSearchesIn } from '../../shared/domain/observe/log-searches.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

/** What searches do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeSearches(name: string, searchesOf: () => LogSearches): void {
  describe(`${name} as LogSearches`, () => {
    test('one begins in place of the one that was read, and says its query later', async () => {
      const searches = searchesOf();
      expect(await searches.read('a job')).toBeUndefined();
      expect(await searches.begin('a job', { before: undefined, startedAt: 100 })).toBe(true);
      expect(await searches.begin('a job', { before: undefined, startedAt: 101 })).toBe(false);
      expect(await searches.read('a job')).toEqual({ startedAt: 100 });
      await searches.name('a job', { startedAt: 100, queryId: 'q' });
      const before = { startedAt: 100, queryId: 'q' };
      expect(await searches.read('a job')).toEqual(before);
      expect(await searches.begin('a job', { before, startedAt: 200 })).toBe(true);
      expect(await searches.begin('a job', { before, startedAt: 200 })).toBe(false);
      expect(await searches.read('a job')).toEqual({ startedAt: 200 });
      await searches.name('a job', { startedAt: 100, queryId: 'too late' });
      expect(await searches.read('a job')).toEqual({ startedAt: 200 });
      expect(await searches.read('another job')).toBeUndefined();
    });

    test('of those that begin at the same time one does', async () => {
      const searches = searchesOf();
      const begin = () => searches.begin('together', { before: undefined, startedAt: 100 });
      expect((await Promise.all([1, 2, 3, 4].map(begin))).filter((begun) => begun)).toHaveLength(1);
    });
  });
}

describeSearches('InMemoryLogSearches', () => logSearchesIn(new InMemoryRecords()));

describe('on the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeSearches('dynamoDbLogSearches', () => logSearchesIn(dynamoDbRecords(aws.dynamoDb, aws.env)));

  test('a search is an item in no index, which expires', async () => {
    await logSearchesIn(dynamoDbRecords(aws.dynamoDb, aws.env)).begin('stored', {
      before: undefined,
      startedAt: 100,
    });
    const Key = toAttributes({ id: 'log-search/stored' });
    const { Item = {} } = await aws.dynamoDb.send(new GetItemCommand({ TableName: aws.tableName, Key }));
    expect(fromAttributes(Item)).toEqual({ id: 'log-search/stored', startedAt: 100, expiresAt: 3_700 });
  });

  test('a table that does not answer is unavailable', async () => {
    const searches = logSearchesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    const search = { startedAt: 1, queryId: 'q' };
    await expect(searches.read('a job')).rejects.toThrow(StoreUnavailableError);
    await expect(searches.begin('a job', { before: search, startedAt: 2 })).rejects.toThrow(
      StoreUnavailableError,
    );
    await expect(searches.name('a job', search)).rejects.toThrow(StoreUnavailableError);
  });
});
