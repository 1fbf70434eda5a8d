import type { SQSEvent } from 'aws-lambda';
import { waitingFigures } from './limits.ts';
import type { Mutant, Ports } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

/** A message is returned twice meanwhile: for half a minute, and for a minute. */
const lackingMs = 50_000;
/** And is back by then. */
const backAfterMs = 90_000;
/** A deployment that came for a moment: what was received in it is back after half a minute. */
const slackMs = 2_000;

/** Until then every function that receives has a build whose configuration it cannot read. */
const lacking =
  (isIt: (role: string) => boolean, ms = lackingMs) =>
  (world: World): void => {
    const until = world.time.now + ms;
    world.lacksConfiguration = (role) => isIt(role) && world.time.now < until;
  };

const check = (holds: boolean, what: string): void => {
  if (!holds)
    throw new Violation('what a function without its configuration returns starts soon, as it was', what);
};

/** Undisturbed, each has had one attempt, and none is late. */
function checkStarted(world: World, withinMs: number): void {
  if (world.settings.plan) return;
  for (const { id, attempt, startedAt = 0, createdAt } of world.table.items.values()) {
    check(attempt === 1, `${id} has attempt ${attempt}`);
    check(startedAt - createdAt < withinMs, `${id} starts after ${startedAt - createdAt} ms`);
  }
}

const everywhere: Scenario = {
  name: 'new code meets old variables in all functions: a job, and one that waits for it',
  settings: { figures: waitingFigures },
  arrange: lacking(() => true),
  act: async (client) => {
    const a = await job(client, 'a', 1);
    await job(client, 'b', 0, [a]);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkStarted(world, backAfterMs + slackMs);
  },
};

const inGroup: Scenario = {
  name: 'new code meets old variables in a worker: two jobs of a group',
  settings: { figures: waitingFigures },
  arrange: lacking((role) => role === 'worker', 20_000),
  act: async (client) => {
    await client.submit({ payload: { seconds: 1 }, maxAttempts: 4, group: 'g' });
    await client.submit({ payload: { seconds: 0 }, maxAttempts: 4, group: 'g' });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkStarted(world, 35_000);
  },
};

export const unconfiguredScenarios: readonly Scenario[] = [everywhere, inGroup];

const withoutCall = (ports: Ports, role: string, world: World): Ports =>
  world.lacksConfiguration(role)
    ? { ...ports, queue: { ...ports.queue, changeVisibility: async () => {} } }
    : ports;

/** A function that can read its configuration says why it deletes or returns a message. */
const isUnconfigured = ({ Records }: SQSEvent, whys: ReadonlyMap<string, string>): boolean =>
  !Records.some(({ messageId }) => whys.has(messageId));

export const unconfiguredMutants: readonly Mutant[] = [
  {
    name: 'a function without its configuration reports no message as failed',
    shownBy: everywhere.name,
    answer: (answer, event, { whys }) => (isUnconfigured(event, whys) ? { batchItemFailures: [] } : answer),
  },
  {
    name: 'a function without its configuration leaves its messages invisible for as long as its queue says',
    shownBy: everywhere.name,
    ports: withoutCall,
  },
];
