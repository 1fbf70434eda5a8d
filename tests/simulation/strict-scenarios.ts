import { rated } from './limit-scenarios.ts';
import { waitingFigures } from './limits.ts';
import type { Mutant, Ports } from './mutant.ts';
import { limit } from './part-limit-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const distanceMs = 2_000;
/** A lease of it is shorter than what is slow, or frozen. */
const strict = {
  key: 'bank',
  perSecond: 1000 / distanceMs,
  spacing: 'strict',
  answerWithinSeconds: 5,
} as const;
const leaseMs = 20_000;

/** A call as the receiver sees it, by its own clock. */
interface Received {
  readonly arrivedAt: number;
  readonly answeredAt: number;
}

/** How long a call is on its way, how long its answer takes, and how long that is on its way back. */
const ways = [
  [1_400, 600, 200],
  [0, 300, 900],
  [300, 1_500, 0],
] as const;

const received = new WeakMap<World, Received[]>();

/** Handlers of two types that call a bank: one saves a state after each call, and the other makes it in a step. */
function callingTheBank(world: World): void {
  const { counting, booking } = world.contracts;
  if (!counting || !booking) return;
  const partLimits = { bank: strict };
  world.contracts = {
    ...world.contracts,
    counting: { ...counting, partLimits },
    booking: { ...booking, partLimits },
  };
  const all: Received[] = [];
  received.set(world, all);
  const call = (job: { pause(seconds: number): Promise<void> }) =>
    limit(job)('bank', async () => {
      const [there = 0, work = 0, back = 0] = ways[all.length % ways.length] ?? [];
      const arrivedAt = world.time.now + there;
      all.push({ arrivedAt, answeredAt: arrivedAt + work });
      await job.pause((there + work + back) / 1000);
    });
  world.handlers = {
    ...world.handlers,
    counting: async ({ seconds }, job) => {
      for (let passed = job.resume?.passed ?? 0; passed < seconds; passed += 1) {
        await call(job);
        await job.checkpoint({ passed: passed + 1 }, { flush: true });
      }
      return { seconds };
    },
    booking: async (_payload, job) => {
      await job.step('call', () => call(job));
      return { seats: [], charge: null };
    },
  };
  watchLeases(world);
}

/** A worker that has died in its call stops the line for its lease, and for the distance: the call may have been made. */
function watchLeases({ startRates, guard, time }: World): void {
  const begin = startRates.beginCall.bind(startRates);
  startRates.beginCall = async (key, call) => {
    const { nextAt } = startRates.callLine(key);
    guard(() => {
      if (nextAt > time.now + leaseMs + distanceMs + 1)
        throw new Violation('a dead call stops its line for its lease at most', `until ${nextAt}`);
    });
    return begin(key, call);
  };
}

/** Two calls are never made at once, and the next one arrives no sooner than the distance after the answer to the one before. */
function expectStrict(world: World): void {
  const all = (received.get(world) ?? []).toSorted((one, other) => one.arrivedAt - other.arrivedAt);
  for (const [index, { arrivedAt }] of all.entries()) {
    const before = all[index - 1];
    if (before && arrivedAt < before.answeredAt + distanceMs)
      throw new Violation(
        'the next call arrives no sooner than the distance after the answer before',
        all.map((one) => `${one.arrivedAt}-${one.answeredAt}`).join(' '),
      );
  }
  if (world.settings.plan) return;
  const [first, last] = [all[0]?.arrivedAt ?? 0, all.at(-1)?.answeredAt ?? 0];
  // Each takes up to 2.2 s and the distance; a job that leaves its worker comes back by the second.
  if (all.length !== 6 || last - first > 6 * (distanceMs + 2_500) + 8_000)
    throw new Violation('a strict line is used', `${all.length} calls in ${last - first} ms`);
}

const calls: Scenario = {
  name: 'jobs of two types call a bank that bans who is too fast, one call at a time',
  settings: { figures: waitingFigures },
  arrange: callingTheBank,
  act: async (client) => {
    const order = { maxAttempts: 4 };
    await Promise.all([
      client.insist({ ...order, key: 'a', payload: { seconds: 2 } }),
      client.insist({ ...order, key: 'b', payload: { seconds: 2 } }),
      client.insist({ ...order, key: 'c', type: 'booking', payload: { seats: 0, waitSeconds: 0 } }),
      client.insist({ ...order, key: 'd', type: 'booking', payload: { seats: 0, waitSeconds: 0 } }),
    ]);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectStrict(world);
  },
};

export const strictScenarios: readonly Scenario[] = [calls];

/** The end of a call changes the line, although another worker makes a call by then. */
const endsAnyCall = (ports: Ports, _role: string, { startRates }: World): Ports =>
  rated((rates) => ({
    endCall: (key, id, ended) => rates.endCall(key, startRates.lines.get(key)?.heldBy ?? id, ended),
  }))(ports);

export const strictMutants: readonly Mutant[] = [
  {
    name: 'a strict call does not ask whether another one is made',
    shownBy: calls.name,
    ports: rated(() => ({ beginCall: async () => true })),
  },
  {
    name: 'the next strict call begins right after the answer',
    shownBy: calls.name,
    ports: rated((rates) => ({
      endCall: (key, id, ended) => rates.endCall(key, id, { ...ended, nextAt: ended.nextAt - distanceMs }),
    })),
  },
  {
    name: 'a strict call ends its line at its begin',
    shownBy: calls.name,
    ports: rated((rates) => ({
      beginCall: (key, call) => rates.beginCall(key, { ...call, heldUntil: call.now + distanceMs }),
    })),
  },
  {
    name: 'who has lost the lease of a strict call ends that of another',
    shownBy: calls.name,
    ports: endsAnyCall,
  },
  {
    name: 'a strict call has a lease that never ends',
    shownBy: calls.name,
    ports: rated((rates) => ({
      beginCall: (key, call) => rates.beginCall(key, { ...call, heldUntil: call.now + 3_600_000 }),
    })),
  },
];
