import { RetryAfterError } from '../../shared/domain/base/errors.ts';
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
/** For how long who has called too soon is told to stay away. */
const bannedMs = 24_000;

/** A call as the receiver sees it, by its own clock. */
interface Received {
  /** Of the call that has the line. */
  readonly id: string | undefined;
  readonly arrivedAt: number;
  readonly answeredAt: number;
  /** Until when it was told to stay away. */
  readonly bannedUntil: number;
}

/** How long a call is on its way, how long its answer takes, and how long that is on its way back. */
const ways = [
  [1_400, 600, 200],
  [0, 300, 900],
  [300, 1_500, 0],
] as const;

const received = new WeakMap<World, Received[]>();

/** Handlers of two types that call a bank: one saves a state after each call, and the other makes it in a step. */
function callingTheBank(world: World, bansFirst = false): void {
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
      const answeredAt = arrivedAt + work;
      const bannedUntil = Math.max(
        all[0]?.bannedUntil ?? 0,
        bansFirst && !all[0] ? answeredAt + bannedMs : 0,
      );
      all.push({ id: world.startRates.holderOf(strict.key), arrivedAt, answeredAt, bannedUntil });
      await job.pause((there + work + back) / 1000);
      if (bannedUntil > answeredAt) throw new RetryAfterError((bannedUntil - answeredAt) / 1000);
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
}

/** A worker that has died in its call stops the line for its lease, and for the distance: the call may have been made. */
function watchLeases({ startRates, guard, time }: World): void {
  const begin = startRates.beginCall;
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
}

/** Undisturbed, nothing is waited for in vain. */
function expectUse(
  world: World,
  { count, beside = 0 }: { readonly count: number; readonly beside?: number },
): void {
  if (world.settings.plan) return;
  const all = received.get(world) ?? [];
  const [first, last] = [all[0]?.arrivedAt ?? 0, all.at(-1)?.answeredAt ?? 0];
  // Each takes up to 2.2 s and the distance; a job that leaves its worker comes back by the second.
  if (all.length !== count || last - first > count * (distanceMs + 2_500) + 8_000 + beside)
    throw new Violation('a strict line is used', `${all.length} calls in ${last - first} ms`);
}

const calls: Scenario = {
  name: 'jobs of two types call a bank that bans who is too fast, one call at a time',
  settings: { figures: waitingFigures },
  arrange: (world) => {
    callingTheBank(world);
    watchLeases(world);
  },
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
    expectUse(world, { count: 6 });
  },
};

/** When the end of a call was stored, by the id of the call. */
const ended = new WeakMap<World, Map<string, number>>();

function watchEnds(world: World): void {
  const { startRates, time } = world;
  const stored = new Map<string, number>();
  ended.set(world, stored);
  const end = startRates.endCall;
  startRates.endCall = async (key, id, how) => {
    if (startRates.holderOf(key) === id) stored.set(id, time.now);
    return end(key, id, how);
  };
}

/**
 * A caller that was told to stay away has told the line, and from then on nobody calls before that time. If the end of the
 * call was lost with its worker, nobody knows of the ban, and the next call is told again.
 */
function expectBanHeeded(world: World): void {
  const all = received.get(world) ?? [];
  for (const { id = '', answeredAt, bannedUntil } of all) {
    const toldAt = ended.get(world)?.get(id);
    // Who has lost its lease is a call beside that of the id.
    const isBeside = all.filter((one) => one.id === id).length > 1;
    if (bannedUntil <= answeredAt || toldAt === undefined || isBeside) continue;
    const early = all.find(({ arrivedAt }) => arrivedAt >= toldAt && arrivedAt < bannedUntil);
    if (early)
      throw new Violation(
        'a line stays away as long as a call of it was told to',
        `told at ${toldAt} until ${bannedUntil}, and ${early.arrivedAt} came`,
      );
  }
}

const banned: Scenario = {
  name: 'a bank tells one job to call later, and no other job calls before',
  settings: { figures: waitingFigures },
  arrange: (world) => {
    callingTheBank(world, true);
    watchEnds(world);
  },
  act: async (client) => {
    const order = { maxAttempts: 4 };
    await Promise.all([
      client.insist({ ...order, key: 'a', payload: { seconds: 1 } }),
      client.insist({ ...order, key: 'b', type: 'booking', payload: { seats: 0, waitSeconds: 0 } }),
    ]);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectStrict(world);
    expectBanHeeded(world);
    expectUse(world, { count: 3, beside: bannedMs });
    const attempts = [...world.table.items.values()].map(({ attempt }) => attempt);
    if (!world.settings.plan && Math.max(...attempts) > 1)
      throw new Violation('a call that is told to come later uses no attempt', attempts.join(' '));
  },
};

export const strictScenarios: readonly Scenario[] = [calls, banned];

/** The end of a call changes the line, although another worker makes a call by then. */
const endsAnyCall = (ports: Ports, _role: string, { startRates }: World): Ports =>
  rated((rates) => ({
    endCall: (key, id, ended) => rates.endCall(key, startRates.holderOf(key) ?? id, ended),
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
  {
    name: 'a strict call that was told to come later ends as any other',
    shownBy: banned.name,
    ports: (ports, _role, { time }) =>
      rated((rates) => ({
        endCall: (key, id, how) =>
          rates.endCall(key, id, { ...how, nextAt: Math.min(how.nextAt, time.now + distanceMs + 1) }),
      }))(ports),
  },
];
