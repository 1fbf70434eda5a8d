import { describe, expect, test } from '@jest/globals';
import { ParentNotifier } from '../../../../../shared/delivery/notify-parent.ts';
import { ConflictError, JobNotFoundError, NotFoundError } from '../../../../../shared/domain/base/errors.ts';
import {
  type BatchRoot,
  childIdOf,
  shardExpiryOf,
  shardKeyOf,
} from '../../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { cancelChild } from '../../../../../shared/operations/act/cancel-child.ts';
import { retryChild, retryChildren } from '../../../../../shared/operations/act/retry-children.ts';
import { findChild } from '../../../../../shared/operations/find/find-child.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryJobQueue,
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
  inMemoryJobQueues,
} from '../../../../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { suspending } from '../../../../../testkit/fakes/suspending.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import {
  aFailedItem,
  aQueuedItem,
  aRoot,
  aRunningItem,
  aStart,
  by,
  dayMs,
  jobId,
  retentionMs,
} from '../../../../set-ups/samples.ts';

const { batch } = aRoot();
const waits: Partial<JobItem> = { status: 'waiting', notBefore: 1, awaits: { until: 1, batches: [batch] } };

/** A job that waits for 250 children, of which the first hundred were sent. */
async function aFamily(parent: Partial<JobItem> = {}, over: Partial<BatchRoot> = {}) {
  const store = new InMemoryJobStore();
  const batches = inMemoryBatches();
  // Ends are counted a moment later.
  const clock = Object.assign(new FixedClock(), { sleep: async () => {} });
  const root = aRoot(over);
  await batches.create(root);
  store.items.set(jobId, aQueuedItem({ ...waits, batches: new Set([batch]), ...parent }));
  const place = { batch, round: root.round, shard: 0 };
  await batches.createShard({ ...place, version: 2, tenant: 'a tenant', size: 100, expiresAt: 1 });
  const pointers = new InMemoryPointerQueue();
  const { suspended, suspensions } = suspending();
  const deps = {
    ...{ store, batches, clock, pointers, suspensions, contracts, retentionMs, log: recordedLog() },
    family: new ParentNotifier({ store, pointers, batches, clock }),
    ordered: new InMemoryJobQueue({ isOrdered: true }),
    queues: inMemoryJobQueues(),
    objects: new InMemoryObjectStore(),
    notifications: new InMemoryNotificationQueue(),
  };
  const which = (index: number, tenant = 'a tenant') => ({ id: jobId, tenant, batch, index, by });
  return {
    ...{ batches, store, root, place, suspended, clock, pointers },
    find: (index: number, tenant?: string) => findChild(which(index, tenant), deps),
    cancel: (index: number, tenant?: string) => cancelChild(which(index, tenant), deps),
    againOne: (index: number, tenant = 'a tenant') => retryChild({ id: jobId, tenant, batch, index }, deps),
    again: (tenant = 'a tenant') => retryChildren({ id: jobId, tenant, batch }, deps),
    ended: (shard = 0) => [...(batches.stored.get(`batch/${batch}/${root.round}/${shard}`)?.ended ?? [])],
    put: (index: number, item: JobItem) => {
      const parentOf = { id: jobId, batch, index, shard: 0, depth: 1 };
      store.items.set(childIdOf(root, index), { ...item, id: childIdOf(root, index), parent: parentOf });
    },
  };
}

const ended = { status: 'succeeded', finishedAt: t0 } as const;

describe('findChild', () => {
  test('a child that has an item is as that says', async () => {
    const { find, put } = await aFamily();
    put(3, aRunningItem());
    expect(await find(3)).toMatchObject({ status: 'running', item: { parent: { index: 3 } } });
  });

  test.each<[string, number, Partial<JobItem>]>([
    ['was sent', 0, {}],
    ['is not sent yet', 249, {}],
    ['was sent before its parent has ended', 0, ended],
  ])('a child without an item that %s is queued', async (_what, index, parent) => {
    const { find } = await aFamily(parent);
    expect(await find(index)).toMatchObject({ status: 'queued', item: undefined });
  });

  test('one that is counted is expired, and one that was never sent when its parent ended is not sent', async () => {
    const { find, batches, place } = await aFamily(ended);
    await batches.add({ ...place, ended: [7], unsuccessful: [], expiresAt: 1 });
    await batches.addFull({ ...place, shard: 1, unsuccessful: 0 });
    const found = await Promise.all([7, 100, 200].map((index) => find(index)));
    expect(found.map(({ status }) => status)).toEqual(['expired', 'expired', 'not-sent']);
  });

  test('no queue has the message any more two weeks after the end of the parent', async () => {
    const { find } = await aFamily({ ...ended, finishedAt: t0 - 14 * dayMs });
    expect((await find(0)).status).toBe('not-sent');
  });

  test('one that is made again is queued, until no queue has its message any more', async () => {
    const again = await aFamily({}, { round: 2 });
    again.put(3, aFailedItem());
    expect((await again.find(3)).status).toBe('queued');
    const late = await aFamily({ ...ended, finishedAt: t0 - 14 * dayMs }, { round: 2 });
    late.put(3, aFailedItem());
    expect((await late.find(3)).status).toBe('not-sent');
  });

  test('there is none of another index, tenant or batch, and none that is erased', async () => {
    const { find, put, batches } = await aFamily();
    for (const index of [-1, 250, 0.5]) await expect(find(index)).rejects.toThrow(NotFoundError);
    await expect(find(0, 'another')).rejects.toThrow(JobNotFoundError);
    put(1, aFailedItem({ erased: true }));
    await expect(find(1)).rejects.toThrow(JobNotFoundError);
    await batches.beginErase(batch);
    await expect(find(0)).rejects.toThrow(NotFoundError);
  });
});

