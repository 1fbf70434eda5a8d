import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

export interface TakeOverBounds {
  /** From a worker's crash to the next claim. */
  readonly takenOverWithinMs: number;
  /** Whether the visibility of all messages is changed before the claim, or only that of groups. */
  readonly changeVisibilityBeforeClaim: boolean;
}

interface Crashed {
  readonly name: string;
  /** Then the visibility of its messages was set by the receive. */
  readonly isServer: boolean;
}

/** Checks that another worker takes over a crashed worker's jobs in time. */
export class TakeOverRule {
  readonly #bounds: TakeOverBounds;
  /** The instance that claimed a job last. */
  readonly #holders = new Map<string, string>();
  /** Until when a job must be claimed again, or ended. */
  readonly #deadlines = new Map<string, number>();

  constructor(bounds: TakeOverBounds) {
    this.#bounds = bounds;
  }

  onCrash({ name, isServer }: Crashed, now: number, items: ReadonlyMap<string, JobItem>): void {
    const { takenOverWithinMs, changeVisibilityBeforeClaim } = this.#bounds;
    const isVisibleInTime = changeVisibilityBeforeClaim || isServer;
    for (const { id, status, group, notBefore = 0 } of items.values())
      if (this.#holders.get(id) === name && !isTerminal(status) && (isVisibleInTime || group !== undefined))
        this.#deadlines.set(id, Math.max(now, notBefore) + takenOverWithinMs);
  }

  /** A job that is claimed, or has ended, need not be taken over any more. */
  onWrite({ write, after, instance, now }: Effect): void {
    const { id } = after;
    const isClaim = write.transition === 'claim' || write.transition === 'reclaim';
    if (!isClaim && !isTerminal(after.status)) return;
    const late = now - (this.#deadlines.get(id) ?? now);
    if (late > 0)
      throw new Violation(
        'a crashed slice is taken over in time',
        `${write.transition} of ${id} is ${late} ms late`,
      );
    this.#deadlines.delete(id);
    if (isClaim) this.#holders.set(id, instance);
  }
}
