import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const origin = 'https://receiver.example';
const notify = [{ url: `${origin}/jobs` }];
const other = [{ url: 'https://other.example/jobs' }];
/** A process of the simulation lives for one invocation: it has no streak. */
const settings = { notify, breakers: { failures: 1 } };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** It answers again at a time. @returns it */
function isDownFor(world: World, ms: number, { hangs = false } = {}): void {
  world.targets.failures = 0;
  world.targets.downUntil.set(origin, world.time.now + ms);
  if (hangs) world.targets.hanging.add(origin);
}

/** The longest wait between two tries; with a fault, what an outage or a message that comes again takes besides. */
const withinMs = 15 * minuteMs;
const disturbedMs = 30 * minuteMs;

function expectSoonAfterwards(world: World): void {
  const [until = 0] = world.targets.downUntil.values();
  const { plan } = world.settings;
  world.notifyRule.expectNotifiedBy(until + (plan ? disturbedMs : withinMs), jobsBefore(world, until));
  if (!plan) world.endpointRule.expectNothingParked();
}

/** Those whose notifications were parked. */
const jobsBefore = ({ table }: World, until: number) =>
  new Map([...table.items].filter(([, { finishedAt = 0 }]) => finishedAt < until));

const itemsOf = ({ table }: World, [target]: typeof notify) =>
  [...table.items].filter(([, item]) => JSON.stringify(item.notify?.[0]) === JSON.stringify(target));

async function submit(client: Client, jobs: number, to = notify): Promise<void> {
  await Promise.all(
    Array.from({ length: jobs }, () => client.submit({ payload: { seconds: 1 }, notify: to })),
  );
}

/** Jobs end when the endpoint has just stopped taking notifications, twenty minutes later, and long after it takes them again. */
const overTwoHours =
  (first: number): Scenario['act'] =>
  async (client) => {
    await submit(client, first);
    await client.pause(20 * minuteMs);
    await submit(client, 1);
    await client.pause(2 * hourMs);
    await submit(client, 1);
  };

export const deadForAnHour: Scenario = {
  name: 'an endpoint is dead for an hour, while jobs end before, in it, and after it',
  settings,
  arrange: (world) => isDownFor(world, hourMs),
  act: overTwoHours(2),
  assert: (world) => {
    expectSoonAfterwards(world);
    if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items);
  },
};

const soonBack: Scenario = {
  name: 'an endpoint hangs for a minute, and that of another is told at once',
  settings,
  arrange: (world) => isDownFor(world, minuteMs, { hangs: true }),
  act: async (client) => {
    await submit(client, 3);
    await client.pause(1_000);
    await submit(client, 1, other);
  },
  assert: (world) => {
    expectSoonAfterwards(world);
    if (world.settings.plan) return;
    world.notifyRule.expectOnce(world.table.items);
    const [[, item] = []] = itemsOf(world, other);
    if (!item) throw new Violation('the scenario plays what it says', 'nothing was for the other endpoint');
    world.notifyRule.expectNotifiedBy((item.finishedAt ?? 0) + 2_000, new Map([[item.id, item]]));
  },
};

/** It answers, and takes nothing, or nothing of one of its paths. */
const rejectsFor = (world: World, ms: number, beginning = origin): void => {
  world.targets.failures = 0;
  world.targets.downUntil.set(beginning, world.time.now + ms);
  world.targets.rejecting.add(beginning);
};
const rejecting = { notify, breakers: { failures: 1, rejections: 1 } };

export const rejectsForAnHour: Scenario = {
  name: 'an endpoint takes nothing for an hour, and what it has rejected is parked',
  settings: rejecting,
  arrange: (world) => rejectsFor(world, hourMs),
  act: overTwoHours(1),
  assert: (world) => {
    expectSoonAfterwards(world);
    if (world.settings.plan) return;
    world.notifyRule.expectOnce(world.table.items);
    world.endpointRule.expectNoSchedule();
  },
};

