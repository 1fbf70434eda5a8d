import { randomUUID } from 'node:crypto';
import { BatchWriteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbJobList } from '../../shared/aws/records/job-list.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { Storable } from '../../shared/domain/base/records.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { listKeyOf, listPositionOf } from '../../shared/domain/state/job/list-keys.ts';
import type { JobList, JobStore, ListQuery } from '../../shared/domain/state/ports.ts';
import { failUnclaimedWrite, submitWrite } from '../../shared/domain/state/writes/message-writes.ts';
import { type ListRequest, listJobs, maxUnitsAPage } from '../../shared/operations/find/list-jobs.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobList } from '../../testkit/fakes/in-memory-job-list.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import type { LocalAws } from '../local-aws.ts';
import { itemAfter } from '../set-ups/item-after.ts';
import { aMessage, newerVersion, retentionMs } from '../set-ups/samples.ts';
import { forgetBatchGets, recordBatchGets } from './batch-gets.ts';
import { base, created, newId, write } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

interface Listing {
  readonly store: JobStore;
  readonly list: JobList;
  /** Stores an item as it is, whatever its version. */
  put(item: { readonly id: string; readonly [attribute: string]: Storable | undefined }): Promise<void>;
}

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `key.${keys}`;
};
const all = (key: string): ListQuery => ({ list: 'all', key, since: '0', below: '~', limit: 100 });
const failed = (key: string): ListQuery => ({ ...all(key), list: 'failed' });