describe('cancelChild', () => {
  test('a child without an item gets one that is canceled, and is counted', async () => {
    const { cancel, root, ended: counted, batches, place, clock } = await aFamily();
    const child = await cancel(5);
    expect(child).toMatchObject({
      ...{ id: childIdOf(root, 5), status: 'canceled', canceledBy: by, run: 1, attempt: 0 },
      parent: { id: jobId, batch, index: 5, shard: 0, depth: 1 },
    });
    expect(child.startedAt).toBeUndefined();
    expect(counted()).toEqual(['5']);
    expect(batches.stored.get(shardKeyOf(place))?.expiresAt).toBe(shardExpiryOf(clock.now()));
    expect((await cancel(5)).finishedAt).toBe(child.finishedAt);
  });

  test('the shard of one that is not sent yet is made first', async () => {
    const { cancel, ended: counted, batches, place } = await aFamily();
    await cancel(249);
    expect(counted(2)).toEqual(['249']);
    expect(batches.stored.get(`batch/${batch}/1/2`)).toMatchObject({ ...place, shard: 2, size: 50 });
  });

  test('of one that runs its cancel is requested', async () => {
    const { cancel, put } = await aFamily();
    put(5, aRunningItem());
    expect(await cancel(5)).toMatchObject({ status: 'running', cancelRequested: true });
  });

  test('one that has ended otherwise, is not kept, or was never sent is a conflict', async () => {
    const { cancel, put, batches, place } = await aFamily(ended);
    put(1, aFailedItem({ status: 'succeeded', result: '1' }));
    await batches.add({ ...place, ended: [2], unsuccessful: [], expiresAt: 1 });
    for (const index of [1, 2, 249]) await expect(cancel(index)).rejects.toThrow(ConflictError);
  });

  test.each(['failed', 'canceled'] as const)(
    'one that was %s in an earlier round is a conflict',
    async (status) => {
      const { cancel, put } = await aFamily({}, { round: 2 });
      put(1, aFailedItem({ status }));
      await expect(cancel(1)).rejects.toThrow('is about to be made again');
      const late = await aFamily({ ...ended, finishedAt: t0 - 14 * dayMs }, { round: 2 });
      late.put(1, aFailedItem({ status }));
      await expect(late.cancel(1)).rejects.toThrow('was never sent');
    },
  );

  test('a call that finds that its batch was erased meanwhile stores nothing', async () => {
    const { cancel, batches, store } = await aFamily();
    await batches.eraseShard({ batch, round: 1, shard: 2 }, t0 + dayMs);
    await expect(cancel(249)).rejects.toThrow(NotFoundError);
    expect(store.items.size).toBe(1);
  });
});

describe('retryChildren', () => {
  test('marks the batch, once', async () => {
    const { again, batches } = await aFamily();
    expect((await again()).id).toBe(jobId);
    expect(batches.roots.get(batch)?.retries).toBe(true);
    expect((await again()).id).toBe(jobId);
  });

  test('has the parent look for lost children at once, and not again within five minutes', async () => {
    const { again, batches, pointers, clock } = await aFamily();
    await again();
    expect(batches.roots.get(batch)?.wantedAt).toBe(clock.now());
    expect(pointers.sent).toMatchObject([{ pointer: { id: jobId, again: true } }]);
    await again();
    expect(pointers.sent).toHaveLength(1);
    await clock.advance(5 * 60_000 + 1);
    await again();
    expect(pointers.sent).toHaveLength(2);
  });

  test.each<[string, Partial<JobItem>]>([
    ['has ended', ended],
    ['runs', { status: 'running' }],
    ['waits for something else', { awaits: { until: 1, batches: [] } }],
  ])('is a conflict if the parent %s', async (_what, parent) => {
    const { again, batches } = await aFamily(parent);
    await expect(again()).rejects.toThrow(ConflictError);
    expect(batches.roots.get(batch)?.retries).toBeUndefined();
  });

  test('is a conflict if all have ended, unless somebody has asked before', async () => {
    const { again, batches, place } = await aFamily({}, { count: 100 });
    await batches.addFull({ ...place, unsuccessful: 0 });
    await expect(again()).rejects.toThrow('All children have ended');
    const root = batches.roots.get(batch);
    if (root) batches.roots.set(batch, { ...root, retries: true });
    expect((await again()).id).toBe(jobId);
  });

  test('all that end between the look and the write are seen', async () => {
    const { again, batches, place } = await aFamily({}, { count: 100 });
    const askAgain = batches.askAgain.bind(batches);
    batches.askAgain = async (root) => {
      await batches.addFull({ ...place, unsuccessful: 0 });
      return askAgain(root);
    };
    await expect(again()).rejects.toThrow('All children have ended');
  });

  test('is not found for another tenant, and refused for one that is suspended', async () => {
    const { again, suspended } = await aFamily();
    await expect(again('another')).rejects.toThrow(JobNotFoundError);
    suspended.add('a tenant');
    await expect(again()).rejects.toThrow('suspended');
  });
});

