import { maxTryingMs } from '../../shared/domain/notify/endpoint.ts';
import { notificationMessage } from '../../shared/domain/notify/notification.ts';
import type { Client } from './client.ts';
import type { Mutant, Ports } from './mutant.ts';
import type { Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const origin = 'https://receiver.example';
const notify = [{ url: `${origin}/jobs` }];
const other = [{ url: 'https://other.example/jobs' }];
/** A process of the simulation lives for one invocation: it has no streak. */
const settings = { notify, webhooksPerMinute: 1, breakers: { failures: 1 } };
const minuteMs = 60_000;

async function submit(client: Client, jobs: number, to = notify): Promise<void> {
  await Promise.all(
    Array.from({ length: jobs }, () => client.submit({ payload: { seconds: 0 }, notify: to })),
  );
}

function expectAllNotified(world: World): void {
  world.notifyRule.expectOnce(world.table.items, 5 * minuteMs);
  world.endpointRule.expectNoSchedule();
  world.endpointRule.expectNothingParked();
}

/** The second one waits, and that of another host does not. */
export const waitsForItsTurn: Scenario = {
  name: 'more jobs end than a tenant may send webhooks a minute to a host, and another host is told at once',
  settings,
  arrange: (world) => {
    world.targets.failures = 0;
  },
  act: async (client) => {
    await submit(client, 2);
    await submit(client, 1, other);
  },
  assert: (world) => {
    if (world.settings.plan) return;
    expectAllNotified(world);
    if ([...world.endpoints.breakers.values()].some(({ state }) => state !== 'closed'))
      throw new Violation('to wait for a turn opens no breaker', 'there is one');
    const ofOther = [...world.table.items].filter(([, item]) =>
      JSON.stringify(item.notify).includes('other.example'),
    );
    for (const [id, item] of ofOther)
      world.notifyRule.expectNotifiedBy((item.finishedAt ?? 0) + 2_000, new Map([[id, item]]));
  },
};

/** The attempt that found it down has used up the minute, so its next try waits, too. */
export const drainsInTurns: Scenario = {
  name: 'an endpoint is back, and what is parked is sent as fast as the limit of its tenant allows',
  settings,
  arrange: (world) => {
    world.targets.failures = 0;
    world.targets.downUntil.set(origin, world.time.now + minuteMs);
  },
  act: (client) => submit(client, 2),
  assert: (world) => {
    if (!world.settings.plan) expectAllNotified(world);
  },
};

/** The second one comes once more in the minute that the first has used up, when its time is over. */
const neverHasItsTurn: Scenario = {
  name: 'a webhook has waited for its turn for three days, and is given up',
  settings,
  arrange: (world) => {
    world.targets.failures = 0;
  },
  act: async (client, world) => {
    await submit(client, 2);
    await client.pause(4_000);
    for (const body of world.notifying.bodies) {
      const { dueAt: _, ...message } = notificationMessage.parse(JSON.parse(body));
      world.notifyRule.agedMs.set(message.jobId, maxTryingMs);
      world.notifying.purge((one) => one === body);
      world.notifying.send(JSON.stringify({ ...message, firstAt: world.time.now - maxTryingMs }));
    }
  },
  assert: (world) => {
    if (world.settings.plan) return;
    world.notifyRule.expectGivenUp(minuteMs);
    world.notifyRule.expectOnce(world.table.items);
  },
};

export const turnScenarios: readonly Scenario[] = [waitsForItsTurn, drainsInTurns, neverHasItsTurn];

/** Changes how the function `notify` uses its ports. */
const notifying = (
  name: string,
  shownBy: Scenario,
  spoil: (ports: Ports, world: World) => Partial<Ports>,
): Mutant => ({
  name,
  shownBy: shownBy.name,
  ports: (ports, role, world) => (role === 'notify' ? { ...ports, ...spoil(ports, world) } : ports),
});

export const turnMutants: readonly Mutant[] = [
  notifying('a webhook is sent although its turn has not come', waitsForItsTurn, ({ rates }) => ({
    rates: {
      ...rates,
      take: async (arrivals) => ({ ...(await rates.take(arrivals)), taken: arrivals.wanted }),
    },
  })),
  notifying('what is parked is sent although its turn has not come', drainsInTurns, ({ rates }) => ({
    rates: {
      ...rates,
      take: async (arrivals) => ({ ...(await rates.take(arrivals)), taken: arrivals.wanted }),
    },
  })),
  notifying('what waits for its turn is deleted', waitsForItsTurn, () => ({
    notifications: { send: async () => undefined },
  })),
  notifying('to wait for a turn uses an attempt', waitsForItsTurn, ({ notifications }) => ({
    notifications: {
      send: (message, delaySeconds) =>
        notifications.send({ ...message, attempts: message.attempts + 1 }, delaySeconds),
    },
  })),
  notifying('all hosts of a tenant have one limit', waitsForItsTurn, ({ rates }) => ({
    rates: { ...rates, take: ({ host: _host, ...arrivals }) => rates.take(arrivals) },
  })),
];
