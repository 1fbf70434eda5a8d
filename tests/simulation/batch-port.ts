import type { BatchStore } from '../../shared/domain/children/batch-ports.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The batches of children as one instance sees them. */
export function batchPort(world: World, instance: Instance): BatchStore {
  const { batches, say, guard, childRule, groupParentRule } = world;
  const call = <T>(what: string, effect: () => Promise<T>): Promise<T> =>
    instance.call('table', what, async () => {
      const result = await effect();
      say(`${instance.name}:    ${what} ${result === undefined ? 'refused' : 'done'}`);
      return result;
    });
  return {
    read: async (batch) => {
      await world.interpose?.(instance.role, 'read a batch', batch);
      return instance.call('table', 'read a batch', () => batches.read(batch));
    },
    find: async (batch) => {
      await world.interpose?.(instance.role, 'read a batch', batch);
      return instance.call('table', 'read a batch', () => batches.find(batch));
    },
    create: (root) =>
      call('create a batch', () => {
        world.childEndsRule.onCreated(root);
        // Who ended the batch before it was made has ended nothing.
        if (!batches.roots.has(root.batch)) childRule.onReopened(root.batch);
        return batches.create(root);
      }),
    createShard: (shard) => call('create a shard', () => batches.createShard(shard)),
    shards: async (batch, round, shards) => {
      await world.interpose?.(instance.role, 'read shards', batch);
      return instance.call('table', 'read shards', () => batches.shards(batch, round, shards));
    },
    add: (tally) => {
      // The request has what it was given when it was made.
      const request = structuredClone(tally);
      return call('count an end', async () => {
        const after = await batches.add(request);
        if (after) guard(() => childRule.onCounted(request));
        childRule.early.onCounted(request.batch);
        return after;
      });
    },
    addFull: (place) =>
      call('add a full shard', async () => {
        const after = await batches.addFull(place);
        if (after) guard(() => childRule.onFull({ ...place, round: after.round }));
        if (after) guard(() => groupParentRule.onFull(place.batch, world.time.now));
        return after;
      }),
    addEarly: (ends) =>
      call('tell a root of ends', async () => {
        const before = batches.roots.get(ends.batch);
        const after = await batches.addEarly(ends);
        if (before && after) guard(() => childRule.early.onAdded(ends, before));
        return after;
      }),
    endParent: (ended) =>
      call('end a batch', async () => {
        await batches.endParent(ended);
        guard(() => childRule.onEnded(ended.batch));
      }),
    keep: (kept) => call('keep a batch', () => batches.keep(kept)),
    reopen: (batch, run) =>
      call('reopen a batch', async () => {
        const reopened = await batches.reopen(batch, run);
        if (reopened) childRule.onReopened(batch);
        return reopened;
      }),
    askAgain: async (root, index) => {
      await world.interpose?.(instance.role, 'ask for a round', root.batch);
      return call('ask for a round', async () => {
        const before = batches.roots.get(root.batch);
        const asked = await batches.askAgain(root, index);
        if (asked && before) guard(() => childRule.onAskedAgain(before));
        return asked;
      });
    },
    wantLook: (root, now) => call('want a look', () => batches.wantLook(root, now)),
    noteLook: (root, now, note) => call('note a look', () => batches.noteLook(root, now, note)),
    beginErase: (batch) => call('begin to erase a batch', () => batches.beginErase(batch)),
    eraseShard: (place, expiresAt) => call('erase a shard', () => batches.eraseShard(place, expiresAt)),
    keepErased: (batch, erasedTo) => call('keep what is erased', () => batches.keepErased(batch, erasedTo)),
    finishErase: (batch, expiresAt) => call('erase a batch', () => batches.finishErase(batch, expiresAt)),
    beginRound: async (root, start) => {
      await world.interpose?.(instance.role, 'begin a round', root.batch);
      return call('begin a round', () => batches.beginRound(root, start));
    },
  };
}
