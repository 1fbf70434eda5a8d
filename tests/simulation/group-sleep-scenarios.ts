import { countingDown, line } from './group-scenarios.ts';
import { longFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** Its first slice ends in a hand-over, its second in a sleep. */
const slices: World['handlers']['counting'] = async ({ seconds }, job) => {
  const passed = job.resume?.passed ?? 0;
  if (seconds === 0) return { seconds };
  if (passed < 2_000) {
    await job.pause(800);
    await job.checkpoint({ passed: passed + 800 });
    await job.pause(60);
    await job.checkpoint({ passed: passed + 1_000 });
  }
  if (passed < 4_000) await job.sleep(3_000, { passed: 4_000 });
  return { seconds: passed };
};

const sleepsInGroup: Scenario = {
  name: 'the first job of a group is handed over and sleeps, and the second waits for it',
  settings: { figures: longFigures },
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: slices };
  },
  act: async (client) => {
    await line(client, 'g', [countingDown(9), countingDown(0)]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const hour = 3_600;

interface CanceledAsleep {
  /** Hours. */
  readonly asleep: number;
  /** Hours. */
  readonly canceledAfter: number;
  /** What somebody does meanwhile. */
  readonly act?: (world: World) => void;
  /** By how much the second job may be late. Default: a minute. */
  readonly lateMs?: number;
}

/** Who saves its receipt handle first stands still before that, and another receives the message and saves a newer one. */
function savesOutdated(world: World): void {
  let isFirst = true;
  const handleOf = (id: string) => world.table.items.get(id)?.receiptHandle;
  world.interpose = async (_role, call, id) => {
    if (call !== 'saveReceiptHandle' || !isFirst || id === undefined) return;
    isFirst = false;
    const before = handleOf(id);
    for (let seconds = 0; seconds < 1_000 && handleOf(id) === before; seconds += 1)
      await world.time.pause(1_000);
  };
}

/** A worker that crashes before its first call leaves its message invisible for the whole visibility timeout. */
const canceledAsleep = (
  name: string,
  { asleep, canceledAfter, act, lateMs = 60_000 }: CanceledAsleep,
): Scenario => ({
  name,
  settings: { figures: longFigures },
  faults: ['crash-before', 'crash-after'],
  arrange: (world) => {
    act?.(world);
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, job) => {
        if (seconds > 0 && !job.resume) await job.sleep(asleep * hour, { passed: seconds });
        return { seconds };
      },
    };
  },
  act: async (client) => {
    await line(client, 'g', [countingDown(9), countingDown(0)]);
    const again = { key: 'g 0', group: 'g', payload: countingDown(9), maxAttempts: 4 };
    const { job } = await client.insist(again);
    if (!job) return;
    await client.until(job.id, 'waiting');
    await client.pause(canceledAfter * hour * 1000);
    await client.cancel(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'canceled');
    const [first, second] = [...world.table.items.values()];
    const late = (second?.finishedAt ?? 0) - (first?.finishedAt ?? 0);
    if (late > lateMs + (world.settings.plan ? longFigures.visibilityMs : 0))
      throw new Violation('a canceled job does not hold up its group', `${late} ms`);
  },
});

/** The first message of a group is invisible for long, and the others wait. */
export const groupSleepScenarios: readonly Scenario[] = [
  sleepsInGroup,
  canceledAsleep('the first job of a group sleeps for hours and is canceled', {
    asleep: 10,
    canceledAfter: 1 / 60,
  }),
  canceledAsleep('the first job of a group sleeps, its message is redelivered, and it is canceled', {
    asleep: 20,
    canceledAfter: 13,
  }),
  canceledAsleep('the first job of a group sleeps, and is canceled by an outdated receipt handle', {
    asleep: 20,
    canceledAfter: 13,
    act: savesOutdated,
    // "the message comes back by itself, within an hour"
    lateMs: hour * 1_000,
  }),
];
