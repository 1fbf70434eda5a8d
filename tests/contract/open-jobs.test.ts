import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbOpenJobs } from '../../shared/aws/records/open-jobs.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { JobStore, OpenJobs } from '../../shared/domain/state/ports.ts';
import { type PassState, passStateIn } from '../../shared/domain/state/waits/pass-state.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { inMemoryOpenJobs } from '../../testkit/fakes/in-memory-open-jobs.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import { created } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

interface Passing {
  readonly store: JobStore;
  readonly open: OpenJobs;
  readonly state: PassState;
}

const pageSize = 3;

/** What these ports do, as a fake, and on DynamoDB with the emulator. */
function describePass(name: string, passingOf: () => Passing): void {
  describe(`${name} as OpenJobs and PassState`, () => {
    test('finds page by page, and each once, the jobs that have not ended and were not written to since a time', async () => {
      const { store, open } = passingOf();
      const make = (over: Parameters<typeof created>[1]) => created(store, { updatedAt: t0, ...over });
      const found = [
        await make({ status: 'queued' }),
        await make({ status: 'waiting' }),
        await make({ status: 'running', claimId: 'c', leaseUntil: t0 }),
        await make({ status: 'queued', seenAt: t0 + 9 }),
      ];
      await make({ status: 'queued', updatedAt: t0 + 1 });
      for (const status of ['succeeded', 'failed', 'canceled'] as const) await make({ status });
      const [ids, pages]: [string[], number[]] = [[], []];
      let next: string | undefined;
      do {
        const page = await open.page({ unchangedSince: t0, after: next });
        ids.push(...page.items.map(({ id }) => id));
        pages.push(page.items.length);
        next = page.next;
      } while (next !== undefined);
      expect(ids.sort()).toEqual(found.sort());
      expect(pages.length).toBeGreaterThan(2);
    });

    test('keeps how far a pass is, by who had read it last', async () => {
      const { state } = passingOf();
      expect(await state.read()).toEqual({ startedAt: 0, version: 0 });
      expect(await state.write({ startedAt: t0, next: 'a' }, 0)).toBe(true);
      expect(await state.write({ startedAt: t0, next: 'b' }, 0)).toBe(false);
      expect(await state.read()).toEqual({ startedAt: t0, next: 'a', version: 1 });
      expect(await state.write({ startedAt: t0 }, 1)).toBe(true);
      expect(await state.read()).toEqual({ startedAt: t0, version: 2 });
    });
  });
}

const table = new InMemoryJobStore();
const inMemory = { open: inMemoryOpenJobs(table.items, pageSize), state: passStateIn(new InMemoryRecords()) };
describePass('the in-memory fake', () => ({ store: table, ...inMemory }));

describe('with the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describePass('the table', () => ({
    store: dynamoDbJobStore(aws.dynamoDb, aws.env),
    open: dynamoDbOpenJobs(aws.dynamoDb, aws.env, pageSize),
    state: passStateIn(dynamoDbRecords(aws.dynamoDb, aws.env)),
  }));

  test('a job that only newer code can read is apart', async () => {
    const id = await created(dynamoDbJobStore(aws.dynamoDb, aws.env), {
      status: 'queued',
      updatedAt: t0 - 9,
    });
    const Item = toAttributes({ id, version: 99, status: 'new', updatedAt: t0 - 9 });
    await aws.dynamoDb.send(new PutItemCommand({ TableName: aws.env.TABLE_NAME, Item }));
    const page = await dynamoDbOpenJobs(aws.dynamoDb, aws.env).page({ unchangedSince: t0 - 9 });
    expect(page).toMatchObject({ items: [], newer: [{ id, version: 99 }] });
    expect(page.units).toBeGreaterThan(0);
  });

  test('a table that is out of reach is an outage', async () => {
    const none = { ...aws.env, TABLE_NAME: 'none' } as typeof aws.env;
    const state = passStateIn(dynamoDbRecords(aws.dynamoDb, none));
    // Each call is made when it is awaited: a refusal that nobody awaits yet ends the process.
    for (const call of [
      () => dynamoDbOpenJobs(aws.dynamoDb, none).page({ unchangedSince: t0 }),
      () => state.read(),
      () => state.write({ startedAt: t0 }, 0),
    ])
      await expect(call()).rejects.toThrow(StoreUnavailableError);
  });
});
