import { describe, expect, test } from '@jest/globals';
import { addEarlyEnds } from '../../../../shared/delivery/add-early-ends.ts';
import type { BatchRoot, EarlyConditions } from '../../../../shared/domain/children/batch.ts';
import { type InMemoryBatches, inMemoryBatches } from '../../../../testkit/fakes/in-memory-batches.ts';
import { aRoot, aStart } from '../../../set-ups/samples.ts';

/** A batch with one shard, and the calls that were made. */
async function aBatch(bounds: EarlyConditions, over: Partial<BatchRoot> = {}) {
  const [batches, calls] = [inMemoryBatches(), [] as string[]];
  const root = aRoot({ ...bounds, ...over });
  await batches.create(root);
  const { batch, tenant } = root;
  const shard = { ...{ batch, version: 2, tenant, round: 1, shard: 0, size: 100, expiresAt: 1 }, ...bounds };
  const recorded = new Proxy(batches, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return (...all: unknown[]) => {
        calls.push(String(name));
        return call.apply(target, all);
      };
    },
  });
  return {
    calls,
    add: (ended: number[], unsuccessful: number[] = []) =>
      addEarlyEnds(shard, { ended, unsuccessful }, { batches: recorded }),
    inBetween: (happens: () => Promise<unknown>) => {
      const { addEarly } = batches;
      batches.addEarly = async (ends) => {
        batches.addEarly = addEarly;
        await happens();
        return batches.addEarly(ends);
      };
    },
    batches,
    batch,
  };
}

describe('ends that count early', () => {
  test.each([
    ['of a batch without early conditions', {}, [1, 2], [2]],
    ['that have succeeded, where only failures decide', { tolerate: 0 }, [1], []],
    ['that have failed, where only successes decide', { any: 1 }, [1], [1]],
  ])('cost nothing %s', async (_what, bounds, ended, unsuccessful) => {
    const { add, calls } = await aBatch(bounds);
    expect(await add(ended, unsuccessful)).toBeUndefined();
    expect(calls).toEqual([]);
  });

  test('are added to the root by their kind', async () => {
    const { add, calls } = await aBatch({ any: 3, tolerate: 1 });
    const expected = { earlySucceeded: new Set(['1', '2']), earlyUnsuccessful: new Set(['3']) };
    expect(await add([1, 2, 3], [3])).toMatchObject(expected);
    expect(calls).toEqual(['read', 'addEarly', 'addEarly']);
  });

  test('are added up to the bound, and cost a read after that', async () => {
    const { add, calls } = await aBatch({ any: 2 });
    expect((await add([1, 2, 3]))?.earlySucceeded).toEqual(new Set(['1', '2']));
    expect((await add([4]))?.earlySucceeded).toEqual(new Set(['1', '2']));
    expect(calls).toEqual(['read', 'addEarly', 'read']);
  });

  test('that come again are not written again', async () => {
    const { add, calls } = await aBatch({ any: 2 });
    await add([1]);
    expect((await add([1]))?.earlySucceeded).toEqual(new Set(['1']));
    expect(calls).toEqual(['read', 'addEarly', 'read']);
  });

  test('are read once more if others have decided the batch meanwhile', async () => {
    const { add, calls, inBetween, batches, batch } = await aBatch({ any: 1 });
    inBetween(() => batches.addEarly({ batch, round: 1, kind: 'succeeded', indexes: [7], bound: 1 }));
    expect((await add([1]))?.earlySucceeded).toEqual(new Set(['7']));
    expect(calls).toEqual(['read', 'addEarly', 'read']);
  });

  test('change nothing in a later round', async () => {
    const late = await aBatch({ any: 1 }, { round: 2 });
    expect(await late.add([1])).toBeUndefined();
    expect(late.calls).toEqual(['read']);
    const { add, inBetween, batches, batch } = await aBatch({ any: 1 });
    inBetween(async () => batches.beginRound(await batchOf(batches, batch), aStart()));
    expect(await add([1])).toBeUndefined();
    expect((await batchOf(batches, batch)).earlySucceeded).toBeUndefined();
  });
});

const batchOf = async (batches: InMemoryBatches, batch: string): Promise<BatchRoot> =>
  (await batches.read(batch)) ?? aRoot();
