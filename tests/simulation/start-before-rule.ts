import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Effect } from './effect.ts';
import { claims, newRun } from './transition-kinds.ts';
import { Violation } from './violation.ts';

/** Checks that no job makes its first start when the time for that is over, and that only such a job fails of it. */
export class StartBeforeRule {
  /** The jobs that have started, or that the user has retried: they may start at any time. */
  readonly #mayStartLate = new Set<string>();
  /** The fencing token of the claim with which each job made its first start. */
  readonly #firstClaims = new Map<string, number>();

  onWrite({ write: { transition }, before, after }: Effect): void {
    const { id } = after;
    if (transition === 'failLate') this.#checkLate(after);
    if (claims.includes(transition)) this.#onClaim(after);
    // What is given back before its handler starts has not started.
    const isUndone = transition === 'giveBack' && this.#firstClaims.get(id) === after.fencingToken;
    if (isUndone) this.#forget(id);
    if (newRun.includes(transition)) this.#mayStartLate.add(id);
    if (before?.mayStartLate && !after.mayStartLate && !after.erased && !isUndone)
      throw new Violation('who may start late may do so for good', `${id} may not after ${transition}`);
  }

  #checkLate({ id, startBefore = Number.POSITIVE_INFINITY, updatedAt }: JobItem): void {
    if (this.#mayStartLate.has(id))
      throw new Violation('only a first start can be late', `${id} fails, and was started or retried`);
    // Each compares with its own clock. That these differ by no more than seconds is the item rule's concern.
    if (updatedAt < startBefore)
      throw new Violation(
        'only a first start can be late',
        `${id} fails ${startBefore - updatedAt} ms early`,
      );
  }

  #onClaim({ id, startBefore = Number.POSITIVE_INFINITY, updatedAt, fencingToken }: JobItem): void {
    if (this.#mayStartLate.has(id)) return;
    if (updatedAt >= startBefore)
      throw new Violation(
        'no job starts for the first time when its time for that is over',
        `${id} starts ${updatedAt - startBefore} ms late`,
      );
    this.#firstClaims.set(id, fencingToken);
    this.#mayStartLate.add(id);
  }

  /** TTL has removed the item: whatever comes under its id now is another job. */
  onExpired(id: string): void {
    this.#forget(id);
  }

  #forget(id: string): void {
    this.#mayStartLate.delete(id);
    this.#firstClaims.delete(id);
  }
}
