import {
  type BatchRoot,
  batchIdOf,
  earlyBoundOf,
  earlyEndsOf,
  indexesOf,
  isMadeAgain,
  shardKeyOf,
  shardOf,
  shardsOf,
} from '../../shared/domain/children/batch.ts';
import type { EarlyEnds } from '../../shared/domain/children/batch-ports.ts';
import { awaitedBatches, type JobItem } from '../../shared/domain/state/job/item.ts';
import { type BatchRecord, readSavedSteps } from '../../shared/domain/state/stored/saved-steps.ts';
import { afterLossesMs } from './after-losses.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;

const hasBound = ({ any, tolerate }: BatchRoot): boolean => any !== undefined || tolerate !== undefined;

/**
 * A parent goes on when `any` or `tolerate` has decided, and what is decided stays. The rule looks at the shards alone: the root has
 * but what it was told.
 */
export class EarlyRule {
  readonly #world: World;
  /** Since when each job waits for a batch that is decided, by the job's id. */
  readonly #due = new Map<string, number>();
  /** What each batch has come to as its parent saw it, in its last run that has looked. */
  readonly #decided = new Map<string, NonNullable<BatchRecord['settled']>>();

  constructor(world: World) {
    this.#world = world;
  }

  isDecided(root: BatchRoot): boolean {
    const { any = Number.POSITIVE_INFINITY, tolerate = Number.POSITIVE_INFINITY } = root;
    const { succeeded, unsuccessful } = this.#countsOf(root);
    return succeeded >= any || (unsuccessful > tolerate && !isMadeAgain(root));
  }

  #countsOf(root: BatchRoot): { readonly succeeded: number; readonly unsuccessful: number } {
    const { batch, round } = root;
    let [ended, unsuccessful] = [0, 0];
    for (const shard of shardsOf(root)) {
      const stored = this.#world.batches.stored.get(shardKeyOf({ batch, round, shard }));
      ended += root.full?.has(String(shard)) ? indexesOf(root, shard).length : (stored?.ended?.size ?? 0);
      unsuccessful += stored?.unsuccessful?.size ?? 0;
    }
    return { succeeded: ended - unsuccessful, unsuccessful };
  }

  /** Whether a run of its parent has looked at the ends of a batch, and was not content with those that had succeeded. */
  hasLookedInVain(batch: string, run: number): boolean {
    const decided = this.#decided.get(batch);
    return decided?.run === run && decided.counted === undefined;
  }

  /** Ends were counted in a shard. */
  onCounted(batch: string): void {
    const root = this.#world.batches.roots.get(batch);
    const parent = root && this.#world.table.items.get(root.parent);
    if (parent) this.#noteDue(parent);
  }

  #noteDue(parent: JobItem): void {
    const isDue = awaitedBatches(parent).some((batch) => {
      const root = this.#world.batches.roots.get(batch);
      return root && hasBound(root) && this.isDecided(root);
    });
    if (isDue && !this.#due.has(parent.id)) this.#due.set(parent.id, this.#world.time.now);
  }

  /** @param before the root */
  onAdded({ batch, round, kind, indexes }: EarlyEnds, before: BatchRoot): void {
    for (const index of indexes) {
      const place = { batch, round: before.round, shard: shardOf(before, index) };
      const shard = this.#world.batches.stored.get(shardKeyOf(place));
      const isUnsuccessful = shard?.unsuccessful?.has(String(index)) ?? false;
      if (shard?.ended?.has(String(index)) && isUnsuccessful === (kind === 'unsuccessful')) continue;
      throw new Violation('a root is told of what its shards have', `${index} of ${batch}: ${kind}`);
    }
    const bound = earlyBoundOf(before, kind) ?? 0;
    if (round !== before.round || earlyEndsOf(before, kind).size >= bound || indexes.length > bound)
      throw new Violation('a root is told of ends until it is decided', `${kind} of ${batch}`);
  }

  onWrite({ before, after, now }: Effect): void {
    if (before) this.#checkDecisions(before, after);
    if (awaitedBatches(after).length > 0) this.#noteDue(after);
    else this.#wentOn(after, now);
  }

  #wentOn({ id }: JobItem, now: number): void {
    const { plan, chaos, net, builds } = this.#world.settings;
    const isDisturbed = plan !== undefined || chaos || builds !== undefined;
    const since = this.#due.get(id) ?? now;
    const boundMs = isDisturbed ? afterLossesMs(this.#world, since) + 5 * minuteMs : minuteMs;
    const lateMs = now - since;
    this.#due.delete(id);
    // What is purged, too, its parent finds after a day.
    if (!net && lateMs > boundMs)
      throw new Violation('a parent goes on when its children have decided', `${id}: ${lateMs} ms later`);
  }

  #checkDecisions(before: JobItem, after: JobItem): void {
    if (after.steps === undefined || after.steps === before.steps) return;
    const was = new Map(decisionsOf(before).map((one) => [one.key, one.batch]));
    for (const { key, batch } of decisionsOf(after)) {
      requireDecided(batch, after.id);
      if (batch.settled) this.#decided.set(batchIdOf(after.id, key), batch.settled);
      const settled = was.get(key)?.settled;
      if (settled && settled.run === batch.settled?.run)
        if (JSON.stringify(settled) !== JSON.stringify(batch.settled))
          throw new Violation('what is decided of a batch stays', `${key} of ${after.id}`);
    }
  }

  onEnd(): void {
    for (const [id] of this.#due)
      throw new Violation('a parent goes on when its children have decided', `${id} has never gone on`);
  }
}

interface Decided {
  readonly key: string;
  readonly batch: BatchRecord;
}

const decisionsOf = ({ steps }: JobItem): readonly Decided[] =>
  readSavedSteps(steps).records.flatMap(({ key, batch }) => (batch?.settled ? [{ key, batch }] : []));

function requireDecided({ any, tolerate, count, settled }: BatchRecord, id: string): void {
  const { unsuccessful = 0, succeeded } = settled ?? {};
  const isEarly = succeeded !== undefined;
  const isMet = any !== undefined && (succeeded ?? count - unsuccessful) >= any;
  const isExceeded = tolerate !== undefined && unsuccessful > tolerate;
  if ((isEarly && !isMet && !isExceeded) || (isMet && settled?.counted?.length !== any))
    throw new Violation('a decision is that of the children', `${id}: ${JSON.stringify(settled)}`);
}