/** What every `JobList` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
function describeJobList(name: string, listingOf: () => Listing): void {
  describe(`${name} as a JobList`, () => {
    const positionsOf = async (query: ListQuery) => {
      const { items } = await listingOf().list.find(query);
      return items.map(({ position }) => position);
    };
    const listed = (key: string, listPosition: string, more: Partial<JobItem> = {}) =>
      created(listingOf().store, { listKey: key, listPosition, ...more });

    test('finds the jobs of one key, newest first', async () => {
      const [key, other] = [newKey(), newKey()];
      const two = await listed(key, '2/b');
      const one = await listed(key, '1/c');
      const three = await listed(key, '3/a');
      await listed(other, '2/c');
      const { items } = await listingOf().list.find(all(key));
      expect(items).toEqual([
        { id: three, position: '3/a' },
        { id: two, position: '2/b' },
        { id: one, position: '1/c' },
      ]);
    });

    test('finds nothing under a key that no job has', async () => {
      expect(await positionsOf(all(newKey()))).toEqual([]);
    });

    test('finds positions from one on, and below another', async () => {
      const key = newKey();
      for (const position of ['1/', '2/a', '2/b', '3/']) await listed(key, position);
      expect(await positionsOf({ ...all(key), since: '2/a' })).toEqual(['3/', '2/b', '2/a']);
      expect(await positionsOf({ ...all(key), below: '2/b' })).toEqual(['2/a', '1/']);
      expect(await positionsOf({ ...all(key), since: '2/', below: '3/' })).toEqual(['2/b', '2/a']);
    });

    test('finds as many as asked for, whether or not a job is at the upper bound', async () => {
      const key = newKey();
      for (const position of ['1', '2', '3', '4']) await listed(key, position);
      expect(await positionsOf({ ...all(key), limit: 2 })).toEqual(['4', '3']);
      expect(await positionsOf({ ...all(key), below: '3', limit: 2 })).toEqual(['2', '1']);
      expect(await positionsOf({ ...all(key), below: '3/x', limit: 2 })).toEqual(['3', '2']);
    });

    test('refuses a range that ends before it begins', async () => {
      const query = { ...all(newKey()), since: '2', below: '1' };
      await expect(listingOf().list.find(query)).rejects.toThrow(StoreUnavailableError);
      expect(await positionsOf({ ...query, below: '2' })).toEqual([]);
    });

    test('finds a job in the list of failed ones only while it has the key of that list', async () => {
      const key = newKey();
      const id = await listed(key, '1');
      await listed(key, '2');
      expect(await positionsOf(failed(key))).toEqual([]);
      await listingOf().store.write(write(id, { set: { failedKey: key } }));
      expect(await positionsOf(failed(key))).toEqual(['1']);
      expect(await positionsOf(all(key))).toEqual(['2', '1']);
      await listingOf().store.write(write(id, { set: {}, remove: ['failedKey'] }));
      expect(await positionsOf(failed(key))).toEqual([]);
    });

    test('finds a job no more that has lost its keys', async () => {
      const key = newKey();
      const id = await listed(key, '1', { failedKey: key });
      await listingOf().store.write(write(id, { set: {}, remove: ['listKey', 'listPosition', 'failedKey'] }));
      expect(await positionsOf(all(key))).toEqual([]);
      expect(await positionsOf(failed(key))).toEqual([]);
    });

    test('finds no job that never had a place in a list', async () => {
      const key = newKey();
      await created(listingOf().store);
      await created(listingOf().store, { listKey: key });
      await created(listingOf().store, { listPosition: '1' });
      expect(await positionsOf(all(key))).toEqual([]);
    });

    test('finds in half a unit what has less than 4 KB', async () => {
      const key = newKey();
      for (let count = 0; count < 20; count += 1) await listed(key, `${count}`.padStart(50));
      expect(await listingOf().list.find({ ...all(key), since: ' ' })).toMatchObject({ units: 0.5 });
    });

    test('reads the items that exist, in a unit for every 4 KB of each', async () => {
      const { list, store } = listingOf();
      const small = await created(store, { dependents: new Set(['d']) });
      const large = await created(store, { result: 'r'.repeat(10_000) });
      const { items, units } = await list.read([small, large, newId()]);
      expect([...items].sort((one, other) => (one.id < other.id ? -1 : 1))).toEqual([
        { ...base, id: small, dependents: new Set(['d']) },
        { ...base, id: large, result: 'r'.repeat(10_000) },
      ]);
      expect(units).toBe(1 + 3 + 1);
    });

    test('reads nothing of no ids', async () => {
      expect(await listingOf().list.read([])).toEqual({ items: [], newer: [], units: 0 });
    });

    test('reads an item once whose id comes twice', async () => {
      const id = await created(listingOf().store);
      expect(await listingOf().list.read([id, id])).toEqual({
        items: [{ ...base, id }],
        newer: [],
        units: 1,
      });
    });

    test('reads a hundred items', async () => {
      const ids = await Promise.all(Array.from({ length: 100 }, () => created(listingOf().store)));
      const { items, units } = await listingOf().list.read(ids);
      expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
      expect(units).toBe(100);
    });

    test('reads items that are too large for one answer', async () => {
      const message = 'm'.repeat(300_000);
      const ids = await Promise.all(
        Array.from({ length: 12 }, () => created(listingOf().store, { message })),
      );
      const { items } = await listingOf().list.read(ids);
      expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
      expect(items.every((item) => item.message === message)).toBe(true);
    });

    test('gives items apart that only newer code can read: of a newer version, or with a new status', async () => {
      const { list, put, store } = listingOf();
      const known = await created(store);
      const [newer, changed] = [newId(), newId()];
      const place = { tenant: 'a tenant', listPosition: '1' };
      await put({ id: newer, version: newerVersion, ...place, all: 'new' });
      await put({ ...base, id: changed, status: 'paused' });
      const read = await list.read([newer, known, changed]);
      expect(read.items).toEqual([{ ...base, id: known }]);
      expect([...read.newer].sort(({ version: one }, { version: other }) => other - one)).toEqual([
        { id: newer, version: newerVersion, ...place },
        { id: changed, version: 1, tenant: base.tenant },
      ]);
    });

    test('refuses to read what is no item', async () => {
      const id = newId();
      await listingOf().put({ id });
      await expect(listingOf().list.read([id])).rejects.toThrow();
    });
  });
}

const store = new InMemoryJobStore();
const fake: Listing = {
  store,
  list: new InMemoryJobList(store.items),
  async put(item) {
    store.items.set(item.id, item as unknown as JobItem);
  },
};

let aws: LocalAws;
let emulated: Listing;

describe('job list', () => {
  describeJobList('InMemoryJobList', () => fake);
  beforeAll(async () => {
    aws = await newLocalAws();
    const { dynamoDb, env, tableName: TableName } = aws;
    emulated = {
      store: dynamoDbJobStore(dynamoDb, env),
      list: dynamoDbJobList(dynamoDb, env),
      async put(item) {
        await dynamoDb.send(new PutItemCommand({ TableName, Item: toAttributes(item) }));
      },
    };
  });
  afterAll(() => aws.stop());
  describeJobList('dynamoDbJobList', () => emulated);
  afterEach(() => forgetBatchGets(aws.dynamoDb));

  // The emulator has no other reads than consistent ones, so only the request can show it.
  test('dynamoDbJobList reads items consistently, also those that come in a second answer', async () => {
    const message = 'm'.repeat(350_000);
    const ids = await Promise.all(Array.from({ length: 5 }, () => created(emulated.store, { message })));
    const inputs = recordBatchGets(aws.dynamoDb);
    expect((await emulated.list.read(ids)).items).toHaveLength(5);
    expect(inputs.length).toBeGreaterThan(1);
    for (const input of inputs)
      expect(input).toMatchObject({ RequestItems: { [aws.tableName]: { ConsistentRead: true } } });
  });

  test('dynamoDbJobList gives up when DynamoDB leaves all keys unprocessed, as it does when it throttles', async () => {
    const inputs = recordBatchGets(aws.dynamoDb, (_, input) => ({
      Responses: {},
      UnprocessedKeys: 'RequestItems' in input ? input.RequestItems : {},
    }));
    const reading = emulated.list.read([randomUUID(), randomUUID()]);
    await expect(reading).rejects.toThrow(StoreUnavailableError);
    expect(inputs).toHaveLength(1);
  });

  test('dynamoDbJobList says that the list is unavailable if the table is not there', async () => {
    const nowhere = dynamoDbJobList(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' });
    const query = { list: 'all', key: 'k', since: '0', below: '~', limit: 1 } as const;
    await expect(nowhere.find(query)).rejects.toThrow(StoreUnavailableError);
    await expect(nowhere.read([randomUUID()])).rejects.toThrow(StoreUnavailableError);
  });
});

/**
 * What a page costs in read units and calls, as the emulator counts them. In one thing it differs from DynamoDB: that
 * charges half a unit for a query that finds nothing, too.
 */

