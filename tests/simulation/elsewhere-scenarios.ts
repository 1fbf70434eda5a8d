import { withCancel } from '../../shared/author/handler.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import { longFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/**
 * Jobs that start something elsewhere, and look at it from time to time. The intent is stored before, so that `cancel`
 * knows of it, in each call.
 */
const pollEverySeconds = 600;

type Counting = World['handlers']['counting'];

const starting =
  ({ elsewhere }: World, pollSeconds: number): Counting =>
  async ({ seconds, failFirst = 0 }, job) => {
    let polls = job.resume?.passed ?? 0;
    if (polls === 0) {
      polls = 1;
      await job.checkpoint({ passed: polls }, { flush: true });
      job.signal.throwIfAborted();
      elsewhere.start(job.id);
    }
    if (job.attempt <= failFirst) throw new Error('the other service does not answer');
    await job.pause(seconds);
    if (polls < 4) await job.sleep(pollSeconds, { passed: polls + 1 });
    elsewhere.end(job.id);
    return { seconds };
  };

export const arranged =
  ({ refusals = 0, pollSeconds = pollEverySeconds } = {}) =>
  (world: World): void => {
    world.elsewhere.refusals = refusals;
    world.contracts = { ...contracts, counting: { ...contracts.counting, hasCancel: true } };
    world.handlers = {
      ...world.handlers,
      counting: withCancel<typeof contracts.counting>(
        starting(world, pollSeconds),
        async (_payload, { id, resume }) => {
          // A job that is retried has a state, too. Nothing of what it has started before is left.
          if (resume) world.elsewhere.cancel(id);
        },
      ),
    };
  };

const settings = { figures: longFigures };
const onlyJob = (world: World): JobItem | undefined => [...world.table.items.values()][0];

/** Undisturbed it is canceled within seconds, whatever it waits for. */
const expectSoon = (world: World): void => {
  expectStatus(world, 'canceled', 'succeeded', 'failed');
  if (world.settings.plan) return;
  const { finishedAt = 0, status } = onlyJob(world) ?? {};
  if (status !== 'canceled' || finishedAt - canceledAt(world) > 10_000)
    throw new Violation('a cancel is carried out soon', `${status}, ${finishedAt - canceledAt(world)} ms`);
};

const canceled = new WeakMap<World, number>();
const canceledAt = (world: World): number => canceled.get(world) ?? 0;

interface Course {
  readonly name: string;
  readonly payload?: unknown;
  readonly group?: string;
  readonly afterMs: number;
  readonly refusals?: number;
  readonly pollSeconds?: number;
  readonly takenOverWithinMs?: number;
  readonly more?: (client: Client, id: string) => Promise<unknown>;
  readonly assert?: (world: World) => void;
}

const canceling = ({
  name,
  payload = { seconds: 0 },
  afterMs,
  refusals,
  pollSeconds,
  takenOverWithinMs,
  more,
  ...rest
}: Course): Scenario => ({
  name,
  settings: { ...settings, ...(takenOverWithinMs === undefined ? {} : { takenOverWithinMs }) },
  arrange: arranged({ refusals, pollSeconds }),
  act: async (client, world) => {
    const { group } = rest;
    const { job } = await client.insist({ key: 'k', payload, ...(group === undefined ? {} : { group }) });
    if (!job) return;
    await client.pause(afterMs);
    canceled.set(world, world.time.now);
    await client.cancel(job.id);
    await more?.(client, job.id);
  },
  assert: rest.assert ?? expectSoon,
});

const anyEnd = (world: World): void => expectStatus(world, 'canceled', 'succeeded', 'failed');

/** A process without handlers gets a copy of the message while the other service refuses the cancel. */
const copiesElsewhere: Scenario = {
  name: 'admission and the dead-letter function meet a job whose cancel is to be passed on',
  // Each copy that the dead-letter function or admission gets is sent on.
  settings: { ...settings, takenOverWithinMs: Number.POSITIVE_INFINITY, maxAdmissions: 20 },
  arrange: arranged({ refusals: 3 }),
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k', payload: { seconds: 0 } });
    const [copy] = world.queue.bodies;
    if (!job || copy === undefined) return;
    await client.pause(200_000);
    await client.cancel(job.id);
    for (const queue of [world.waiting, world.deadLetters]) queue.send(copy, { delayMs: 100 });
  },
  assert: anyEnd,
};

/** A job that is about to sleep does not know yet that it is to be canceled. */
const canceledBeforeSleep: Scenario = {
  name: 'a cancel comes right before a job that has started something elsewhere goes to sleep',
  settings,
  arrange: arranged(),
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'sleep',
      (id) => client.cancel(id),
      'worker',
    );
    await client.insist({ key: 'k', payload: { seconds: 0 } });
  },
  assert: anyEnd,
};

export const elsewhereScenarios: readonly Scenario[] = [
  canceledBeforeSleep,
  copiesElsewhere,
  canceling({ name: 'what a sleeping job has started elsewhere is canceled with it', afterMs: 200_000 }),
  canceling({
    name: 'what a job that sleeps for an hour has started elsewhere is canceled with it',
    pollSeconds: 3_600,
    afterMs: 200_000,
  }),
  canceling({
    name: 'what a running job has started elsewhere is canceled with it',
    payload: { seconds: 400 },
    afterMs: 20_000,
    assert: anyEnd,
  }),
  canceling({
    name: 'what a job has started elsewhere is canceled with it while it waits for another attempt',
    payload: { seconds: 0, failFirst: 2 },
    afterMs: 500,
    assert: anyEnd,
  }),
  canceling({
    name: 'what a sleeping job of a group has started elsewhere is canceled with it',
    group: 'g',
    afterMs: 200_000,
  }),
  canceling({
    name: 'the other service refuses the cancel twice',
    afterMs: 200_000,
    refusals: 2,
    // Each refusal is one more wait, whose length is that of a failed message.
    takenOverWithinMs: Number.POSITIVE_INFINITY,
    assert: anyEnd,
  }),
  canceling({
    name: 'a job that has started something elsewhere is canceled and retried',
    afterMs: 200_000,
    more: async (client, id) => {
      await client.until(id, 'canceled');
      await client.retry(id);
    },
    assert: anyEnd,
  }),
];
