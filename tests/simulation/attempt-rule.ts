import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { Violation } from './violation.ts';

/** Checks that no handler is started more often than its job has attempts. */
export class AttemptRule {
  /** How often a job started from new attempts, and in which of these lives a claim was made. */
  readonly #lives = new Map<string, number>();
  readonly #lifeOfClaim = new Map<string, string>();
  readonly #starts = new Map<string, number>();
  /** How often a job was claimed again after a crash in company, was interrupted or put off, by its life. */
  readonly #uncounted = new Map<string, number>();

  /** The attempts are counted from the start. */
  beginLife(id: string): void {
    this.#lives.set(id, (this.#lives.get(id) ?? 0) + 1);
  }

  onClaim({ transition }: JobWrite, { id, fencingToken }: JobItem): void {
    this.#lifeOfClaim.set(`${id} ${fencingToken}`, this.#lifeOf(id));
    if (transition === 'reclaim') this.onUncounted(id);
  }

  /** An attempt that has started does not count. */
  onUncounted(id: string): void {
    const life = this.#lifeOf(id);
    this.#uncounted.set(life, (this.#uncounted.get(life) ?? 0) + 1);
  }

  /** @param claim the job's id and the fencing token: a zombie may start late, and counts to the life of its claim */
  onStart(claim: string, { id, maxAttempts }: JobItem): void {
    const life = this.#lifeOfClaim.get(claim) ?? 'no claim';
    const starts = (this.#starts.get(life) ?? 0) + 1;
    this.#starts.set(life, starts);
    // An attempt in company that is made again alone does not count, and neither does one that a stop has interrupted, or that is to be made later.
    if (starts > maxAttempts + (this.#uncounted.get(life) ?? 0))
      throw new Violation('attempts never exceed the maximum', `${id} is started ${starts} times`);
  }

  #lifeOf(id: string): string {
    return `${id} ${this.#lives.get(id) ?? 0}`;
  }
}