/** In `npm run test:long`. The emulator takes seconds for so many jobs. */
const isLong = Number(process.env.FUZZ_RUNS ?? 0) >= 1_000;

const lists = [
  { jobs: 100, shards: 1 },
  { jobs: 1_000, shards: 1 },
  ...(isLong ? [{ jobs: 10_000, shards: 1 }] : []),
  { jobs: 1_000, shards: 4 },
  { jobs: 1_000, shards: 16 },
];
type List = (typeof lists)[number];
const failedJobs = 10;

const tenantOf = ({ jobs, shards }: List): string => `${jobs} jobs in ${shards} shards`;
const idOf = ({ jobs, shards }: List, index: number): string =>
  `${String(jobs).padStart(8, '0')}-${String(shards).padStart(4, '0')}-4000-8000-${String(index).padStart(12, '0')}`;

/** Creates the jobs of a tenant. Some of them, evenly spread, have failed. */
async function seed(list: List): Promise<void> {
  const itemOf = (index: number) => {
    const own = { id: idOf(list, index), tenant: tenantOf(list), submittedAt: t0 + index };
    const message = aMessage({ ...own, shard: index % list.shards });
    const end = { now: t0, retentionMs, error: { name: 'Error', message: 'no' } };
    const hasFailed = index % (list.jobs / failedJobs) === 0;
    return itemAfter(
      hasFailed ? failUnclaimedWrite(message, { ...end, item: undefined }) : submitWrite(message),
    );
  };
  const batch = 25;
  for (let from = 0; from < list.jobs; from += batch) {
    const items = await Promise.all(Array.from({ length: batch }, (_, at) => itemOf(from + at)));
    const RequestItems = {
      [aws.tableName]: items.map((item) => ({ PutRequest: { Item: toAttributes(item ?? {}) } })),
    };
    await aws.dynamoDb.send(new BatchWriteItemCommand({ RequestItems }));
  }
}

const unitsOf = (consumed: readonly object[]): number =>
  consumed.reduce((sum, one) => sum + ('CapacityUnits' in one ? Number(one.CapacityUnits) : 0), 0);

type FlatListRequest = Partial<Omit<ListRequest, 'filter'>> & ListRequest['filter'];

function countOf(commandName: string | undefined): 'queries' | 'batchGets' {
  if (commandName === 'QueryCommand') return 'queries';
  if (commandName === 'BatchGetItemCommand') return 'batchGets';
  throw new TypeError(`a page makes no ${commandName}`);
}

