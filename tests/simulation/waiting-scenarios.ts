import { cancelDependent } from './cancel-scenarios.ts';
import type { Answer, Client } from './client.ts';
import { waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';

const settings = { figures: waitingFigures };

/** Submits a job of so many seconds that depends on others. The name is its idempotency key. */
export const job = (
  client: Client,
  name: string,
  seconds: number,
  dependsOn: readonly Answer[] = [],
  delaySeconds = 0,
) =>
  client.insist({
    delaySeconds,
    key: name,
    payload: { seconds },
    maxAttempts: 4,
    dependsOn: dependsOn.flatMap(({ job }) => job?.id ?? []),
  });

const diamond: Scenario = {
  name: 'a diamond',
  settings,
  act: async (client) => {
    const a = await job(client, 'a', 3);
    const [b, c] = await Promise.all([job(client, 'b', 1, [a]), job(client, 'c', 1, [a])]);
    await job(client, 'd', 0, [b, c]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Each job of the second layer depends on all of the first. */
export const layers: Scenario = {
  name: 'two layers of five by five',
  settings,
  act: async (client) => {
    const layer = (name: string, below?: readonly Answer[]) =>
      Promise.all([1, 2, 3, 4, 5].map((place) => job(client, `${name} ${place}`, below ? 0 : 2, below)));
    await layer('upper', await layer('lower'));
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const chainOf = (length: number): Scenario => ({
  name: `a chain of ${length}`,
  settings,
  act: async (client) => {
    let last = await job(client, '1', 2);
    for (let place = 2; place <= length; place += 1) last = await job(client, `${place}`, 0, [last]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

/** Too long to play with every fault, as the chain of 6 is. A crash before a call is a crash after the call before it. */
const longChain: Scenario = { ...chainOf(50), faults: ['crash-after'] };

/** A dependency that sleeps is `waiting`, like one that waits for others. */
const sleeps: Scenario = {
  name: 'a dependency sleeps, and so does its dependent',
  settings,
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, context) => {
        if (seconds > 0 && !context.resume) await context.sleep(seconds, { passed: seconds });
        return { seconds };
      },
    };
  },
  act: async (client) => {
    const a = await job(client, 'a', 20);
    const b = await job(client, 'b', 6, [a]);
    await job(client, 'c', 0, [a, b]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

export const waitingScenarios: readonly Scenario[] = [diamond, chainOf(6), sleeps, cancelDependent];

/** These take as long as all others together. */
export const largeScenarios: readonly Scenario[] = [layers, longChain];