describe('retryChild', () => {
  /** Children 4 and 5 have failed, 6 has succeeded, 7 has an end that is not counted yet, and 8 runs. */
  async function withEnds(parent: Partial<JobItem> = {}, over: Partial<BatchRoot> = {}) {
    const family = await aFamily(parent, over);
    const { batches, place, put } = family;
    await batches.add({ ...place, ended: [4, 5, 6], unsuccessful: [4, 5], expiresAt: 1 });
    for (const index of [4, 5, 7]) put(index, aFailedItem());
    put(6, aFailedItem({ ...ended, message: undefined }));
    put(8, aRunningItem());
    return { ...family, asked: () => [...(batches.roots.get(batch)?.again ?? [])] };
  }

  test('marks the child, once', async () => {
    const { againOne, asked } = await withEnds();
    for (const index of [4, 4, 7]) expect((await againOne(index)).id).toBe(jobId);
    expect(asked()).toEqual(['4', '7']);
  });

  test('is a conflict if the child has succeeded or has not ended, and there may be none', async () => {
    const { againOne, asked } = await withEnds();
    await expect(againOne(6)).rejects.toThrow('The child has succeeded');
    await expect(againOne(8)).rejects.toThrow('The child has not ended');
    await expect(againOne(9)).rejects.toThrow('The child has not ended');
    await expect(againOne(250)).rejects.toThrow(NotFoundError);
    await expect(againOne(4, 'another')).rejects.toThrow(JobNotFoundError);
    expect(asked()).toEqual([]);
  });

  test('is a conflict if its parent does not wait, or all have ended', async () => {
    await expect((await withEnds(ended)).againOne(4)).rejects.toThrow(ConflictError);
    const { againOne, batches, place } = await withEnds({}, { count: 100 });
    await batches.addFull({ ...place, unsuccessful: 0 });
    await expect(againOne(4)).rejects.toThrow('All children have ended');
  });

  test('marks nothing if all are asked for already', async () => {
    const { againOne, asked } = await withEnds({}, { retries: true });
    expect((await againOne(4)).id).toBe(jobId);
    expect(asked()).toEqual([]);
  });

  test('is a conflict if many others were asked for', async () => {
    const others = new Set(Array.from({ length: 100 }, (_, index) => String(index + 100)));
    const { againOne } = await withEnds({}, { again: others });
    await expect(againOne(4)).rejects.toThrow('ask for all');
  });

  test.each([
    { made: true, again: undefined },
    { made: false, again: ['4'] },
  ])(
    'asks anew if a round has begun meanwhile, unless that has made it again: $made',
    async ({ made, again }) => {
      const { againOne, batches, place, root, put } = await withEnds();
      const askAgain = batches.askAgain.bind(batches);
      batches.askAgain = async (read, index) => {
        batches.askAgain = askAgain;
        await batches.createShard({
          ...{ ...place, round: 2, version: 2, tenant: 'a tenant', size: 100, expiresAt: 1 },
          ...{ ended: new Set(['4']), unsuccessful: new Set(['4']) },
        });
        await batches.beginRound(root, aStart());
        if (made) put(4, aFailedItem({ run: 2 }));
        return askAgain(read, index);
      };
      expect((await againOne(4)).id).toBe(jobId);
      const asked = batches.roots.get(batch)?.again;
      expect(asked && [...asked]).toEqual(again);
    },
  );

  test('a child that stays as it is in a later round is not about to be made again', async () => {
    const { cancel } = await withEnds({}, { round: 2 });
    await expect(cancel(4)).rejects.toThrow('failed');
    await expect(cancel(7)).rejects.toThrow('about to be made again');
  });
});