/** Reads a page. @returns how many jobs it has, and what it cost */
async function costOf(list: List, { limit = 100, below, ...filter }: FlatListRequest) {
  const cost = { jobs: 0, queries: 0, batchGets: 0, units: 0 };
  aws.dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        cost[countOf(commandName)] += 1;
        const consumed = 'ConsumedCapacity' in result.output ? result.output.ConsumedCapacity : [];
        cost.units += unitsOf([consumed ?? []].flat());
        return result;
      },
    { step: 'initialize', name: 'count' },
  );
  const ports = { list: dynamoDbJobList(aws.dynamoDb, aws.env), listShards: list.shards };
  const { jobs } = await listJobs({ tenant: tenantOf(list), filter, limit, below }, ports).finally(
    () => void aws.dynamoDb.middlewareStack.remove('count'),
  );
  return { ...cost, jobs: jobs.length };
}

/** Half a unit for 4 KB of an index. A query reads two entries more than the page has: that is 25 jobs in half a unit. */
function indexUnits(list: List, limit: number): number {
  const bytesOf = (shard: number) =>
    [
      'listKey',
      'listPosition',
      'id',
      listKeyOf(tenantOf(list), shard),
      listPositionOf(t0, idOf(list, 0)),
      idOf(list, 0),
    ].join('').length;
  return Array.from({ length: list.shards }, (_, shard) => {
    const jobs = Math.ceil((list.jobs - shard) / list.shards);
    return Math.ceil((Math.min(limit + 2, jobs) * bytesOf(shard)) / 4096) / 2;
  }).reduce((sum, units) => sum + units, 0);
}

const inOneShard = lists.filter(({ shards }) => shards === 1);

describe('job list cost', () => {
  beforeAll(async () => {
    aws = await newLocalAws();
    for (const list of lists) await seed(list);
  });
  afterAll(() => aws.stop());

  test.each(inOneShard)(
    'a page of 100 of $jobs jobs: one query, four batch reads, 102 units',
    async (list) => {
      expect(await costOf(list, { limit: 100 })).toEqual({ jobs: 100, queries: 1, batchGets: 4, units: 102 });
    },
  );

  test.each(inOneShard)(
    'a page of 25 of $jobs jobs: two calls, 25.5 units, also in the middle',
    async (list) => {
      const cost = { jobs: 25, queries: 1, batchGets: 1, units: 25.5 };
      expect(await costOf(list, { limit: 25 })).toEqual(cost);
      const below = listPositionOf(t0 + list.jobs / 2, idOf(list, list.jobs / 2));
      expect(await costOf(list, { limit: 25, below })).toEqual(cost);
    },
  );

  test.each(inOneShard)('the 10 failed jobs among $jobs: two calls, 10.5 units', async (list) => {
    const cost = { jobs: failedJobs, queries: 1, batchGets: 1, units: 10.5 };
    expect(await costOf(list, { limit: 25, status: 'failed' })).toEqual(cost);
  });

  test.each(lists)(
    'a page of $jobs jobs in $shards shards: a query for each shard, and a unit for each job',
    async (list) => {
      for (const limit of [25, 50, 100]) {
        const units = limit + indexUnits(list, limit);
        const calls = { queries: list.shards, batchGets: limit / 25 };
        expect(await costOf(list, { limit })).toEqual({ jobs: limit, ...calls, units });
        expect(units).toBeLessThanOrEqual(limit + (list.shards * Math.ceil(limit / 25)) / 2);
      }
    },
  );

  test('a page of 100 jobs in 1, 4 and 16 shards of 1,000 jobs: 102, 108 and 120 units', () => {
    const thousands = lists.filter(({ jobs }) => jobs === 1_000);
    expect(thousands.map((list) => 100 + indexUnits(list, 100))).toEqual([102, 108, 120]);
  });

  test.each(lists.filter(({ jobs }) => jobs > 500))(
    'a page of a filter that none of $jobs jobs in $shards shards passes: no more than its units',
    async (list) => {
      const { jobs, units } = await costOf(list, { limit: 25, type: 'another' });
      expect(jobs).toBe(0);
      expect(units).toBeGreaterThanOrEqual(maxUnitsAPage);
      expect(units).toBeLessThan(maxUnitsAPage + 25 + list.shards);
    },
  );
});
