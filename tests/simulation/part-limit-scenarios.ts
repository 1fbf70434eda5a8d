import { early, expectRate, unasked } from './limit-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { type Mutant, spoiled } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const directory = { key: 'directory', perSecond: 1 / 8 };
const calls = new WeakMap<World, number[]>();

/** Handlers of two types that call the directory: one saves a state after each call, and the other makes it in a step. */
function callingTheDirectory(world: World): void {
  const { counting, booking } = world.contracts;
  if (!counting || !booking) return;
  const partLimits = { directory };
  world.contracts = {
    ...world.contracts,
    counting: { ...counting, partLimits },
    booking: { ...booking, partLimits },
  };
  const made: number[] = [];
  calls.set(world, made);
  world.handlers = {
    ...world.handlers,
    counting: async ({ seconds, failFirst = 0 }, job) => {
      for (let passed = job.resume?.passed ?? 0; passed < seconds; passed += 1) {
        await limit(job)('directory', () => made.push(job.now()));
        if (failFirst > 0 && job.attempt <= failFirst) throw new Error('it fails after its call');
        await job.checkpoint({ passed: passed + 1 }, { flush: true });
      }
      return { seconds };
    },
    booking: async (_payload, job) => {
      const call = () => limit(job)('directory', () => made.push(job.now()));
      await job.step('call', call);
      return { seats: [], charge: null };
    },
  };
}

/** These handlers are of contracts without parts. */
export const limit = (job: object) =>
  (job as { limit(name: string, call: () => unknown): Promise<unknown> }).limit.bind(job);

const parts: Scenario = {
  name: 'jobs of two types call a directory with a limit, and wait for it in the worker and outside',
  settings: { figures: waitingFigures },
  arrange: callingTheDirectory,
  act: async (client) => {
    const order = { maxAttempts: 4 };
    await Promise.all([
      client.insist({ ...order, key: 'a', payload: { seconds: 2 } }),
      client.insist({ ...order, key: 'b', payload: { seconds: 1, failFirst: 1 } }),
      client.insist({ ...order, key: 'c', type: 'booking', payload: { seats: 0, waitSeconds: 0 } }),
    ]);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const made = (calls.get(world) ?? []).toSorted((one, other) => one - other);
    expectRate(made, directory);
    if (world.settings.plan) return;
    const [first = 0, last = 0] = [made[0], made.at(-1)];
    if (made.length !== 5 || last - first > 4 * 8_000 + 14_000)
      throw new Violation('a start of a part is used', made.join(' '));
    const attempts = [...world.table.items.values()].map(({ attempt }) => attempt);
    if (Math.max(...attempts) > 2)
      throw new Violation('a wait for a part uses no attempt', attempts.join(' '));
  },
};

export const partLimitScenarios: readonly Scenario[] = [parts];

export const partLimitMutants: readonly Mutant[] = [
  { name: 'a call of a part is made without a start', shownBy: parts.name, ports: unasked },
  { name: 'a call of a part is made before its start', shownBy: parts.name, ports: early },
  {
    name: 'a part forgets that it has had its turn',
    shownBy: parts.name,
    write: spoiled(['release', 'leaveQueue'], ({ set: { turn: _, ...set } }) => ({ set })),
  },
  {
    name: 'a wait for a part uses an attempt',
    shownBy: parts.name,
    write: (write) =>
      write.transition === 'release' && write.set.turn
        ? { ...write, set: { ...write.set, attempt: Number(write.set.attempt) + 1 } }
        : write,
  },
];
