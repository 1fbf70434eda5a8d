import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemGiven } from '../../shared/aws/clients/clients.ts';
import { endingPorts } from '../../shared/aws/ports/ending-ports.ts';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbErrorGroupList } from '../../shared/aws/records/error-group-list.ts';
import { dynamoDbJobList } from '../../shared/aws/records/job-list.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import * as endingUses from '../../shared/aws/uses/ending-uses.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import { type ErrorGroups, errorGroupsIn } from '../../shared/domain/state/failures/error-groups.ts';
import {
  type Failure,
  failureOf,
  groupExpiresAt,
  groupKeyOf,
  maxGroupJobs,
} from '../../shared/domain/state/failures/failure.ts';
import { listKeyOf, listPositionOf } from '../../shared/domain/state/job/list-keys.ts';
import type { ErrorGroupList } from '../../shared/domain/state/ports.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryErrorGroups } from '../../testkit/fakes/in-memory-error-groups.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import type { LocalAws } from '../local-aws.ts';
import { sizeOf } from '../set-ups/item-size.ts';
import { aFailedItem, ids, jobId, newerVersion, retentionMs } from '../set-ups/samples.ts';
import { newLocalAws } from './shared-services.ts';

type Both = ErrorGroups & ErrorGroupList;

let count = 0;
const aFailure = (over: Partial<Failure> = {}): Failure => {
  count += 1;
  const groupId = String(count).padStart(32, '0');
  return { groupId, jobId, tenant: `tenant ${count}`, type: 'a type', name: 'Error', at: t0, ...over };
};

/** What groups of errors do, on the in-memory fake and on the DynamoDB adapters with the emulator. */
function describeErrorGroups(
  name: string,
  groupsOf: () => Both,
  makeNewer: (groupId: string) => Promise<void>,
): void {
  describe(`${name} as ErrorGroups and ErrorGroupList`, () => {
    const groupsOfTenant = async (tenant: string) => (await groupsOf().find({ tenant, limit: 100 })).groups;
    const fill = async (failure: Failure) => {
      for (const id of ids(maxGroupJobs)) await groupsOf().add({ ...failure, jobId: id });
    };

    test('makes a group of the first failure', async () => {
      const failure = aFailure();
      expect(await groupsOf().add(failure)).toBe(true);
      const { groupId, tenant, type, at } = failure;
      expect(await groupsOfTenant(tenant)).toEqual([
        {
          ...{ id: groupId, version: 1, tenant, type, name: 'Error', jobs: new Set([jobId]) },
          ...{ firstSeenAt: at, lastSeenAt: at, listPosition: listPositionOf(at, groupId) },
        },
      ]);
    });

    test('puts another job into the same group, which keeps its place and when it was first seen', async () => {
      const failure = aFailure();
      await groupsOf().add(failure);
      expect(await groupsOf().add({ ...failure, jobId: 'another', at: t0 + 9 })).toBe(true);
      expect(await groupsOfTenant(failure.tenant)).toMatchObject([
        {
          ...{ jobs: new Set([jobId, 'another']), firstSeenAt: t0, lastSeenAt: t0 + 9 },
          listPosition: listPositionOf(t0, failure.groupId),
        },
      ]);
    });

    test('changes nothing if the job is in the group', async () => {
      const failure = aFailure();
      await groupsOf().add({ ...failure, at: t0 + 9 });
      const before = await groupsOfTenant(failure.tenant);
      expect(await groupsOf().add(failure)).toBe(false);
      expect(await groupsOf().addToFull(failure)).toBe(false);
      expect(await groupsOfTenant(failure.tenant)).toEqual(before);
    });

    test('has room for a hundred jobs, and says of the next one only that there are more', async () => {
      const failure = aFailure();
      await fill(failure);
      const next = { ...failure, at: t0 + 9 };
      expect(await groupsOf().add(next)).toBe(false);
      expect((await groupsOfTenant(failure.tenant))[0]).not.toHaveProperty('more');
      expect(await groupsOf().addToFull(next)).toBe(true);
      expect(await groupsOfTenant(failure.tenant)).toMatchObject([
        { jobs: ids(maxGroupJobs), more: true, firstSeenAt: t0, lastSeenAt: t0 + 9 },
      ]);
    });

    test('does not say so of a job that the full group has, of a group that has room, and of none', async () => {
      const failure = aFailure();
      expect(await groupsOf().addToFull(failure)).toBe(false);
      expect(await groupsOfTenant(failure.tenant)).toEqual([]);
      await groupsOf().add({ ...failure, jobId: 'another' });
      expect(await groupsOf().addToFull(failure)).toBe(false);
      const full = aFailure();
      await fill(full);
      const [one = ''] = ids(1);
      expect(await groupsOf().addToFull({ ...full, jobId: one })).toBe(false);
      expect((await groupsOfTenant(full.tenant))[0]).not.toHaveProperty('more');
    });

    test('a group of a newer version is found apart, and gets no job of this code', async () => {
      const { tenant } = aFailure();
      const [newer, known] = [aFailure({ tenant, at: t0 + 1 }), aFailure({ tenant })];
      for (const failure of [newer, known]) await groupsOf().add(failure);
      await makeNewer(newer.groupId);
      const more = { ...newer, jobId: 'another' };
      expect([await groupsOf().add(more), await groupsOf().addToFull(more)]).toEqual([false, false]);
      const found = await groupsOf().find({ tenant, limit: 9 });
      expect(found).toMatchObject({
        groups: [{ id: known.groupId, version: 1 }],
        newer: [{ id: newer.groupId, version: newerVersion }],
        // The keys, and two groups.
        units: 0.5 + 0.5 + 0.5,
      });
    });

    test('finds the groups of a tenant, newest first, as many as asked for', async () => {
      const { tenant } = aFailure();
      const failures = [3, 1, 2].map((at) => aFailure({ tenant, at: t0 + at }));
      for (const failure of [...failures, aFailure({ at: t0 + 9 })]) await groupsOf().add(failure);
      const found = await groupsOfTenant(tenant);
      expect(found.map(({ firstSeenAt }) => firstSeenAt - t0)).toEqual([3, 2, 1]);
      const [first, second, third] = found;
      const page = (below: string | undefined, limit: number) => groupsOf().find({ tenant, below, limit });
      expect(await page(undefined, 1)).toEqual({
        groups: [first],
        newer: [],
        next: first?.listPosition,
        units: 1,
      });
      expect(await page(first?.listPosition, 1)).toEqual({
        groups: [second],
        newer: [],
        next: second?.listPosition,
        units: 1,
      });
      expect(await page(second?.listPosition, 1)).toEqual({ groups: [third], newer: [], units: 1 });
      expect(await page(third?.listPosition, 1)).toEqual({ groups: [], newer: [], units: 0.5 });
    });
  });
}

