import { describe, expect, test } from '@jest/globals';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { aParent, contracts, three } from '../../../../set-ups/spawning.ts';

const { counting } = contracts;

describe('a job that looks at its children late', () => {
  const { clock, days } = { clock: new FixedClock(), days: 24 * 3600_000 };

  /** All have ended, and their shard has expired. */
  async function late(unsuccessful: number) {
    const parent = aParent();
    await parent.slice().spawn('all', counting, three);
    const [{ batch = '' } = {}] = parent.batches.roots.values();
    await parent.batches.addFull({ batch, round: 1, shard: 0, unsuccessful });
    parent.batches.stored.clear();
    return {
      ...parent,
      settled: async (run: number) => (await parent.slice({ run }).spawn('all', counting, three)).settled(),
    };
  }

  test('knows how many have failed when their shard has expired', async () => {
    const { settled } = await late(1);
    expect(await settled(1)).toEqual({ succeeded: 2, unsuccessful: 1 });
  });

  test('cannot make those again of which nobody knows which they are, and takes none for a success', async () => {
    const { settled } = await late(1);
    await expect(settled(2)).rejects.toThrow('the batch "all" is gone');
  });

  test('needs no shard in which all have succeeded', async () => {
    const { settled } = await late(0);
    expect(await settled(2)).toEqual({ succeeded: 3, unsuccessful: 0 });
  });

  test('does not wait for children whose shard has expired before they have ended', async () => {
    const parent = aParent();
    await parent.slice().spawn('all', counting, three);
    parent.wasLookedAt(clock.now() - 48 * 3600_000);
    parent.batches.stored.clear();
    const batch = await parent.slice().spawn('all', counting, three);
    await expect(batch.settled()).rejects.toThrow('the batch "all" is gone');
  });

  test.each([
    ['tomorrow', 1, 400],
    ['in a year and two weeks', 379, 400],
    ['later than after any wait', 390, 390],
  ])('keeps a root for longer that expires %s, if its run was revived', async (_when, left, kept) => {
    const { slice, batches } = aParent();
    await slice().spawn('all', counting, three);
    const [root] = batches.roots.values();
    const inDays = (number: number) => Math.ceil((clock.now() + number * days) / 1000);
    if (root) batches.roots.set(root.batch, { ...root, expiresAt: inDays(left) });
    await slice().spawn('all', counting, three);
    expect([...batches.roots.values()].map(({ expiresAt }) => expiresAt)).toEqual([inDays(kept)]);
  });

  test('sends those that it makes again with the time of their round: their first fencing token is a new one', async () => {
    const { slice, batches, sent, endSome } = aParent();
    await slice().spawn('all', counting, three);
    await endSome([0, 1, 2], [1]);
    const [root] = batches.roots.values();
    const { batch = '', createdAt = 0 } = root ?? {};
    await batches.addFull({ batch, round: 1, shard: 0, unsuccessful: 1 });
    const again = await slice({ run: 2 }).spawn('all', counting, three);
    await expect(again.settled()).rejects.toThrow('the slice ends');
    expect(sent.slice(3).map(({ run, submittedAt }) => ({ run, submittedAt }))).toEqual([
      { run: 2, submittedAt: createdAt + 1 },
    ]);
  });
});
