import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import { randomScenario, type SeededScenario } from './random-scenario.ts';
import { randomServers } from './random-servers.ts';
import type { World } from './world.ts';

type Booking = World['handlers']['booking'];

/**
 * What a parent of a number does: it has some children, in one batch or two, or a child that is a parent, too. Some wait for an answer
 * meanwhile, and some go on before all have ended.
 */
const spawning: Booking = async ({ seats: kind }, job) => {
  const batch = await job.spawn('first', contracts.counting, {
    count: kind % 5,
    payload: (index) => ({
      seconds: ((index + kind) % 3) * 4,
      ...((index + kind) % 4 === 0 ? { failFirst: index + 1 } : {}),
    }),
    whenParentEnds: kind % 3 === 0 ? 'leave' : 'cancel',
    any: kind % 4 === 3 && kind % 5 > 0 ? 1 : undefined,
    tolerate: kind % 4 === 1 ? kind % 3 : undefined,
  });
  if (kind % 2 === 0) await batch.succeeded();
  const [, , second] = await Promise.all([
    batch.settled(),
    kind % 3 === 1 ? job.waitFor('answer', { signal: 'approve', until: 40 + kind }) : undefined,
    kind >= 6 ? job.call('second', contracts.booking, { seats: kind - 6, waitSeconds: 0 }) : undefined,
  ]);
  const seats: string[] = [];
  for await (const { status } of batch.results()) seats.push(status);
  return { seats, charge: second?.charge ?? null };
};

/** The scenario of a seed, with jobs that spawn jobs beside the others. */
export function randomFamilies(seed: number): SeededScenario {
  const { scenario, settings } = (seed % 4 === 0 ? randomServers : randomScenario)(seed);
  const random = new SeededRandom(seed + 2 ** 27);
  return {
    settings,
    scenario: {
      ...scenario,
      arrange: (world) => {
        scenario.arrange?.(world);
        world.handlers = { ...world.handlers, booking: spawning };
      },
      act: async (client, world) => {
        await Promise.all([scenario.act(client, world), parents(client, random)]);
      },
    },
  };
}

async function parents(client: Client, random: SeededRandom): Promise<void> {
  for (let jobs = 1 + random.below(3); jobs > 0; jobs -= 1) {
    await client.pause(random.below(30_000));
    const { job } = await client.insist({
      key: `parent ${random.below(2)}`,
      type: 'booking',
      payload: { seats: random.below(12), waitSeconds: 0 },
      maxAttempts: 1 + random.below(4),
    });
    for (let times = random.below(3); job && times > 0; times -= 1) {
      await client.pause(random.below(30_000));
      if (random.chance(0.4))
        await client.signal(job.id, { name: 'approve', key: 'answer', value: { isOk: random.chance(0.8) } });
      if (random.chance(0.5)) await client.cancel(job.id);
      else await client.until(job.id, 'failed', 'canceled', 'succeeded');
      await client.retry(job.id);
    }
  }
}
