import { isOver } from '../../shared/domain/children/batch.ts';
import { awaitedBatches, type JobItem, waitsInGroup } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { afterLossesMs } from './after-losses.ts';
import type { Effect } from './effect.ts';
import { lateByMs } from './forces.ts';
import { claims } from './transition-kinds.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
/** So long is its message hidden if the process dies that was to make it visible. */
const hiddenMs = 60 * minuteMs;

/** A parent in a group goes on soon when its children have ended: its message does not stay hidden. */
export class GroupParentRule {
  readonly #world: World;
  /** Since when a parent could go on, by its id. */
  readonly #since = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A shard was added to a root. */
  onFull(batch: string, now: number): void {
    const { batches, table } = this.#world;
    const parent = table.items.get(batches.roots.get(batch)?.parent ?? '');
    if (parent) this.#look(parent, now);
  }

  onWrite({ write, before, after, now }: Effect): void {
    this.#look(after, now);
    if (claims.includes(write.transition)) this.#lookAtTime(before, now);
    if (!claims.includes(write.transition) && !isTerminal(after.status)) return;
    const since = this.#since.get(after.id) ?? now;
    const lateMs = now - since;
    this.#since.delete(after.id);
    if (lateMs > this.#boundMs(hiddenMs, since))
      throw new Violation(
        'a parent in a group goes on when its children have ended',
        `${after.id}: ${lateMs} ms later`,
      );
  }

  /** Its message comes back at the end of its wait by itself: if a process has died, nothing else is to make it visible. */
  #lookAtTime(parent: JobItem | undefined, now: number): void {
    if (parent?.group === undefined || !parent.awaits?.isTimed) return;
    const { id, awaits, notBefore = now } = parent;
    // An answer has made it due, and its message may be hidden for an hour.
    const isTime = awaits.until === notBefore;
    const lateMs = now - notBefore;
    if (lateMs > this.#boundMs(isTime ? 0 : hiddenMs, notBefore))
      throw new Violation('a parent in a group goes on when its time is over', `${id}: ${lateMs} ms later`);
  }

  #look(parent: JobItem, now: number): void {
    if (!waitsInGroup(parent) || this.#since.has(parent.id)) return;
    const roots = awaitedBatches(parent).map((batch) => this.#world.batches.roots.get(batch));
    if (roots.some((root) => root && isOver(root))) this.#since.set(parent.id, now);
  }

  #boundMs(mayBeHiddenMs: number, since: number): number {
    const { settings, figures, forces } = this.#world;
    const { plan, chaos, net, builds, failedComeBackAtOnce } = settings;
    const isDisturbed = plan !== undefined || chaos || net || builds !== undefined;
    return (
      minuteMs +
      lateByMs(forces) +
      (isDisturbed ? afterLossesMs(this.#world, since) + 4 * minuteMs + mayBeHiddenMs : 0) +
      (failedComeBackAtOnce ? figures.atOnceSeconds * 1000 : 0)
    );
  }
}
