import type { JobItem } from '../../shared/contracts/job-item.ts';
import { isTerminal } from '../../shared/job.ts';
import { Violation } from './violation.ts';

export interface TakeOverBounds {
  /** From a worker's crash to the next claim. */
  readonly takenOverWithinMs: number;
  /** Whether all messages are hidden for a lease before the claim, or those of groups only. */
  readonly hideAtClaim: boolean;
}

/** Watches that what a crashed worker leaves behind is taken over soon. */
export class TakeOverRule {
  readonly #bounds: TakeOverBounds;
  /** The instance that claimed a job last. */
  readonly #holders = new Map<string, string>();
  /** Until when a job must be claimed again. */
  readonly #deadlines = new Map<string, number>();

  constructor(bounds: TakeOverBounds) {
    this.#bounds = bounds;
  }

  onCrash(instance: string, now: number, items: ReadonlyMap<string, JobItem>): void {
    const { takenOverWithinMs, hideAtClaim } = this.#bounds;
    for (const { id, status, group, notBefore = 0 } of items.values())
      if (this.#holders.get(id) === instance && !isTerminal(status) && (hideAtClaim || group !== undefined))
        this.#deadlines.set(id, Math.max(now, notBefore) + takenOverWithinMs);
  }

  onClaim(id: string, instance: string, now: number): void {
    const late = now - (this.#deadlines.get(id) ?? now);
    if (late > 0)
      throw new Violation('a crashed slice is taken over soon', `${id} is claimed ${late} ms late`);
    this.#deadlines.delete(id);
    this.#holders.set(id, instance);
  }
}
