import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import { arranged } from './elsewhere-scenarios.ts';
import { longFigures, standardFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { talkative, untilLinesAreStoredMs } from './trouble-scenarios.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;

/** When the cancel was called, and within which time after that the job must have ended. */
const called = new WeakMap<World, number>();

const expectCanceledWithin = (minutes: number) => (world: World) => {
  expectStatus(world, 'canceled', ...(world.settings.plan ? ['succeeded', 'failed'] : []));
  for (const { id, status, finishedAt = 0 } of world.table.items.values()) {
    const lateMs = finishedAt - (called.get(world) ?? 0) - minutes * minuteMs;
    // A fault may cost an outage of minutes.
    if (status === 'canceled' && lateMs > (world.settings.plan ? 30 * minuteMs : 0))
      throw new Violation('every cancel ends', `${id}: ${lateMs} ms late`);
  }
};

async function cancel(client: Client, world: World, id: string): Promise<void> {
  called.set(world, world.time.now);
  await client.cancel(id);
}

const submit = async (client: Client, seconds: number): Promise<string> =>
  (await client.insist({ key: 'k', payload: { seconds }, maxAttempts: 4 })).job?.id ?? '';

/** Its worker is dead, and nobody has its message. */
async function loseWhileRunning(client: Client, world: World, id: string): Promise<JobItem | undefined> {
  const running = await client.until(id, 'running', 'succeeded');
  world.crash(id);
  world.queue.purge();
  return running;
}

const runningJob: Scenario = {
  name: 'the worker of a job dies, its message is lost, and the job is canceled and erased',
  settings: { figures: standardFigures },
  arrange: talkative,
  act: async (client, world) => {
    const id = await submit(client, 40);
    await client.until(id, 'running', 'succeeded');
    await client.pause(untilLinesAreStoredMs);
    await loseWhileRunning(client, world, id);
    await cancel(client, world, id);
    await client.until(id, 'canceled', 'succeeded');
    await client.erase(id);
  },
  assert: () => {},
};

const startedElsewhere: Scenario = {
  name: 'a job that has started something elsewhere loses worker and message, and is canceled',
  settings: { figures: longFigures, takenOverWithinMs: 90 * minuteMs },
  arrange: arranged(),
  act: async (client, world) => {
    const id = await submit(client, 40);
    await client.until(id, 'running', 'succeeded');
    await client.pause(9_000);
    await loseWhileRunning(client, world, id);
    await cancel(client, world, id);
  },
  assert: (world) => {
    expectCanceledWithin(75)(world);
    for (const { status, error } of world.table.items.values())
      if (!world.settings.plan && status === 'canceled' && error?.name !== 'MessageLostError')
        throw new Violation('who cancels a job hears what may still run', JSON.stringify(error));
  },
};

const betweenAttempts: Scenario = {
  name: 'a job that waits for another attempt loses its message, and is canceled',
  settings: { figures: longFigures, takenOverWithinMs: 90 * minuteMs },
  arrange: (world) => {
    arranged()(world);
    const retry = { firstSeconds: 600, factor: 1, maxSeconds: 600 };
    world.contracts = { ...world.contracts, counting: { ...contracts.counting, hasCancel: true, retry } };
  },
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k', payload: { seconds: 0, failFirst: 3 }, maxAttempts: 4 });
    const id = job?.id ?? '';
    await client.pause(1_000);
    world.queue.purge();
    await cancel(client, world, id);
  },
  assert: expectCanceledWithin(75),
};

/** The table is of an hour ago, and the queues are those of now. */
const restored: Scenario = {
  name: 'a table is restored in which a job runs that has ended since, and the job is canceled',
  settings: { figures: standardFigures },
  act: async (client, world) => {
    const id = await submit(client, 8);
    const running = await client.until(id, 'running', 'succeeded');
    await client.until(id, 'succeeded', 'failed');
    await client.pause(60 * minuteMs);
    if (!running) return;
    world.restore(running);
    await cancel(client, world, id);
  },
  assert: expectCanceledWithin(3),
};

/** The message comes after the pointer: it is saved, and the job can be retried. */
const lateMessage: Scenario = {
  name: 'the worker of a job dies, the job is canceled, and its message comes later than the pointer',
  settings: { figures: { ...standardFigures, visibilityMs: 12 * minuteMs } },
  act: async (client, world) => {
    const id = await submit(client, 40);
    await client.until(id, 'running', 'succeeded');
    world.crash(id);
    await cancel(client, world, id);
  },
  assert: expectCanceledWithin(3),
};

/** Messages are lost, and the worker that holds a job dies: some call must end each job all the same. */
export const lostScenarios: readonly Scenario[] = [
  runningJob,
  startedElsewhere,
  betweenAttempts,
  restored,
  lateMessage,
];
