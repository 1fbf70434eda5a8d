import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoDbDependencies, dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { DependencyReader, JobStore } from '../../shared/domain/state/ports.ts';
import { inMemoryDependencies } from '../../testkit/fakes/in-memory-dependencies.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import type { LocalAws } from '../local-aws.ts';
import { created, newId } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

interface Reading {
  readonly dependencies: DependencyReader;
  readonly store: JobStore;
}

/** What reads of dependencies are, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeDependencies(name: string, readingOf: () => Reading): void {
  describe(`${name} as DependencyReader`, () => {
    test('finds a job, in a unit for every 4 KB', async () => {
      const { dependencies, store } = readingOf();
      const small = await created(store);
      const large = await created(store, { result: 'r'.repeat(10_000) });
      expect(await dependencies.read(small)).toEqual({ job: await store.read(small), units: 1 });
      expect(await dependencies.read(large)).toEqual({ job: await store.read(large), units: 3 });
    });

    test('finds no job, in a unit', async () => {
      expect(await readingOf().dependencies.read(newId())).toEqual({ job: undefined, units: 1 });
    });
  });
}

let aws: LocalAws;

describe('dependencies', () => {
  const fake = new InMemoryJobStore();
  describeDependencies('the fake', () => ({ dependencies: inMemoryDependencies(fake), store: fake }));

  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeDependencies('dynamoDbDependencies', () => ({
    dependencies: dynamoDbDependencies(aws.dynamoDb, aws.env),
    store: dynamoDbJobStore(aws.dynamoDb, aws.env),
  }));

  test('a table that does not answer is unavailable', async () => {
    const nowhere = dynamoDbDependencies(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' });
    await expect(nowhere.read(newId())).rejects.toThrow(StoreUnavailableError);
  });
});
