import type { Port } from './instance.ts';
import { outageMs } from './limits.ts';
import type { World } from './world.ts';

/** Until when nobody can reach the table, the bucket or the queues, and how many outages there were. */
export class Outages extends Map<Port, number> {
  readonly #ends: number[] = [];

  override set(port: Port, until: number): this {
    this.#ends.push(until);
    return super.set(port, until);
  }

  /** @returns how many have ended after this time, or go on */
  since(at: number): number {
    return this.#ends.filter((end) => end >= at).length;
  }
}

/**
 * How much later something may happen in a disturbed run: a job that meets a fault has its message back after the visibility timeout, and each
 * outage is met again. One is of the run's own fault, and one of what follows from it.
 */
export function afterLossesMs({ figures, outages }: World, since: number): number {
  return Math.max(2, outages.since(since)) * (figures.visibilityMs + outageMs);
}
