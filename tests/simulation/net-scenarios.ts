import { RetryAfterError } from '../../shared/domain/base/errors.ts';
import type { Client } from './client.ts';
import { delayed, hour } from './clock-scenarios.ts';
import { longFigures, waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;

/** Each look may send the job on once more. */
const settings = { figures: waitingFigures, net: true, maxAdmissions: 12 };

/** The first look comes a quarter of an hour after a job is due. A fault may make the call wait for the next one, or two. */
const maxLateMs = ({ settings: { plan } }: World): number => (plan ? 60 : 16) * minuteMs;

const expectStartedBy =
  (dueAt: (world: World) => number, lateMs = maxLateMs) =>
  (world: World) => {
    expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : []));
    for (const { id, finishedAt = 0 } of world.table.items.values()) {
      const late = finishedAt - dueAt(world);
      if (late > lateMs(world))
        throw new Violation('what nothing brings back is started all the same', `${id}: ${late} ms late`);
    }
  };

const isStopped = { scheduler: { isStopped: true } };
const start = ({ table }: World): number => [...table.items.values()][0]?.createdAt ?? 0;

const lostSchedule: Scenario = {
  name: 'Scheduler has stopped, and a job is due in two hours',
  settings: { ...settings, ...isStopped },
  act: async (client) => void (await delayed(client, 2 * hour)),
  assert: expectStartedBy((world) => start(world) + 2 * hour * 1000),
};

const sleepsOn: Scenario = {
  name: 'Scheduler has stopped, and a job sleeps for an hour',
  // A worker that crashes after the sleep was stored leaves a job that is started as late as any other.
  settings: { ...settings, ...isStopped, figures: longFigures, takenOverWithinMs: hour * 1000 },
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, context) => {
        if (!context.resume) await context.sleep(hour, { passed: 1 });
        return { seconds: 1 };
      },
    };
  },
  act: async (client) => void (await job(client, 'asleep', 1)),
  assert: expectStartedBy((world) => start(world) + hour * 1000),
};

const putOff: Scenario = {
  name: 'Scheduler has stopped, and a handler asks for a wait of an hour',
  settings: { ...settings, ...isStopped },
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, context) => {
        if (world.table.items.get(context.id)?.waitedMs === undefined) throw new RetryAfterError(hour);
        return { seconds: 1 };
      },
    };
  },
  act: async (client) => void (await job(client, 'put off', 1)),
  assert: expectStartedBy((world) => start(world) + hour * 1000),
};

/** Loses all that is sent to a queue, from when a job has ended on, for so many minutes. */
async function purge(
  client: Client,
  queue: World['queue'],
  { after, minutes }: { after: string; minutes: number },
) {
  await client.until(after, 'running', 'succeeded');
  queue.isPurged = true;
  await client.until(after, 'succeeded');
  await client.pause(minutes * minuteMs);
  queue.isPurged = false;
}

const lostWake: Scenario = {
  name: 'the wake of a job that waits for another one is lost, and so is the first look',
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 9);
    const b = await job(client, 'b', 0, [a]);
    await client.until(b.job?.id ?? '', 'waiting', 'succeeded');
    await purge(client, world.waiting, { after: a.job?.id ?? '', minutes: 150 });
  },
  // Looks after two hours and after four.
  assert: expectStartedBy(start, () => (4 * 60 + 20) * minuteMs),
};

const lostCopy: Scenario = {
  name: 'a job that has waited for another one is sent on, and its queue is emptied',
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 9);
    const b = await job(client, 'b', 0, [a]);
    await client.until(b.job?.id ?? '', 'waiting', 'succeeded');
    await purge(client, world.queue, { after: a.job?.id ?? '', minutes: 150 });
  },
  assert: expectStartedBy(start, () => (4 * 60 + 20) * minuteMs),
};

/** Nothing else may bring a job back here: Scheduler has stopped, or what is sent to a queue is lost. */
export const netScenarios: readonly Scenario[] = [lostSchedule, sleepsOn, putOff, lostWake, lostCopy];
