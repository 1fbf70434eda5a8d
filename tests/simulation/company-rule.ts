import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

interface Dead {
  readonly name: string;
  /** The jobs that shared its process. */
  readonly jobs: ReadonlySet<string>;
}

/** Checks that a job never fails because another job crashed the process that both ran in. */
export class CompanyRule {
  /** How often a job was claimed since its attempts were last counted from the start. */
  readonly #claims = new Map<string, number>();
  /** How many of these claims ended with the death of a process in which other jobs ran, or were interrupted. */
  readonly #uncounted = new Map<string, number>();
  /** The instance that claimed a job last. */
  readonly #holders = new Map<string, string>();
  /** Jobs that run alone after such a death. On a server that is a process of its own, and the death of the server counts like its own. */
  readonly #alone = new Set<string>();

  holderOf(id: string): string | undefined {
    return this.#holders.get(id);
  }

  onClaim({ instance, after, write }: Effect): void {
    this.#claims.set(after.id, (this.#claims.get(after.id) ?? 0) + 1);
    this.#holders.set(after.id, instance);
    if (write.transition === 'reclaim') this.#alone.add(after.id);
    else this.#alone.delete(after.id);
  }

  /** The attempts are counted from the start. */
  onNewLife(id: string): void {
    this.#claims.delete(id);
    this.#uncounted.delete(id);
  }

  onDeath({ name, jobs }: Dead, items: ReadonlyMap<string, JobItem>): void {
    for (const { id, status } of items.values()) {
      if (status !== 'running' || this.#holders.get(id) !== name || this.#alone.has(id)) continue;
      if ([...jobs].some((other) => other !== id)) this.onUncounted(id);
    }
  }

  onUncounted(id: string): void {
    this.#uncounted.set(id, (this.#uncounted.get(id) ?? 0) + 1);
  }

  onExhausted({ after: { id, maxAttempts } }: Effect): void {
    const own = (this.#claims.get(id) ?? 0) - (this.#uncounted.get(id) ?? 0);
    if (own < maxAttempts)
      throw new Violation("a job's company costs it nothing", `${id} had ${own} attempts of its own`);
  }
}