let aws: LocalAws;
let emulated: Both;

describe('groups of errors', () => {
  const fake = new InMemoryErrorGroups();
  describeErrorGroups(
    'InMemoryErrorGroups',
    () => fake,
    async (groupId) => {
      const id = groupKeyOf(groupId);
      fake.items.set(id, { ...fake.items.get(id), id, version: newerVersion });
    },
  );

  beforeAll(async () => {
    aws = await newLocalAws();
    const { dynamoDb, env } = aws;
    emulated = {
      ...errorGroupsIn(dynamoDbRecords(dynamoDb, env), retentionMs),
      ...dynamoDbErrorGroupList(dynamoDb, env),
    };
  });
  afterAll(() => aws.stop());
  describeErrorGroups(
    'the DynamoDB adapters',
    () => emulated,
    async (groupId) => {
      const Item = toAttributes({ ...(await stored(groupId)), version: newerVersion });
      await aws.dynamoDb.send(new PutItemCommand({ TableName: aws.tableName, Item }));
    },
  );

  const stored = async (groupId: string) => {
    const Key = toAttributes({ id: groupKeyOf(groupId) });
    const { Item = {} } = await aws.dynamoDb.send(new GetItemCommand({ TableName: aws.tableName, Key }));
    return fromAttributes(Item);
  };

  test('a group expires with the last of its jobs, and is in no list of jobs', async () => {
    const failure = aFailure();
    await emulated.add(failure);
    expect(await stored(failure.groupId)).toMatchObject({ expiresAt: groupExpiresAt(t0, retentionMs) });
    expect(await stored(failure.groupId)).not.toHaveProperty('failedKey');
    const jobs = dynamoDbJobList(aws.dynamoDb, aws.env);
    for (const list of ['all', 'failed'] as const) {
      const query = { list, key: listKeyOf(failure.tenant, 0), since: '0', below: '~', limit: 10 };
      expect((await jobs.find(query)).items).toEqual([]);
    }
  });

  test('where jobs end, a group is kept as long as the longest kept job, a child or not', async () => {
    const env = readEnvironment(endingUses, {
      ...{ TABLE_NAME: aws.tableName, BUCKET_NAME: 'a-bucket', AWS_REGION: 'eu-central-1' },
      ...{ STANDARD_QUEUE_URL: aws.queueUrl('standard'), METRICS: 'off', METRICS_NAMESPACE: 'a stage' },
      ...{ RETENTION_DAYS: '15', KEEP_CHILDREN_DAYS: '40' },
    });
    const given = { ...systemGiven(recordedLog()), dynamoDb: aws.dynamoDb };
    const item = aFailedItem();
    await endingPorts(env, given).grouping.add(item);
    const { groupId = '', at = 0 } = failureOf(item) ?? {};
    expect(await stored(groupId)).toMatchObject({ expiresAt: groupExpiresAt(at, 40 * dayMs) });
  });

  test('a full group has less than 5 KB, which DynamoDB writes in five units at most', async () => {
    const failure = aFailure({ tenant: 't'.repeat(64), type: 't'.repeat(64), name: 'n'.repeat(100) });
    for (const id of ids(maxGroupJobs)) await emulated.add({ ...failure, jobId: id });
    await emulated.addToFull(failure);
    const item = await stored(failure.groupId);
    const bytes = Object.entries(item).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0);
    expect(bytes).toBeGreaterThan(4_000);
    expect(bytes).toBeLessThan(5 * 1024);
  });

  test('the table is out of reach', async () => {
    const nowhere = { ...aws.env, TABLE_NAME: 'nowhere' };
    const writing = errorGroupsIn(dynamoDbRecords(aws.dynamoDb, nowhere), retentionMs);
    await expect(writing.add(aFailure())).rejects.toThrow(StoreUnavailableError);
    await expect(writing.addToFull(aFailure())).rejects.toThrow(StoreUnavailableError);
    const query = { tenant: 'a tenant', limit: 1 };
    const reading = dynamoDbErrorGroupList(aws.dynamoDb, nowhere);
    await expect(reading.find(query)).rejects.toThrow(StoreUnavailableError);
  });
});
