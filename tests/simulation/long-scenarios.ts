import { longFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const hourSeconds = 3600;

const onlyJob = (world: World) => [...world.table.items.values()][0];

const expectResult = (world: World, seconds: number): void => {
  const result = onlyJob(world)?.result;
  if (result !== undefined && result !== JSON.stringify({ seconds }))
    throw new Violation('the result is that of an undisturbed run', `${result}, not ${seconds} seconds`);
};

/** A handler that saves its state at every step, and is handed over from slice to slice. */
export const inSteps =
  (stepSeconds: number): World['handlers']['counting'] =>
  async ({ seconds }, job) => {
    let passed = job.resume?.passed ?? 0;
    while (passed < seconds) {
      await job.pause(Math.min(stepSeconds, seconds - passed));
      passed += Math.min(stepSeconds, seconds - passed);
      job.progress((passed / seconds) * 100);
      await job.checkpoint({ passed });
    }
    return { seconds: passed };
  };

export const sixHours: Scenario = {
  name: 'a job of six hours in slices of a quarter of an hour',
  settings: { figures: longFigures },
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: inSteps(290) };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: 6 * hourSeconds } });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectResult(world, 6 * hourSeconds);
    // If the submission itself failed there is no job.
    const slices = onlyJob(world)?.slices ?? 20;
    if (slices < 20) throw new Violation('a long job is handed over', `${slices} times`);
    const entries = onlyJob(world)?.history.length ?? 0;
    if (entries > 12) throw new Violation('hand-overs are not listed', `${entries} entries`);
  },
};

const slices: Scenario = {
  name: 'a job in several slices',
  settings: { figures: longFigures },
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: inSteps(170) };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: 1_500 } });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectResult(world, 1_500);
  },
};

/** A handler that polls another service three times, and sleeps in between. */
const pollingEvery =
  (seconds: number): World['handlers']['counting'] =>
  async (_payload, job) => {
    const passed = job.resume?.passed ?? 0;
    if (passed < 3 * seconds) await job.sleep(seconds, { passed: passed + seconds });
    return { seconds: passed };
  };
const asleep = pollingEvery(hourSeconds);

const sleeps: Scenario = {
  name: 'a sleeping job',
  settings: { figures: longFigures },
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: asleep };
  },
  act: async (client, world) => {
    await client.submit({ payload: { seconds: 0 } });
    const [copy] = world.queue.bodies;
    if (copy) world.queue.send(copy, { delayMs: 1_000_000 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed');
    expectResult(world, 3 * hourSeconds);
  },
};

/** Its message is delayed by SQS, and comes again as often as the job sleeps. */
const polls: Scenario = {
  name: 'a job that polls every ten minutes',
  settings: { figures: longFigures },
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: pollingEvery(600) };
  },
  act: async (client, world) => {
    await client.submit({ payload: { seconds: 0 } });
    const [copy] = world.queue.bodies;
    if (copy) world.queue.send(copy, { delayMs: 200_000 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed');
    expectResult(world, 1_800);
  },
};

/** Longer than a queue keeps a message. */
const twentyDays = 20 * 24 * hourSeconds;

const sleepsLong: Scenario = {
  name: 'a job that sleeps for twenty days',
  settings: { figures: longFigures },
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, job) => {
        if (!job.resume) await job.sleep(twentyDays, { passed: 1 });
        return { seconds: 1 };
      },
    };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: 0 } });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const { createdAt = 0, finishedAt = 0 } = onlyJob(world) ?? {};
    if (onlyJob(world) && finishedAt - createdAt < twentyDays * 1000)
      throw new Violation('a sleep is not cut short', `${finishedAt - createdAt} ms`);
  },
};

interface Course {
  readonly handler: World['handlers']['counting'];
  readonly seconds: number;
  /** Virtual milliseconds from submission to cancel, and from there to the retry. */
  readonly cancelAfterMs: number;
  readonly retryAfterMs: number;
  /** The seconds of its result. */
  readonly counts: number;
}

const canceledAndRetried = (name: string, course: Course): Scenario => ({
  name,
  settings: { figures: longFigures },
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: course.handler };
  },
  act: async (client) => {
    const { job } = await client.submit({ payload: { seconds: course.seconds } });
    if (!job) return;
    await client.pause(course.cancelAfterMs);
    await client.cancel(job.id);
    await client.pause(course.retryAfterMs);
    await client.retry(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed', 'canceled');
    expectResult(world, course.counts);
  },
});

export const longScenarios: readonly Scenario[] = [
  slices,
  sleeps,
  polls,
  sleepsLong,
  canceledAndRetried('a sleeping job is canceled, and retried from its state', {
    handler: asleep,
    seconds: 0,
    cancelAfterMs: 4_000_000,
    retryAfterMs: 10_000_000,
    counts: 3 * hourSeconds,
  }),
  canceledAndRetried('a job in slices is canceled, and retried from its state', {
    handler: inSteps(170),
    seconds: 2_000,
    cancelAfterMs: 1_200_000,
    retryAfterMs: 900_000,
    counts: 2_000,
  }),
];
