import { describe, expect, test } from '@jest/globals';
import { type BulkFilter, bulkAction as contract } from '../../../../job-types/bulk-action/contract.ts';
import { bulkAction, type JobActions } from '../../../../job-types/bulk-action/handler.ts';
import type { CheckpointOf } from '../../../../shared/author/handler.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import type { JobAction } from '../../../../shared/domain/state/job/job-action.ts';
import { submittedAt, theJobActions } from '../../../set-ups/job-actions.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem } from '../../../set-ups/samples.ts';

const ownId = anId(1);

const jobs = (count: number, item = aFailedItem) =>
  Array.from({ length: count }, (_, at) => item({ id: anId(at + 100) }));

const canceled = aFailedItem({ id: anId(5), status: 'canceled' });
const succeeded = aFailedItem({ id: anId(4), status: 'succeeded' });
const failed = aFailedItem({ id: anId(3) });
const running = aRunningItem({ id: anId(7) });
const waiting = aQueuedItem({ id: anId(8), status: 'waiting' });
const queued = aQueuedItem({ id: anId(9) });

describe('handler', () => {
  /** Jobs of a tenant, newest first, and what was asked of them. */
  function given(
    jobs: readonly JobItem[],
    act: JobActions['act'] = async () => 'done',
    newer: readonly object[] = [],
  ) {
    const asked: Parameters<JobActions['list']>[0][] = [];
    const acted: string[] = [];
    const reported: unknown[] = [];
    const handler = bulkAction({
      list: async (request) => {
        asked.push(request);
        const start = Number(request.below ?? 0);
        const end = start + request.limit;
        return { jobs: jobs.slice(start, end), newer, ...(end < jobs.length ? { next: String(end) } : {}) };
      },
      act: (action, seen, by) => {
        acted.push(`${action} ${seen.id}`);
        return act(action, seen, by);
      },
    });
    const run = (
      action: JobAction,
      filter: BulkFilter = { group: 'g' },
      { other, ...over }: { other?: { tenant: string; by: string }; [name: string]: unknown } = {},
    ) =>
      handler(
        { action, filter, other },
        aJobContext({
          id: ownId,
          tenant: 'a tenant',
          submittedAt,
          progress: (...report: unknown[]) => void reported.push(report),
          ...over,
        }),
      );
    return { run, asked, acted, reported };
  }

  describe('a bulk action asks for', () => {
    test('the jobs of its tenant that pass its filter, and were created before it', async () => {
      const { run, asked } = given([]);
      expect(await run('cancel', { type: 'counting', tags: ['a'], since: 5 })).toEqual({
        done: 0,
        skipped: 0,
      });
      expect(asked).toEqual([
        {
          tenant: 'a tenant',
          filter: { type: 'counting', tags: ['a'], since: 5, until: submittedAt },
          limit: 100,
          below: undefined,
        },
      ]);
    });

    test.each([
      [submittedAt - 1, submittedAt - 1],
      [submittedAt + 1, submittedAt],
    ])('jobs until %d, if its filter says so: until %d', async (until, expected) => {
      const { run, asked } = given([]);
      await run('cancel', { until });
      expect(asked[0]?.filter.until).toBe(expected);
    });

    test.each([
      ['failed jobs, to retry them', 'retry', {}, 'failed'],
      ['canceled jobs, to retry them, only if it is told to', 'retry', { status: 'canceled' }, 'canceled'],
      ['jobs of all states, to cancel them', 'cancel', {}, undefined],
      ['jobs of all states, to erase them', 'erase', {}, undefined],
    ] as const)('%s', async (_what, action, filter, status) => {
      const { run, asked } = given([]);
      await run(action, { ...filter, group: 'g' });
      expect(asked[0]?.filter.status).toBe(status);
    });
  });

  describe('a bulk action acts on', () => {
    test.each([
      ['cancel', [running, waiting, queued]],
      ['retry', [failed, canceled]],
      ['erase', [failed, succeeded, canceled]],
    ] as const)('the jobs that one can %s', async (action, expected) => {
      const { run, acted } = given([failed, running, succeeded, waiting, canceled, queued]);
      expect(await run(action)).toEqual({ done: expected.length, skipped: 0 });
      expect(acted).toEqual(expected.map(({ id }) => `${action} ${id}`));
    });

    test.each(['retry', 'erase'] as const)(
      'no job that has ended since it began, to %s it: it may have done that itself',
      async (action) => {
        const { run, acted } = given([
          aFailedItem({ id: anId(2), finishedAt: submittedAt }),
          aFailedItem({ id: anId(3), finishedAt: submittedAt - 1 }),
        ]);
        await run(action);
        expect(acted).toEqual([`${action} ${anId(3)}`]);
      },
    );

    test('of an operator, all jobs of the other tenant, with its bulk actions, and says who acts', async () => {
      const type = 'bulk-action';
      const by: unknown[] = [];
      const one = given([aRunningItem({ id: anId(2), type }), running], async (_action, _seen, who) => {
        by.push(who);
        return 'done';
      });
      expect(await one.run('cancel', {}, { other: { tenant: 'acme', by: 'key/one' } })).toEqual({
        done: 2,
        skipped: 0,
      });
      expect(one.asked).toMatchObject([{ tenant: 'acme' }]);
      expect(by).toEqual(['key/one', 'key/one']);
    });

    test('neither itself nor other bulk actions', async () => {
      const type = 'bulk-action';
      const all = [aRunningItem({ id: ownId, type }), aRunningItem({ id: anId(2), type }), running];
      const one = given(all);
      expect(await one.run('cancel')).toEqual({ done: 1, skipped: 0 });
      expect(one.acted).toEqual([`cancel ${running.id}`]);
      const other = given(all.slice(0, 2));
      await other.run('cancel', { type });
      expect(other.acted).toEqual([`cancel ${anId(2)}`]);
    });
  });

  describe('the result of a bulk action', () => {
    test('counts apart the jobs that had changed since they were listed', async () => {
      const { run, reported } = given(jobs(250), async (_action, { id }) =>
        id.endsWith('5') ? 'skipped' : 'done',
      );
      expect(await run('retry')).toEqual({ done: 225, skipped: 25 });
      expect(reported).toEqual([
        [0, '90 done, 10 skipped'],
        [0, '180 done, 20 skipped'],
        [0, '225 done, 25 skipped'],
        [100, '225 done, 25 skipped'],
      ]);
    });
  });

  describe('the result of a bulk action says what it did, not what it tried', () => {
    const outcomes = ['done', 'requested', 'skipped', 'newer'] as const;
    const byId: JobActions['act'] = async (_action, { id }) => outcomes[Number(id.at(-1)) % 4] ?? 'done';

    test('of a running job it says that a worker is to cancel it', async () => {
      const one = given([running], async () => 'requested');
      expect(await one.run('cancel')).toEqual({ done: 0, requested: 1, skipped: 0 });
      expect(one.reported.at(-1)).toEqual([100, '0 done, 1 to be canceled, 0 skipped']);
    });

    test('of a job of a newer version it says that it was left alone, listed or met', async () => {
      const { run, acted } = given([queued], async () => 'newer', [{}, {}]);
      const result = await run('cancel');
      expect(result).toEqual({ done: 0, skipped: 0, newer: 3 });
      expect(acted).toEqual([`cancel ${queued.id}`]);
      expect(contract.result.parse(result)).toEqual(result);
    });

    test('it goes on with the counts of its saved state', async () => {
      const states: object[] = [];
      const all = jobs(120);
      const whole = await given(all, byId).run('retry', undefined, {
        checkpoint: async (state: object) => void states.push(state),
      });
      expect(states).toEqual([{ done: 30, requested: 30, skipped: 20, newer: 20, below: '100' }]);
      expect(contract.checkpoint?.parse(states[0])).toEqual(states[0]);
      expect(await given(all, byId).run('retry', undefined, { resume: states[0] })).toEqual(whole);
      expect(whole).toEqual({ done: 36, requested: 36, skipped: 24, newer: 24 });
    });
  });

  describe('a bulk action whose calls fail', () => {
    test('fails with the first error, and begins no more than twenty at a time', async () => {
      let count = 0;
      const { run, acted } = given(jobs(100), async () => {
        count += 1;
        if (count === 3) throw new Error('no');
        return 'done';
      });
      await expect(run('retry')).rejects.toThrow('no');
      expect(acted).toHaveLength(20);
    });

    test('stops within twenty jobs of a cancel, with the reason of the signal', async () => {
      const controller = new AbortController();
      const { run, acted } = given(jobs(100), async () => {
        controller.abort(new Error('canceled'));
        return 'done';
      });
      await expect(run('retry', {}, { signal: controller.signal })).rejects.toThrow('canceled');
      expect(acted).toHaveLength(20);
    });
  });
});

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
