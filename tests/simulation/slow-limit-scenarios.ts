import { startOfTime } from '../../testkit/play/virtual-time.ts';
import { expectRate, limited, rated, startsIn } from './limit-scenarios.ts';
import { waitingFigures } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';

const dayMs = 24 * 3600_000;
const hourMs = dayMs / 24;
const daily = { perSecond: 1 / 86_400 };
/** A start that is lost, and one that is taken instead of it. */
const lostDays = 2;

/** The table forgets what is past its time at once. */
const settings = {
  ...{ figures: waitingFigures, net: true, maxAdmissions: 1_000, maxSteps: 20_000 },
  forgets: { afterMs: 0, chance: 1 },
};

const oneADay: Scenario = {
  name: 'jobs of a type that may start once a day, one of them when the others wait',
  settings,
  arrange: limited(daily),
  act: async (client) => {
    await job(client, 'a', 1);
    await client.pause(2 * hourMs);
    await job(client, 'b', 1);
    await client.pause(dayMs);
    await job(client, 'c', 0);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const starts = startsIn(world);
    expectRate(starts, daily);
    // Those that have ended long ago are gone, and the world is at rest when the last one has ended.
    const days = Math.round((world.time.now - startOfTime) / dayMs);
    if (days > 2 + (world.settings.plan ? lostDays : 0))
      throw new Violation('a line is as long as its jobs', `the third one starts after ${days} days`);
  },
};

const stillMs = 15_000;
const minuteMs = 60_000;

const lateStart: Scenario = {
  name: 'a job of a type that may start once a day starts late, and the next one has a turn before its start',
  settings,
  arrange: limited(daily),
  act: async (client, world) => {
    await job(client, 'a', 1);
    await client.pause(hourMs);
    await job(client, 'b', 1);
    await job(client, 'c', 1);
    await client.pause(dayMs - hourMs - stillMs / 2);
    world.queue.standStill(stillMs);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const starts = startsIn(world);
    expectRate(starts, daily);
    const [second = 0, third = Infinity] = starts.slice(1);
    if (!world.settings.plan && third - second > dayMs + minuteMs)
      throw new Violation(
        'who has a turn waits for the next start, and not for the turns of others',
        `the third one starts ${third - second} ms after the second one`,
      );
  },
};

export const slowLimitScenarios: readonly Scenario[] = [oneADay, lateStart];

export const slowLimitMutants: readonly Mutant[] = [
  {
    name: 'a rate is kept for an hour, however slow it is',
    shownBy: oneADay.name,
    ports: (ports, _role, world) =>
      rated((rates) => ({
        take: async (rate, now) => {
          const start = await rates.take(rate, now);
          if (start) world.startRates.expireAt(rate.key, now + hourMs);
          return start;
        },
      }))(ports),
  },
  {
    name: 'a job whose turn has come waits for the turns of others',
    shownBy: lateStart.name,
    ports: rated((rates) => ({ nextInTurn: (rate, now) => rates.nextStart(rate, now) })),
  },
  {
    name: 'a job whose turn has come takes another one at each look',
    shownBy: oneADay.name,
    ports: rated((rates) => ({
      take: async (rate, now) => {
        const start = await rates.take(rate, now);
        if (!start) await rates.join(rate, now);
        return start;
      },
    })),
  },
];
