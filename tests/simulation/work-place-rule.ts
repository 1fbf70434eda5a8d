import type { JobContext } from '../../shared/author/handler.ts';
import { isOfRunning, type RunningLimit } from '../../shared/author/work-limit.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isClaimed } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** Checks that no more attempts of a key run at once than its limit says, and that to wait for a place uses no attempt. */
export class WorkPlaceRule {
  readonly #world: World;
  /** The fencing token with which the handler of each job has started last. */
  readonly #started = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * An attempt runs from the start of its handler until its end is final: until the item is not running any more, or with another token. What a
   * handler does after that is the work of a zombie.
   */
  onStart({ id, fencingToken }: Pick<JobContext, 'id' | 'fencingToken'>): void {
    const { table, guard } = this.#world;
    const job = table.items.get(id);
    if (!job || job.fencingToken !== fencingToken) return;
    this.#started.set(id, fencingToken);
    for (const { key, running: most } of this.#limitsOf(job)) {
      const running = [...table.items.values()].filter(
        (item) =>
          isClaimed(item.status) &&
          this.#started.get(item.id) === item.fencingToken &&
          this.#limitsOf(item).some((one) => one.key === key),
      );
      guard(() => {
        if (running.length <= most) return;
        const names = running.map((one) => one.id).join(' ');
        throw new Violation('no more attempts run at once than the limit says', `of ${key}: ${names}`);
      });
    }
  }

  /** Those whose keys are texts: an item does not have the payload. */
  #limitsOf({ type }: Pick<JobItem, 'type'>): readonly RunningLimit[] {
    const limits = this.#world.contracts[type]?.limits?.filter(isOfRunning) ?? [];
    return limits.filter(({ key }) => typeof key === 'string');
  }

  onWrite({ write: { transition }, before, after: { id, attempt, history, startedAt } }: Effect): void {
    if (transition !== 'giveBack' || !before) return;
    if (attempt !== before.attempt - 1 || history.length !== before.history.length - 1)
      throw new Violation('to wait for a place uses no attempt', `${id} has attempt ${attempt}`);
    if (history.length === 0 && startedAt !== undefined)
      throw new Violation('to wait for a place uses no attempt', `${id} says that it has started`);
  }
}
