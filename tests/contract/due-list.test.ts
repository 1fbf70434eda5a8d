import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTable } from '../../local/tables/table-resource.ts';
import { dynamoDbDueList } from '../../shared/aws/records/due-list.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { DueList } from '../../shared/domain/state/job/due-list.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryDueList } from '../../testkit/fakes/in-memory-due-list.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { jobTableKeys } from '../job-table.ts';
import type { LocalAws } from '../local-aws.ts';
import { captureConsole } from '../set-ups/captured-console.ts';
import { created, write } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

interface Waiting {
  readonly store: JobStore;
  readonly due: DueList;
}

let parts = 0;
const newKey = (): string => {
  parts += 1;
  return `part ${parts}`;
};

/** What every `DueList` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
function describeDueList(name: string, waitingOf: () => Waiting): void {
  describe(`${name} as a DueList`, () => {
    const waits = (dueKey: string, lookAt: number) => created(waitingOf().store, { dueKey, lookAt });
    const find = (key: string, until: number, limit = 100) => waitingOf().due.find({ key, until, limit });

    test('finds the jobs of one part that are to be looked at by a time, the earliest first', async () => {
      const [key, other] = [newKey(), newKey()];
      const second = await waits(key, t0 + 2);
      const first = await waits(key, t0 + 1);
      await waits(key, t0 + 3);
      await waits(other, t0);
      expect(await find(key, t0 + 2)).toEqual([first, second]);
      expect(await find(key, t0 + 2, 1)).toEqual([first]);
      expect(await find(key, t0)).toEqual([]);
    });

    test('does not find a job that waits no longer, or is to be looked at later by now', async () => {
      const key = newKey();
      const [claimed, later] = [await waits(key, t0), await waits(key, t0)];
      const { store } = waitingOf();
      await store.write(write(claimed, { set: {}, remove: ['dueKey', 'lookAt'] }));
      await store.write(write(later, { set: { lookAt: t0 + 9 } }));
      expect(await find(key, t0)).toEqual([]);
      expect(await find(key, t0 + 9)).toEqual([later]);
    });

    test('has pages of all jobs of a part, whenever they are to be looked at, and each job once', async () => {
      const key = newKey();
      const jobs: string[] = [];
      for (const n of [1, 2, 2, 2, 3]) jobs.push(await waits(key, t0 + n));
      await waits(newKey(), t0);
      const found: string[] = [];
      const { due } = waitingOf();
      let page = await due.page({ key, limit: 2 });
      found.push(...page.entries.map(({ id }) => id));
      while (page.next !== undefined) {
        page = await due.page({ key, limit: 2, after: page.next });
        found.push(...page.entries.map(({ id }) => id));
      }
      expect([...found].sort()).toEqual([...jobs].sort());
      expect([found[0], found[4]]).toEqual([jobs[0], jobs[4]]);
      expect(await due.page({ key: newKey(), limit: 2 })).toEqual({ entries: [] });
    });
  });
}

const table = new InMemoryJobStore();
describeDueList('the in-memory fake', () => ({ store: table, due: new InMemoryDueList(table.items) }));

describe('with the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeDueList('the index of the table', () => ({
    store: dynamoDbJobStore(aws.dynamoDb, aws.env),
    due: dynamoDbDueList(aws.dynamoDb, aws.env),
  }));

  test('a table of an earlier version is used as it is, and the start says which index it lacks', async () => {
    const { AttributeDefinitions, GlobalSecondaryIndexes, ...keys } = jobTableKeys;
    const earlier = {
      ...keys,
      AttributeDefinitions: AttributeDefinitions.filter(
        ({ AttributeName }) => !['dueKey', 'lookAt'].includes(AttributeName),
      ),
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.filter(({ IndexName }) => IndexName !== 'due'),
    };
    const create = (properties: object) =>
      createTable(aws.dynamoDb, {
        name: 'an-earlier-table',
        properties: { ...properties, BillingMode: 'PAY_PER_REQUEST' },
        resolve: (value) => value,
      });
    const { lines, restore } = captureConsole();
    try {
      await create(earlier);
      await create(earlier);
      expect(lines).toEqual([]);
      await create({ ...keys, AttributeDefinitions, GlobalSecondaryIndexes });
      expect(lines).toEqual([
        expect.stringContaining('an-earlier-table is of an earlier version, and has no index due'),
      ]);
    } finally {
      restore();
    }
  });

  test('a table that is out of reach is an outage', async () => {
    const due = dynamoDbDueList(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'none' } as typeof aws.env);
    await expect(due.find({ key: '0', until: t0, limit: 1 })).rejects.toThrow(StoreUnavailableError);
  });
});
