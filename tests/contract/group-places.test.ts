import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoDbUnfinishedGroups } from '../../infra/ordered/unfinished-groups.ts';
import { dynamoDbBatches } from '../../shared/aws/batch-store.ts';
import { dynamoDbGroupPlaces, dynamoDbMovablePlaces } from '../../shared/aws/group-places.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { BatchStore } from '../../shared/domain/children/batch-ports.ts';
import type { GroupPlaces, MovablePlaces, UnfinishedGroups } from '../../shared/domain/state/group-place.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryBatches } from '../../testkit/fakes/in-memory-batches.ts';
import { InMemoryGroupPlaces, inMemoryUnfinishedGroups } from '../../testkit/fakes/in-memory-group-places.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import type { LocalAws } from '../local-aws.ts';
import { anId, aRoot } from '../set-ups/samples.ts';
import { created } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

/** What places do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describePlaces(name: string, placesOf: () => GroupPlaces & MovablePlaces): void {
  describe(`${name} as GroupPlaces`, () => {
    test('the first queue that is kept for a tenant is the one that it has', async () => {
      const places = placesOf();
      expect(await places.read('acme')).toBeUndefined();
      expect(await places.keep('acme', 3)).toEqual({ queue: 3 });
      expect(await places.keep('acme', 1)).toEqual({ queue: 3 });
      expect(await places.read('acme')).toEqual({ queue: 3 });
      expect(await places.read('a tenant with spaces, and ü'.repeat(100))).toBeUndefined();
    });

    test('of those who look at the same time one decides', async () => {
      const places = placesOf();
      const kept = await Promise.all([1, 2, 3, 4].map((queue) => places.keep('together', queue)));
      expect(new Set(kept.map(({ queue }) => queue)).size).toBe(1);
    });

    test('the first time is since when there are several', async () => {
      const places = placesOf();
      expect(await places.since(t0)).toBe(t0);
      expect(await places.since(t0 + 1)).toBe(t0);
    });

    test('a place is changed by who has read it last', async () => {
      const places = placesOf();
      expect(await places.change('nobody', { queue: 1 }, { queue: 2 })).toBe(false);
      const kept = await places.keep('moved', 1);
      const move = { to: 2, phase: 'drain' } as const;
      expect(await places.change('moved', kept, { queue: 1, move })).toBe(true);
      expect(await places.change('moved', kept, { queue: 1 })).toBe(false);
      const draining = { queue: 1, move, changes: 1 };
      expect(await places.read('moved')).toEqual(draining);
      expect(await places.keep('moved', 5)).toEqual(draining);
      expect(await places.change('moved', draining, { queue: 1 })).toBe(true);
      // What a call of before would have written, who comes late.
      expect(await places.change('moved', draining, { queue: 2 })).toBe(false);
      expect(await places.change('moved', { queue: 1 }, { queue: 1, move })).toBe(false);
      expect(await places.read('moved')).toEqual({ queue: 1, changes: 2 });
    });
  });
}

interface Looking {
  readonly store: JobStore;
  readonly batches: BatchStore;
  readonly unfinished: UnfinishedGroups;
}

function describeUnfinished(name: string, lookingOf: () => Looking): void {
  describe(`${name} as UnfinishedGroups`, () => {
    test('finds jobs of groups that have not ended, or whose message is still in a queue', async () => {
      const { store, unfinished } = lookingOf();
      const left = async () => (await unfinished.find('mine')).map(({ kind, jobId }) => [kind, jobId]);
      const make = (over: Parameters<typeof created>[1]) =>
        created(store, { tenant: 'mine', group: 'g', ...over });
      await created(store, { tenant: 'mine', status: 'queued' });
      await make({ tenant: 'others', status: 'queued' });
      await make({ status: 'succeeded' });
      await make({ status: 'failed' });
      await make({ status: 'canceled', message: 'a message' });
      await make({
        status: 'canceled',
        parent: { id: anId(1), batch: anId(2), index: 0, shard: 0, depth: 1 },
      });
      expect(await left()).toEqual([]);
      for (const status of ['queued', 'running', 'waiting', 'canceled'] as const) {
        const id = await make({ status });
        expect(await left()).toContainEqual(['job', id]);
        await store.write({
          ...{ id, transition: 'succeed', condition: [[{ attribute: 'updatedAt', atMost: t0 }]] },
          set: { status: 'succeeded' },
        });
      }
      expect(await left()).toEqual([]);
    });

    test('finds batches of children that are not over', async () => {
      const { batches, unfinished } = lookingOf();
      const root = aRoot({ tenant: 'parents', count: 100 });
      await batches.create(root);
      expect(await unfinished.find('parents')).toEqual([{ kind: 'batch', jobId: root.parent }]);
      await batches.addFull({ batch: root.batch, round: 1, shard: 0, unsuccessful: 0 });
      expect(await unfinished.find('parents')).toEqual([]);
    });
  });
}

describePlaces('InMemoryGroupPlaces', () => new InMemoryGroupPlaces());
describeUnfinished('inMemoryUnfinishedGroups', () => {
  const [store, batches] = [new InMemoryJobStore(), new InMemoryBatches()];
  const unfinished = inMemoryUnfinishedGroups({ items: store.items, roots: batches.roots });
  return { store, batches, unfinished };
});

describe('on the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describePlaces('dynamoDbGroupPlaces', () => ({
    ...dynamoDbGroupPlaces(aws.dynamoDb, aws.env),
    ...dynamoDbMovablePlaces(aws.dynamoDb, aws.env),
  }));
  describeUnfinished('dynamoDbUnfinishedGroups', () => ({
    store: dynamoDbJobStore(aws.dynamoDb, aws.env),
    batches: dynamoDbBatches(aws.dynamoDb, aws.env),
    // So few a page that what is found is on a later one.
    unfinished: dynamoDbUnfinishedGroups(aws.dynamoDb, aws.env, 2),
  }));

  test('a table that does not answer is unavailable', async () => {
    const places = dynamoDbGroupPlaces(aws.dynamoDb, { TABLE_NAME: 'nowhere' });
    await expect(places.read('acme')).rejects.toThrow(StoreUnavailableError);
    await expect(places.keep('acme', 1)).rejects.toThrow(StoreUnavailableError);
    await expect(places.since(t0)).rejects.toThrow(StoreUnavailableError);
  });
});
