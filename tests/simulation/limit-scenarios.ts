import type { WorkLimit } from '../../shared/author/work-limit.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { StartRates } from '../../shared/domain/state/limits/start-rate.ts';
import { inMemoryStartRates } from '../../testkit/fakes/in-memory-start-rates.ts';
import { line } from './group-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { type Mutant, type Ports, spoiled } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const settings = { figures: waitingFigures, maxAdmissions: 12 };
/** A worker that was late with a start has taken another one. */
const lateMs = 1_000;

type Limit = WorkLimit<{ readonly seconds: number }>;
/** Jobs that count have these limits. */
export const limitedBy =
  (...limits: readonly Limit[]) =>
  (world: World): void => {
    const { counting } = world.contracts;
    if (counting) world.contracts = { ...world.contracts, counting: { ...counting, limits } };
  };
/** Jobs that count have a limit. */
export const limited =
  (limit: Omit<Limit, 'key'> & Partial<Pick<Limit, 'key'>>) =>
  (world: World): void => {
    const { counting } = world.contracts;
    if (counting)
      world.contracts = { ...world.contracts, counting: { ...counting, limits: [{ key: 'api', ...limit }] } };
  };

/** When attempts have started: of all jobs, or of those of a tenant or a type. */
export const startsIn = (
  { table }: World,
  of: Partial<Pick<JobItem, 'tenant' | 'type'>> = {},
): readonly number[] =>
  [...table.items.values()]
    .filter((item) => (of.tenant ?? item.tenant) === item.tenant && (of.type ?? item.type) === item.type)
    .flatMap(({ history }) => history.filter(({ event }) => event === 'started').map(({ at }) => at))
    .sort((one, other) => one - other);

/** What is to be started in turns begins no more often than the limit says. */
export function expectRate(
  starts: readonly number[],
  { perSecond, burst = 1 }: Omit<WorkLimit, 'key'>,
): void {
  for (const [last, to] of starts.entries())
    for (const [first, from] of starts.slice(0, last).entries()) {
      const most = burst + ((to - from + lateMs) * perSecond) / 1000;
      if (last - first + 1 > most)
        throw new Violation('attempts start no more often than the limit says', starts.join(' '));
    }
}

/**
 * No attempts start more often than the limit says, whatever happens. Undisturbed, no start is left unused for long, and none is asked for
 * again and again.
 */
const expectStarts =
  ({ perSecond, burst = 1 }: Omit<WorkLimit, 'key'>, ...statuses: Parameters<typeof expectStatus>[1][]) =>
  (world: World): void => {
    expectStatus(world, 'succeeded', ...statuses);
    const starts = startsIn(world);
    expectRate(starts, { perSecond, burst });
    const intervalMs = 1000 / perSecond;
    if (world.settings.plan) return;
    const looks = world.calls.filter((call) => call === 'take a start').length;
    if (looks > 2 * starts.length)
      throw new Violation('a job looks twice for a start', `${looks} looks for ${starts.length} starts`);
    const [first = 0, end = 0] = [starts[0], starts.at(-1)];
    if (end - first > (starts.length - burst) * intervalMs + 14_000)
      throw new Violation('a start is used', starts.join(' '));
  };

const startOf = ({ startedAt = 0 }: { readonly startedAt?: number | undefined }): number => startedAt;

const slow = { perSecond: 0.1 };
const inTurns: Scenario = {
  name: 'jobs of a type that may start every ten seconds come together, and a later one is tried again',
  settings,
  arrange: limited(slow),
  act: async (client) => {
    await Promise.all([job(client, 'a', 1), job(client, 'b', 1)]);
    // The next start is so near that this one could take it from the second job.
    await client.pause(8_200);
    await client.insist({ key: 'c', payload: { seconds: 1, failFirst: 1 }, maxAttempts: 4 });
  },
  assert: (world) => {
    expectStarts(slow)(world);
    const byStart = [...world.table.items.values()].sort((one, other) => startOf(one) - startOf(other));
    if (!world.settings.plan && byStart.at(-1)?.attempt !== 2)
      throw new Violation(
        'nobody overtakes jobs that wait for their turn',
        byStart.map(({ id }) => id).join(' '),
      );
  },
};

