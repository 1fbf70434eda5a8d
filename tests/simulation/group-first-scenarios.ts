import { contracts } from '../job-types/contracts.ts';
import { parentOf, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { submitLine } from './group-children-scenarios.ts';
import { longFigures } from './limits.ts';
import type { Mutant, Ports } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { yes as approval, expect409, twice } from './signal-scenarios.ts';
import { Violation } from './violation.ts';
import { asking } from './wait-for-scenarios.ts';
import type { World } from './world.ts';

const { booking } = contracts;
const [minuteMs, hour] = [60_000, 3_600];
const yes = { ...approval, key: 'first' };

interface Race {
  readonly name: string;
  readonly by: string;
  readonly handler: ReturnType<typeof asking>;
  readonly act?: (client: Client, id: string, world: World) => Promise<unknown>;
  readonly more?: Partial<Scenario>;
}

/** The parent is the first of its group, and another job is behind it. */
const race = ({ name, by, handler, act, more }: Race): Scenario => ({
  name,
  settings: twice,
  arrange: withParent(handler),
  assert: (world) => {
    const { result } = parentOf(world) ?? {};
    const { plan } = world.settings;
    // What has not ended by then is canceled with its parent.
    if (!plan) expectStatus(world, 'succeeded', 'canceled');
    if (plan ? result && !/"seats":\["(\w+)"\],"charge":"\1"/.test(result) : !result?.includes(`["${by}"]`))
      throw new Violation('a job goes on with what came first', String(result));
  },
  ...more,
  act: async (client, world) => {
    const id = await submitLine(client);
    await act?.(client, id, world);
  },
});

interface Slow {
  readonly until: number;
  readonly minutes: number;
  readonly isSigned?: boolean;
}

/** Its child sleeps, and so takes no worker. */
const slowChild =
  ({ until, minutes: childMinutes, isSigned }: Slow): Race['handler'] =>
  async ({ seats: minutes }, job) => {
    if (minutes > 0) {
      await job.waitFor('a while', { until: minutes * 60 });
      return { seats: [], charge: null };
    }
    const children = await job.spawn('pages', booking, {
      list: [{ seats: childMinutes, waitSeconds: 0 }],
    });
    const { by } = isSigned
      ? await job.waitFor('first', { children, signal: 'approve', until })
      : await job.waitFor('first', { children, until });
    return { seats: [by], charge: by };
  };

const childrenWin = race({
  name: 'children of a job of a group end before an answer comes, which comes too late',
  by: 'children',
  handler: asking({ seconds: 5, until: 24 * hour }),
  act: async (client, id, world) => {
    await client.until(id, 'waiting');
    await client.pause(20 * minuteMs);
    const answer = await client.signal(id, yes);
    // With a fault, its message may be hidden for an hour.
    if (!world.settings.plan) expect409(answer, 'too late');
  },
});

const answerWins = race({
  name: 'an answer comes to a job of a group before its children have ended',
  by: 'signal',
  handler: asking({ seconds: 60, until: 24 * hour }),
  act: async (client, id) => {
    await client.until(id, 'waiting');
    await client.signal(id, yes);
  },
});

/** Its message is hidden for an hour first, and then for half of one. */
const timeWins = race({
  name: 'the time of a job of a group is over, which waits for its child, too',
  by: 'time',
  handler: slowChild({ until: 1.5 * hour, minutes: 150 }),
  more: { settings: { figures: longFigures } },
});

const timeWinsAnswer = race({
  name: 'neither the child of a job of a group ends in time, nor does an answer come',
  by: 'time',
  handler: slowChild({ until: 30, minutes: 60, isSigned: true }),
  more: { settings: { figures: longFigures } },
});

const childWinsLate = race({
  name: 'a child of a job of a group ends in time, when its message is hidden again',
  by: 'children',
  handler: slowChild({ until: 24 * hour, minutes: 70 }),
  more: { settings: { figures: longFigures } },
});

export const groupFirstScenarios: readonly Scenario[] = [
  childrenWin,
  answerWins,
  timeWins,
  timeWinsAnswer,
  childWinsLate,
];

const ofRole =
  (role: string, change: (ports: Ports) => Ports): Mutant['ports'] =>
  (ports, its) =>
    its === role ? change(ports) : ports;

/** Of jobs of a group that wait for what comes first. */
export const groupFirstMutants: readonly Mutant[] = [
  {
    name: 'a parent in a group stays hidden for an hour when its time is over',
    shownBy: timeWins.name,
    ports: ofRole('worker', (ports) => ({
      ...ports,
      queue: {
        ...ports.queue,
        // Neither a lease nor a backoff is as long.
        changeVisibility: (delivery, seconds) =>
          ports.queue.changeVisibility(delivery, seconds > 20 * 60 ? hour : seconds),
      },
    })),
  },
  {
    name: 'an answer leaves the message of a parent in a group hidden',
    shownBy: answerWins.name,
    ports: ofRole('signal', (ports) => ({
      ...ports,
      ordered: { ...ports.ordered, changeVisibility: async () => {} },
    })),
  },
];