/** What is for one path waits, and is parked behind what is for others. */
export const rejectsSome: Scenario = {
  name: 'an endpoint is down, and when it is back it takes nothing of one of its paths for a while',
  settings: rejecting,
  arrange: (world) => {
    rejectsFor(world, hourMs, `${origin}/old`);
    world.targets.downUntil.set(`${origin}/jobs`, world.time.now + minuteMs);
  },
  act: async (client) => {
    await submit(client, 1, [{ url: `${origin}/old` }]);
    await submit(client, 1);
    await client.pause(10 * minuteMs);
    await submit(client, 1);
  },
  assert: (world) => {
    if (world.settings.plan) return;
    world.notifyRule.expectOnce(world.table.items);
    world.endpointRule.expectNothingParked();
    const others = itemsOf(world, notify);
    for (const [id, item] of others)
      world.notifyRule.expectNotifiedBy((item.finishedAt ?? 0) + withinMs, new Map([[id, item]]));
    const last = others.at(-1);
    if (!last) throw new Violation('the scenario plays what it says', 'nothing was for the other path');
    world.notifyRule.expectNotifiedBy((last[1].finishedAt ?? 0) + 2_000, new Map([last]));
  },
};

/** It is tried for three days: some 330 times. */
const deadForFourDays: Scenario = {
  name: 'an endpoint is dead for four days, and what waits for it is given up after three',
  settings: { ...settings, maxDays: 10, maxSteps: 1_000_000 },
  faults: [],
  arrange: (world) => isDownFor(world, 96 * hourMs),
  act: async (client) => submit(client, 1),
  assert: (world) => {
    world.notifyRule.expectGivenUp(world.settings.plan ? disturbedMs : withinMs);
    if (!world.settings.plan) world.endpointRule.expectNothingParked();
  },
};

/** The same, of what has waited for nearly three days: so few tries that every fault is played. */
export const nearlyOver: Scenario = {
  name: 'what has waited for an endpoint for nearly three days is given up',
  settings,
  arrange: (world) => isDownFor(world, 96 * hourMs),
  act: async (client, world) => {
    await submit(client, 2);
    await client.pause(20 * minuteMs);
    const agedMs = 72 * hourMs - 30 * minuteMs;
    for (const parked of world.endpoints.parked.values())
      for (const [id, one] of parked) {
        parked.set(id, { ...one, giveUpAt: one.giveUpAt - agedMs });
        world.notifyRule.agedMs.set(one.message.jobId, agedMs);
      }
  },
  // A submission may have failed.
  assert: (world) => {
    if (world.table.items.size > 0)
      world.notifyRule.expectGivenUp(world.settings.plan ? disturbedMs : withinMs);
  },
};

const stateOf = ({ endpoints }: World) => [...endpoints.breakers.values()][0]?.state;

/** Its process found the breaker open, and stands still until it is closed. */
export const parksTooLate: Scenario = {
  name: 'a notification is parked right after its breaker was closed',
  settings,
  arrange: (world) => isDownFor(world, minuteMs),
  act: async (client, world) => {
    await submit(client, 1);
    await client.pause(2_000);
    before(
      world,
      (call) => call === 'park a notification',
      async () => {
        for (let tries = 0; tries < 40 && stateOf(world) !== 'closed'; tries += 1) await client.pause(1_000);
      },
      'notify',
    );
    await submit(client, 1);
  },
  // When its own process dies meanwhile, the message comes minutes later.
  assert: (world) => {
    if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items);
  },
};

/** Its process has seen the breaker open right before it was closed. */
export const parkedBeforeClose: Scenario = {
  name: 'a notification is parked right before its breaker is closed',
  settings,
  arrange: (world) => isDownFor(world, minuteMs),
  act: async (client, world) => {
    await submit(client, 1);
    await client.pause(2_000);
    const parked = Promise.withResolvers<void>();
    const closing = Promise.withResolvers<void>();
    before(
      world,
      (call) => call === 'park a notification',
      async () => {
        await Promise.race([closing.promise, client.pause(50_000)]);
        parked.resolve();
      },
      'notify',
    );
    before(
      world,
      (call) => call === 'breaker: close',
      async () => {
        closing.resolve();
        await Promise.race([parked.promise, client.pause(5_000)]);
        await client.pause(100);
      },
      'notify',
    );
    await submit(client, 1);
  },
  assert: (world) => {
    if (world.settings.plan) return;
    const isParked = [...world.endpoints.breakers.values()].every(({ pass }) => pass > 1);
    if (!isParked) throw new Violation('the scenario plays what it says', 'the breaker was not opened again');
    world.notifyRule.expectOnce(world.table.items);
    world.endpointRule.expectNothingParked();
  },
};