const few = { perSecond: 1 / 1_200, burst: 2 };
const hours: Scenario = {
  name: 'two jobs of a type may start at once, and the others wait outside of their queue',
  settings: { ...settings, net: true },
  arrange: limited(few),
  act: async (client) => {
    for (const name of ['a', 'b', 'c', 'd']) await job(client, name, 1);
  },
  assert: expectStarts(few),
};

const daily = { perSecond: 1 / 86_400 };
/** Between the two starts, TTL removes whatever has expired. */
const aDayApart: Scenario = {
  name: 'one job of a type may start a day, and another one comes hours after the first',
  settings: { ...settings, net: true },
  arrange: limited(daily),
  act: async (client) => {
    await job(client, 'a', 1);
    await client.pause(5 * 3_600_000);
    await job(client, 'b', 1);
  },
  assert: expectStarts(daily),
};

const inGroup: Scenario = {
  name: 'the jobs of a group have a limit, and keep their order',
  settings,
  arrange: limited(slow),
  act: async (client) => {
    await line(client, 'g', [{ seconds: 1 }, { seconds: 0 }]);
  },
  assert: expectStarts(slow),
};

const canceled: Scenario = {
  name: 'a job is canceled while it waits for its turn, and erased, and one must start before its turn',
  settings,
  arrange: limited(slow),
  act: async (client, world) => {
    await job(client, 'a', 1);
    const { job: waits } = await client.insist({ key: 'b', payload: { seconds: 1 } });
    await client.insist({ key: 'late', startBefore: world.time.now + 15_000, payload: { seconds: 1 } });
    await client.pause(5_000);
    if (!waits) return;
    await client.cancel(waits.id);
    await client.erase(waits.id);
  },
  assert: expectStarts(slow, 'canceled', 'failed'),
};

export const limitScenarios: readonly Scenario[] = [inTurns, hours, aDayApart, inGroup, canceled];

export const rated =
  (change: (rates: StartRates) => Partial<StartRates>) =>
  (ports: Ports): Ports => ({
    ...ports,
    startRates: { ...bound(ports.startRates), ...change(ports.startRates) },
  });
const bound = (rates: StartRates): StartRates => ({
  take: (...args) => rates.take(...args),
  giveBack: (...args) => rates.giveBack(...args),
  nextStart: (...args) => rates.nextStart(...args),
  nextInTurn: (...args) => rates.nextInTurn(...args),
  join: (...args) => rates.join(...args),
  hasLine: (...args) => rates.hasLine(...args),
  beginCall: (...args) => rates.beginCall(...args),
  endCall: (...args) => rates.endCall(...args),
  callLine: (...args) => rates.callLine(...args),
});

/** Starts are not asked for. */
export const unasked = rated(() => ({
  take: async (_, now) => ({ at: now, arrivesAt: 0, givenBack: 0 }),
}));
/** Starts are used at once, whenever they are. */
export const early = rated((rates) => ({
  take: async (rate, now) => {
    const start = await rates.take(rate, now);
    return start && { ...start, at: now };
  },
}));

export const limitMutants: readonly Mutant[] = [
  { name: 'a start is not asked for', shownBy: inTurns.name, ports: unasked },
  {
    name: 'a process counts the starts for itself',
    shownBy: inTurns.name,
    ports: (ports) => ({ ...ports, startRates: inMemoryStartRates() }),
  },
  { name: 'an attempt starts before the start that it has taken', shownBy: inTurns.name, ports: early },
  {
    name: 'a job that comes takes the next start from who waits for it',
    shownBy: inTurns.name,
    ports: rated(() => ({ hasLine: () => false })),
  },
  {
    name: 'what remembers a start expires without the interval that the start has added',
    shownBy: aDayApart.name,
    ports: (ports, _role, { startRates }) =>
      rated((rates) => ({
        take: (rate, now) => {
          startRates.expire(now + 1000 / rate.perSecond);
          return rates.take(rate, now);
        },
      }))(ports),
  },
  {
    name: 'all jobs have the same turn',
    shownBy: hours.name,
    ports: rated(() => ({ join: async (_, now) => now + 10_000 })),
  },
  {
    name: 'a job whose turn has come takes another one, although a copy of its message has taken a start',
    shownBy: inTurns.name,
    write: spoiled(['awaitHandler'], ({ set: { turn: _, ...set } }) => ({ set })),
  },
];
