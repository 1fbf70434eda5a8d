import type { OrderOfJob } from '../../shared/author/job-order.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** What a handler is told of a job that it has submitted is so: the job is there, and it is the same each time. */
export class SubmitRule {
  readonly #world: World;
  /** The id of each job that was submitted, by the job that has submitted it and the key. */
  readonly #ids = new Map<string, string>();
  readonly #expired = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  onSubmitted({ by, key }: OrderOfJob, id: string): void {
    const ofKey = `${by.id} ${key}`;
    const before = this.#ids.get(ofKey);
    if (before !== undefined && before !== id)
      throw new Violation('a job that is submitted twice is one job', `${key}: ${before}, then ${id}`);
    this.#ids.set(ofKey, id);
    if (!this.#world.table.items.has(id) && !this.#expired.has(id))
      throw new Violation('a job is there when its handler is told that it was submitted', id);
  }

  /** TTL has removed its item. */
  onExpired(id: string): void {
    this.#expired.add(id);
  }

  onEnd(): void {
    for (const id of this.#expired)
      if (this.#world.table.items.has(id) && [...this.#ids.values()].includes(id))
        throw new Violation('a submitted job that has expired is not made anew', id);
  }
}
