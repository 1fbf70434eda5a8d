import { describe, expect, test } from '@jest/globals';
import { bulkAction as contract } from '../../../../job-types/bulk-action/contract.ts';
import { bulkAction } from '../../../../job-types/bulk-action/handler.ts';
import type { CheckpointOf } from '../../../../shared/job/handler.ts';
import { submittedAt, theJobActions } from '../../../set-ups/job-actions.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { anId } from '../../../set-ups/samples.ts';

type State = CheckpointOf<typeof contract>;

const count = 450;

async function failedJobs() {
  const world = theJobActions();
  for (let number = 1; number <= count; number += 1)
    await world.jobs.fail(await world.jobs.submit({ after: -number, id: anId(1_000 + number) }));
  return world;
}

/** Runs the action from a state. `checkpoint` gets every state, and may end the run. */
const run = (
  { actions }: Awaited<ReturnType<typeof failedJobs>>,
  over: { resume?: State; checkpoint?: (state: State) => Promise<void>; signal?: AbortSignal } = {},
) =>
  bulkAction(actions())(
    { action: 'retry', filter: { status: 'failed' } },
    aJobContext<State>({ id: anId(1), tenant: 'a tenant', submittedAt, ...over }),
  );

const resubmissions = ({ jobs }: Awaited<ReturnType<typeof failedJobs>>) =>
  [...jobs.store.items.values()].map(
    ({ history }) => history.filter(({ event }) => event === 'resubmitted').length,
  );

describe('a bulk action', () => {
  test('offers a state that fits its contract after every page but the last one', async () => {
    const states: State[] = [];
    await run(await failedJobs(), { checkpoint: async (state) => void states.push(state) });
    expect(states.map(({ done, skipped }) => [done, skipped])).toEqual([
      [100, 0],
      [200, 0],
      [300, 0],
      [400, 0],
    ]);
    for (const state of states) expect(contract.checkpoint?.parse(state)).toEqual(state);
  });

  test.each([1, 2, 3, 4])('goes on from its checkpoint %d, and does no job twice', async (crashAt) => {
    const world = await failedJobs();
    const states: State[] = [];
    const crashed = run(world, {
      checkpoint: async (state) => {
        states.push(state);
        if (states.length === crashAt) throw new Error('a crash');
      },
    });
    await expect(crashed).rejects.toThrow('a crash');
    const resume = states.at(-1);
    expect(await run(world, resume ? { resume } : {})).toEqual({ done: count, skipped: 0 });
    expect(new Set(resubmissions(world))).toEqual(new Set([1]));
    expect(world.queues.long.sent).toHaveLength(count);
  });

  test('that crashed before its first checkpoint begins anew, and finds what is left', async () => {
    const world = await failedJobs();
    const crashed = run(world, { checkpoint: () => Promise.reject(new Error('a crash')) });
    await expect(crashed).rejects.toThrow('a crash');
    expect(await run(world)).toEqual({ done: count - 100, skipped: 0 });
    expect(new Set(resubmissions(world))).toEqual(new Set([1]));
  });

  test('that is canceled leaves alone what it has not come to', async () => {
    const world = await failedJobs();
    const controller = new AbortController();
    const canceled = run(world, {
      signal: controller.signal,
      checkpoint: async ({ done }) => {
        if (done === 200) controller.abort(new Error('canceled'));
      },
    });
    await expect(canceled).rejects.toThrow('canceled');
    expect(resubmissions(world).filter((times) => times === 1)).toHaveLength(200);
  });

  test('skips what somebody else has changed since it was listed', async () => {
    const world = await failedJobs();
    const { list, act } = world.actions();
    const meddling = bulkAction({
      list: async (request) => {
        const page = await list(request);
        for (const { id } of page.jobs.slice(0, 3)) await world.jobs.retry(id);
        return page;
      },
      act,
    });
    const context = aJobContext<State>({ id: anId(1), tenant: 'a tenant', submittedAt });
    expect(await meddling({ action: 'retry', filter: { status: 'failed' } }, context)).toEqual({
      done: count - 15,
      skipped: 15,
    });
    expect(new Set(resubmissions(world))).toEqual(new Set([1]));
  });

  test('does no job twice if another one does the same at the same time', async () => {
    const world = await failedJobs();
    const results = await Promise.all([run(world), run(world)]);
    expect(new Set(resubmissions(world))).toEqual(new Set([1]));
    expect(new Set([...world.jobs.store.items.values()].map(({ run: its }) => its))).toEqual(new Set([2]));
    for (const { done, skipped } of results) expect(done + skipped).toBeLessThanOrEqual(count);
  });

  test('sees no job of another tenant', async () => {
    const world = await failedJobs();
    const context = aJobContext<State>({ id: anId(1), tenant: 'another tenant', submittedAt });
    const nothing = { done: 0, skipped: 0 };
    expect(
      await bulkAction(world.actions())({ action: 'erase', filter: { status: 'failed' } }, context),
    ).toEqual(nothing);
    expect(world.jobs.store.items.size).toBe(count);
    expect([...world.jobs.store.items.values()].filter(({ erased }) => erased)).toEqual([]);
  });
});
