import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { Client, Order } from './client.ts';
import type { SchedulerTrouble } from './simulated-scheduler.ts';
import type { World } from './world.ts';

/** Does something again and again, after pauses of up to 40 seconds. */
export async function atRandomTimes(
  times: number,
  client: Client,
  { random, act }: { readonly random: SeededRandom; readonly act: () => void },
): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await client.pause(random.below(40_000));
    act();
  }
}

/** What clients do in the half of the seeds: they say by when a job must start, give it tags, and erase it. */
export class Extras {
  readonly #random: SeededRandom;
  readonly #areThere: boolean;
  /** Whether somebody is told of the end of each job. */
  readonly areNotified: boolean;
  readonly scheduler: SchedulerTrouble;
  /** Whether somebody looks at what waits for too long. Only then may a schedule be lost. */
  readonly net: boolean;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed + 2 ** 31);
    this.#areThere = this.#random.chance(0.5);
    this.areNotified = this.#random.chance(0.5);
    const random = this.#random;
    this.scheduler = {
      ...(random.chance(0.3) ? { lateMs: random.below(7_200_000) } : {}),
      ...(random.chance(0.3) ? { twiceAfterMs: random.below(600_000) } : {}),
      keepsDeleted: random.chance(0.3),
      isCutOff: random.chance(0.1),
    };
    this.net = random.chance(0.5);
    if (this.net && random.chance(0.2)) this.scheduler = { ...this.scheduler, isStopped: true };
  }

  /** @param delaySeconds after which the job may run */
  order({ time }: World, { delaySeconds = 0 }: Order): Order {
    const random = this.#random;
    if (!this.#areThere) return {};
    return {
      ...(random.chance(0.6)
        ? { startBefore: time.now + delaySeconds * 1000 + random.pick([50, 1_000, 8_000, 40_000]) }
        : {}),
      ...(random.chance(0.2) ? { tags: [`tag ${random.below(3)}`] } : {}),
    };
  }

  /** Perhaps at once, or when it has ended, and perhaps only as it was seen a moment before. */
  async erase(id: string, client: Client, { table }: World): Promise<void> {
    const random = this.#random;
    if (!this.#areThere || random.chance(0.5)) return;
    if (random.chance(0.7)) await client.until(id, 'succeeded', 'failed', 'canceled');
    const seen = random.chance(0.5) ? table.items.get(id) : undefined;
    await client.pause(random.below(4_000));
    await client.erase(id, seen);
    if (random.chance(0.3)) await client.retry(id);
  }
}
