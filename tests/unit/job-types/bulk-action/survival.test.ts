import { describe, expect, it, test } from '@jest/globals';
import { bulkAction as contract } from '../../../../job-types/bulk-action/contract.ts';
import { bulkAction, type JobActions } from '../../../../job-types/bulk-action/handler.ts';
import type { CheckpointOf, JobHandler } from '../../../../shared/author/handler.ts';
import { PermanentError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../../../shared/worker/attempt/process-delivery.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { anyNumber, once } from '../../../../testkit/effects.ts';
import { SeededRandom } from '../../../../testkit/play/seeded-random.ts';
import { leftOf, withChildren } from '../../../set-ups/family.ts';
import { handlers } from '../../../set-ups/handlers.ts';
import { submittedAt, theJobActions } from '../../../set-ups/job-actions.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { aDelivery, anId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

const count = 110;

async function failedJobs() {
  const world = theJobActions();
  for (let number = 1; number <= count; number += 1)
    await world.jobs.fail(await world.jobs.submit({ after: -number, id: anId(1_000 + number) }));
  return world.actions();
}

/** The lists and actions that are deployed, on fakes. */
const effects = () => {
  const actions = failedJobs();
  return {
    list: anyNumber(async (request: Parameters<JobActions['list']>[0]) => (await actions).list(request)),
    act: once(async (...all: Parameters<JobActions['act']>) => (await actions).act(...all)),
  };
};

interface Counts {
  readonly done: number;
  readonly skipped: number;
}

describe('a bulk action', () => {
  it('acts on every job once, wherever it is cut, and counts no more than it did', async () => {
    const { cuts } = await cutEverywhere(
      { contract, handlerWith: bulkAction },
      { action: 'retry', filter: { status: 'failed' } },
      {
        effects,
        submittedAt,
        maxCuts: 80,
        sameResult: (one, other) => (one as Counts).done <= (other as Counts).done,
      },
    );
    expect(cuts).toBe(80);
  });
});

/** Half of the jobs fail again. They must not be retried for that. */
function runsOf() {
  const ran: string[] = [];
  const counting: JobHandler<never> = (_payload, { id }) => {
    ran.push(id);
    if (ran.length % 2 === 0) throw new PermanentError('failed again');
    return { seconds: 0 } as never;
  };
  return { ran, counting: counting as unknown as typeof handlers.counting };
}

type State = CheckpointOf<typeof contract>;

/** How a worker dies: one of its calls fails, or the whole process is gone at once. */
type Death = 'a call fails' | 'the process dies';

/**
 * Plays a bulk action whose worker dies at random: before a call or after it. In between, other workers do what they
 * find in the queue.
 */
async function play(seed: number, count: number, death: Death) {
  const { jobs, queues, clock, actions } = theJobActions();
  for (let number = 1; number <= count; number += 1) {
    await jobs.submit({ after: -number * 7, id: anId(1_000 + number) });
    await jobs.fail(anId(1_000 + number));
  }
  const random = new SeededRandom(seed);
  const { ran, counting } = runsOf();
  const worker = { ...aWorker().deps, store: jobs.store, clock, handlers: { ...handlers, counting } };
  const queue = queues.long.sent;
  let sent = 0;
  const work = async (deliveries: number) => {
    for (let done = 0; done < deliveries; done += 1) {
      const next = queue.shift();
      if (!next) return;
      sent += 1;
      const body = writeMessage(next.message);
      const { kind } = await processDelivery(aDelivery({ body }), anInvocation(clock), worker);
      if (kind === 'delete') continue;
      sent -= 1;
      queue.push(next);
    }
  };

  let resume: State | undefined;
  let deaths = 0;
  const live = () => {
    let isDead = false;
    const mayDie = () => {
      if (!isDead && !random.chance(8 / count)) return;
      isDead = death === 'the process dies';
      throw new StoreUnavailableError('dead');
    };
    const context = aJobContext<State>({
      resume,
      id: anId(1),
      tenant: 'a tenant',
      submittedAt,
      checkpoint: async (state) => {
        // Only some are stored: the heartbeat saves every few seconds.
        if (random.chance(0.5)) resume = structuredClone(state);
      },
    });
    return bulkAction(actions({ before: mayDie, after: mayDie }))(
      { action: 'retry', filter: { status: 'failed' } },
      context,
    );
  };
  for (;;) {
    const result = await Promise.resolve(live()).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailableError)) throw error;
      deaths += 1;
    });
    await work(result ? Infinity : random.below(300));
    if (result) return { result, deaths, ran, sent, items: [...jobs.store.items.values()] };
  }
}

describe('five thousand', () => {
  test.each([
    [5_000, 'the process dies', 1],
    [1_000, 'a call fails', 2],
  ] as const)(
    'each of %d failed jobs is retried exactly once, however often %s while the bulk action runs (seed %d)',
    async (count, death, seed) => {
      const { result, deaths, ran, sent, items } = await play(seed, count, death);
      expect(deaths).toBeGreaterThan(10);
      expect(items).toHaveLength(count);
      expect(new Set(items.map(({ run }) => run))).toEqual(new Set([2]));
      const resubmitted = items.map(({ history }) => history.filter(({ event }) => event === 'resubmitted'));
      expect(new Set(resubmitted.map(({ length }) => length))).toEqual(new Set([1]));
      expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['succeeded', 'failed']));
      // Duplicates of a message are allowed, but do nothing.
      expect(sent).toBeGreaterThanOrEqual(count);
      expect(ran).toHaveLength(count);
      expect(new Set(ran).size).toBe(count);
      // What was done after the last stored state is not counted.
      expect(result.done).toBeLessThanOrEqual(count);
    },
  );
});

describe('a tenant with parents and their children', () => {
  it('is erased, and nothing of it is left', async () => {
    const { jobs, actions, tables } = theJobActions();
    for (let number = 1; number <= 4; number += 1) {
      const id = await jobs.submit({ after: -number, id: anId(1_000 + number) });
      await jobs.succeed(id);
      const parent = tables.items.get(id);
      if (!parent) throw new Error('there is no parent');
      const { children } = await withChildren(tables, parent);
      if (children[3]) await withChildren(tables, children[3]);
    }
    const states: unknown[] = [];
    const context = aJobContext<State>({
      ...{ id: anId(1), tenant: 'a tenant', submittedAt },
      checkpoint: async (state) => void states.push(state),
    });
    const result = await bulkAction(actions({ erasesAtOnce: { looks: 100, erases: 2 } }))(
      { action: 'erase', filter: {} },
      context,
    );
    expect(result).toEqual({ done: 4, skipped: 0 });
    expect(leftOf(tables)).toEqual([]);
    expect([...tables.items.values()].filter(({ tenant }) => tenant !== '')).toEqual([]);
    expect(states.length).toBeGreaterThan(4);
  });

  it('of one job, erases that and no other', async () => {
    const { jobs, actions, tables } = theJobActions();
    const [one, other] = [await jobs.submit({ id: anId(1_001) }), await jobs.submit({ id: anId(1_002) })];
    for (const id of [one, other]) await jobs.succeed(id);
    const context = aJobContext<State>({ id: anId(1), tenant: 'a tenant', submittedAt });
    expect(await bulkAction(actions())({ action: 'erase', filter: { id: one } }, context)).toEqual({
      done: 1,
      skipped: 0,
    });
    expect(leftOf(tables)).toEqual([other]);
  });
});
