import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbJobCounts } from '../../shared/aws/records/job-counts.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import type { CountScope, JobCounts } from '../../shared/domain/access/ports.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { keyPartOf, tenantKeyOf } from '../../shared/domain/base/tenant-key.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import { cancelWrite } from '../../shared/domain/state/writes/control-writes.ts';
import { claimWrite, submitWrite } from '../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobCounts } from '../../testkit/fakes/in-memory-job-counts.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import type { LocalAws } from '../local-aws.ts';
import { aMessage, anId, by, retentionMs } from '../set-ups/samples.ts';
import { newLocalAws } from './shared-services.ts';

let count = 0;
const aTenant = (): CountScope => {
  count += 1;
  return { tenant: `tenant ${count}`, limit: 'unfinishedJobs' };
};
const aWaitingTenant = (): CountScope => ({ ...aTenant(), limit: 'waitingJobs' });
/** Another one of the same tenant each time. */
const aGroup = (): CountScope => {
  count += 1;
  return { tenant: 'of groups', limit: 'unfinishedJobsOfGroup', group: `group ${count} 🎈` };
};

interface Counting {
  readonly store: JobStore;
  /** Of a stage whose lists have three shards. */
  readonly counts: JobCounts;
}

/** What numbers of jobs do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeJobCounts(name: string, countingOf: () => Counting): void {
  const raise = (scope: CountScope, jobs: number, { max = 10, now = t0 } = {}) =>
    countingOf().counts.raise({ scope, jobs, max, now });

  describe.each([
    ['a tenant', aTenant],
    ['a group', aGroup],
    ['what waits', aWaitingTenant],
  ])(`${name} as JobCounts of %s`, (_, aScope) => {
    test('adds jobs as long as there is room, and not before somebody has counted', async () => {
      const scope = aScope();
      const { counts } = countingOf();
      expect(await counts.read(scope)).toBeUndefined();
      expect(await raise(scope, 1)).toBeUndefined();
      await counts.create(scope, 7, t0);
      await counts.create(scope, 3, t0 + 1);
      expect(await counts.read(scope)).toEqual({ count: 7, seen: 7, seenAt: t0, raisedAt: 0 });
      expect(await raise(scope, 4)).toBeUndefined();
      const full = { count: 10, seen: 7, seenAt: t0, raisedAt: t0 + 5 };
      expect(await raise(scope, 3, { now: t0 + 5 })).toEqual(full);
      expect(await raise(scope, 1)).toBeUndefined();
      expect(await counts.read(scope)).toEqual(full);
    });

    test('of jobs that come at the same time no more come in than fit', async () => {
      const scope = aScope();
      await countingOf().counts.create(scope, 0, t0);
      const raised = await Promise.all(Array.from({ length: 6 }, () => raise(scope, 2, { max: 7 })));
      expect(raised.filter((each) => each !== undefined)).toHaveLength(3);
    });

    test('one process counts again, and takes off what has ended, once', async () => {
      const scope = aScope();
      const { counts } = countingOf();
      await counts.create(scope, 2, t0);
      const before = await raise(scope, 4);
      const began = await Promise.all([1, 2].map(() => counts.begin(scope, t0, t0 + 5_000)));
      expect(began.filter((each) => each !== undefined)).toEqual([before]);
      await raise(scope, 3, { now: t0 + 5_001 });
      expect(await counts.settle(scope, t0 + 5_000, 5)).toBe(true);
      expect(await counts.settle(scope, t0 + 5_000, 5)).toBe(false);
      expect(await counts.read(scope)).toEqual({
        ...{ count: 4, seen: 1 },
        ...{ seenAt: t0 + 5_000, raisedAt: t0 + 5_001 },
      });
    });

    test('who has begun to count, and is overtaken, takes off nothing', async () => {
      const scope = aScope();
      const { counts } = countingOf();
      await counts.create(scope, 9, t0);
      await counts.begin(scope, t0, t0 + 5_000);
      await counts.begin(scope, t0 + 5_000, t0 + 10_000);
      expect(await counts.settle(scope, t0 + 5_000, 9)).toBe(false);
      expect(await counts.settle(scope, t0 + 10_000, -2)).toBe(true);
      expect(await counts.read(scope)).toMatchObject({ count: 11, seen: 11 });
      expect(await counts.begin({ ...scope, tenant: 'nobody' }, t0, t0 + 5_000)).toBeUndefined();
    });
  });

  describe(`${name} as JobCounts`, () => {
    test('counts the unfinished jobs of a tenant in all shards, up to a number', async () => {
      const scope = aTenant();
      const { tenant } = scope;
      const { counts, store } = countingOf();
      const jobs = await Promise.all(
        [0, 1, 2, 2, 2].map((shard, index) => {
          const id = `${'0'.repeat(7)}${index}-0000-4000-8000-${String(count).padStart(12, '0')}`;
          return store.write(submitWrite(aMessage({ id, tenant, shard, counted: true })));
        }),
      );
      await store.write(
        submitWrite(
          aMessage({ id: `9${'0'.repeat(7)}-0000-4000-8000-${String(count).padStart(12, '0')}`, tenant }),
        ),
      );
      expect(await counts.count(scope, 100)).toBe(5);
      expect(await counts.count(scope, 2)).toBe(2);
      const [first] = jobs;
      if (first) await store.write(cancelWrite(first, { now: t0 + 1, retentionMs }, by));
      expect(await counts.count(scope, 100)).toBe(4);
      expect(await counts.count(aTenant(), 100)).toBe(0);
    });

    test('counts the jobs that wait apart, and among all unfinished ones', async () => {
      const waiting = aWaitingTenant();
      const { tenant } = waiting;
      const all: CountScope = { tenant, limit: 'unfinishedJobs' };
      const { counts, store } = countingOf();
      const counted = { tenant, counted: true, countedWaits: true } as const;
      const options = { maxAttempts: 1, runAt: t0 + 9_000 };
      const messages = [1, 2, 3].map((shard) =>
        aMessage({ id: anId(800_000 + 10 * count + shard), shard: shard % 3, ...counted, options }),
      );
      for (const message of messages) await store.write(submitWrite(message));
      await store.write(submitWrite(aMessage({ id: anId(800_000 + 10 * count + 4), ...counted })));
      expect(await Promise.all([counts.count(waiting, 100), counts.count(waiting, 2)])).toEqual([3, 2]);
      expect(await Promise.all([counts.count(all, 100), counts.count(all, 2)])).toEqual([4, 2]);
      const [first] = messages;
      const claim = { now: t0 + 9_000, claimId: 'a claim', leaseMs: 1_000 };
      if (first) await store.write(claimWrite(first, claim));
      expect(await Promise.all([counts.count(waiting, 100), counts.count(all, 100)])).toEqual([2, 4]);
    });

    test('counts the unfinished jobs of a group of a tenant, up to a number', async () => {
      const [scope, other] = [aGroup(), aGroup()];
      const { counts, store } = countingOf();
      const submit = ({ tenant, group }: CountScope, more: Partial<JobMessage> = {}) => {
        count += 1;
        const id = anId(900_000 + count);
        const options = { maxAttempts: 1, ...(group === undefined ? {} : { group }) };
        return store.write(submitWrite(aMessage({ id, tenant, options, countedInGroup: true, ...more })));
      };
      const [first] = await Promise.all([
        ...[1, 2, 3].map(() => submit(scope)),
        submit(other),
        submit({ ...scope, tenant: 'another' }),
        submit({ tenant: scope.tenant, limit: 'unfinishedJobs' }),
      ]);
      expect(await Promise.all([counts.count(scope, 100), counts.count(scope, 2)])).toEqual([3, 2]);
      expect(await counts.count(other, 100)).toBe(1);
      if (first) await store.write(cancelWrite(first, { now: t0 + 1, retentionMs }, by));
      expect(await counts.count(scope, 100)).toBe(2);
    });
  });
}

let aws: LocalAws;
const sharded = () => ({ ...aws.env, LIST_SHARDS: 3 });

describe('numbers of jobs', () => {
  const table = new InMemoryJobStore();
  const fake = new InMemoryJobCounts(table.items, 3);
  describeJobCounts('InMemoryJobCounts', () => ({ store: table, counts: fake }));

  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeJobCounts('dynamoDbJobCounts', () => ({
    store: dynamoDbJobStore(aws.dynamoDb, aws.env),
    counts: dynamoDbJobCounts(aws.dynamoDb, sharded()),
  }));

  const itemOf = async (id: string) => {
    const Key = toAttributes({ id });
    const { Item = {} } = await aws.dynamoDb.send(new GetItemCommand({ TableName: aws.tableName, Key }));
    return fromAttributes(Item);
  };

  test('a number is an item in no index, which expires a day after the last job', async () => {
    const scope = aTenant();
    const counts = dynamoDbJobCounts(aws.dynamoDb, sharded());
    await counts.create(scope, 1, t0);
    await counts.raise({ scope, jobs: 1, max: 9, now: t0 + 1_000 });
    await counts.begin(scope, t0, t0 + 6_000);
    await counts.settle(scope, t0 + 6_000, 1);
    const id = `job-count/${tenantKeyOf(scope.tenant)}`;
    expect(await itemOf(id)).toEqual({
      id,
      ...{ unfinished: 1, seen: 1, seenAt: t0 + 6_000, raisedAt: t0 + 1_000 },
      expiresAt: Math.ceil((t0 + 1_000) / 1000) + 24 * 3_600,
    });
  });

  test('the number of what waits is another one', async () => {
    const scope = aWaitingTenant();
    await dynamoDbJobCounts(aws.dynamoDb, sharded()).create(scope, 1, t0);
    const id = `job-count/${tenantKeyOf(scope.tenant)}/waiting`;
    expect(await itemOf(id)).toMatchObject({ id, unfinished: 1 });
  });

  test('the number of a group has the hash of that in its id', async () => {
    const scope = aGroup();
    await dynamoDbJobCounts(aws.dynamoDb, sharded()).create(scope, 1, t0);
    const id = `job-count/${tenantKeyOf(scope.tenant)}/group/${keyPartOf(scope.group ?? '')}`;
    expect(await itemOf(id)).toMatchObject({ id, unfinished: 1 });
  });

  test('the table is out of reach', async () => {
    const counts = dynamoDbJobCounts(aws.dynamoDb, { ...sharded(), TABLE_NAME: 'nowhere' });
    const scope = aTenant();
    for (const call of [
      () => counts.read(scope),
      () => counts.raise({ scope, jobs: 1, max: 1, now: t0 }),
      () => counts.count(scope, 1),
      () => counts.count(aGroup(), 1),
      () => counts.create(scope, 1, t0),
      () => counts.begin(scope, 0, t0),
      () => counts.settle(scope, 0, 1),
    ])
      await expect(call()).rejects.toThrow(StoreUnavailableError);
  });
});