/** Nothing tries the endpoint any more. */
export const emptied: Scenario = {
  name: 'the queue of notifications is emptied while an endpoint is dead, and a later job has it tried again',
  settings,
  arrange: (world) => isDownFor(world, hourMs),
  act: async (client, world) => {
    await submit(client, 1);
    await client.pause(20 * minuteMs);
    world.slowNotifying.purge();
    await client.pause(2 * hourMs);
    await client.insist({ payload: { seconds: 1 }, notify, key: 'later' });
  },
  assert: (world) => {
    if (!world.settings.plan) world.endpointRule.expectNothingParked();
  },
};

/** The function `overdue` is called every five minutes. */
const looking = { ...settings, net: true };

/** The same, and nobody has anything to tell any more. */
export const emptiedForGood: Scenario = {
  name: 'the queue of notifications is emptied while an endpoint is dead, and no later job has it tried again',
  settings: looking,
  arrange: (world) => isDownFor(world, hourMs),
  act: async (client, world) => {
    await submit(client, 2);
    await client.pause(20 * minuteMs);
    world.slowNotifying.purge();
  },
  assert: expectSoonAfterwards,
};

function expectSomeParked({ endpoints, settings }: World): void {
  const isParked = [...endpoints.parked.values()].some(({ size }) => size > 0);
  if (!isParked && !settings.plan)
    throw new Violation('the scenario plays what it says', 'nothing was parked when the queue was emptied');
}

/** A pass ends after its first page, and the message of the next one is lost. */
export const emptiedWhileDraining: Scenario = {
  name: 'the queue of notifications is emptied while what is parked is delivered',
  settings: looking,
  arrange: (world) => isDownFor(world, minuteMs),
  act: async (client, world) => {
    await submit(client, 4);
    await client.pause(minuteMs);
    before(
      world,
      (call) => call === 'look for parked notifications',
      () => client.pause(31_000),
      'notify',
    );
    before(
      world,
      (call) => call === 'read a breaker' && stateOf(world) === 'draining',
      async () => {
        // With a fault, a notification may be there that is not parked yet: nobody would miss that.
        world.slowNotifying.purge((body) => body.includes('"tryEndpoint"'));
        world.guard(() => expectSomeParked(world));
      },
      'notify',
    );
  },
  assert: (world) => {
    if (world.settings.plan) return;
    world.endpointRule.expectNothingParked();
    world.notifyRule.expectOnce(world.table.items);
  },
};

/** Its breaker never opens. */
const answers = { notify, breakers: { failures: 5 } };
const isSlow = (world: World, fromMs: number, forMs: number): void => {
  world.targets.failures = 0;
  const from = world.time.now + fromMs;
  world.targets.slow.set(origin, { from, until: from + forMs });
};
const notifiedOnce: Scenario['assert'] = (world) => {
  if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items);
};

export const alwaysSlow: Scenario = {
  name: 'an endpoint answers slowly, and what is for another one is told beside it',
  settings: answers,
  arrange: (world) => isSlow(world, -hourMs, 24 * hourMs),
  act: async (client) => {
    await submit(client, 2);
    await submit(client, 1, other);
    await client.pause(minuteMs);
    await submit(client, 1);
    await submit(client, 1, other);
  },
  assert: notifiedOnce,
};

export const slowForAWhile: Scenario = {
  name: 'an endpoint answers quickly, then slowly for some minutes, and then quickly again',
  settings: answers,
  arrange: (world) => isSlow(world, minuteMs, 10 * minuteMs),
  act: async (client) => {
    for (const minutes of [3, 1, 17, 1]) {
      await submit(client, 1);
      await client.pause(minutes * minuteMs);
    }
  },
  assert: (world, client) => {
    notifiedOnce(world, client);
    const [found] = [...world.endpoints.breakers.values()];
    if (!world.settings.plan && found?.speed !== 'quick')
      throw new Violation('an endpoint that has become quick is known to be', String(found?.speed));
  },
};

export const endpointScenarios: readonly Scenario[] = [
  emptied,
  emptiedForGood,
  emptiedWhileDraining,
  deadForAnHour,
  soonBack,
  rejectsForAnHour,
  rejectsSome,
  nearlyOver,
  parksTooLate,
  parkedBeforeClose,
  alwaysSlow,
  slowForAWhile,
];

/** Of so many tries that no fault is played. */
export const deadScenarios: readonly Scenario[] = [deadForFourDays];
