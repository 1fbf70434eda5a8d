import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/attribute-value.ts';
import { dynamoDbJobList } from '../../shared/aws/job-list.ts';
import { listKeyOf, listPositionOf } from '../../shared/job/list-keys.ts';
import { failUnclaimedWrite, submitWrite } from '../../shared/job/message-writes.ts';
import { type ListRequest, listJobs, maxUnitsAPage } from '../../shared/operations/list-jobs.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { itemAfter } from '../set-ups/item-after.ts';
import { aMessage, retentionMs } from '../set-ups/samples.ts';

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

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
  for (const list of lists) await seed(list);
});
afterAll(() => aws.stop());

/** Creates the jobs of a tenant. Some of them, evenly spread, have failed. */
async function seed(list: List): Promise<void> {
  const itemOf = (index: number) => {
    const own = { id: idOf(list, index), tenant: tenantOf(list), submittedAt: t0 + index };
    const message = aMessage({ ...own, shard: index % list.shards });
    const end = { now: t0, retentionMs, error: { name: 'Error', message: 'no' } };
    const hasFailed = index % (list.jobs / failedJobs) === 0;
    return itemAfter(hasFailed ? failUnclaimedWrite(message, end) : submitWrite(message));
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

type Asked = Partial<Omit<ListRequest, 'filter'>> & ListRequest['filter'];

function countOf(commandName: string | undefined): 'queries' | 'batchGets' {
  if (commandName === 'QueryCommand') return 'queries';
  if (commandName === 'BatchGetItemCommand') return 'batchGets';
  throw new TypeError(`a page makes no ${commandName}`);
}

/** Reads a page. @returns how many jobs it has, and what it cost */
async function costOf(list: List, { limit = 100, below, ...filter }: Asked) {
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
  const ports = { list: dynamoDbJobList(aws.dynamoDb, aws.tableName), listShards: list.shards };
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

test.each(inOneShard)('a page of 100 of $jobs jobs: one query, four batch reads, 102 units', async (list) => {
  expect(await costOf(list, { limit: 100 })).toEqual({ jobs: 100, queries: 1, batchGets: 4, units: 102 });
});

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
