import {
  type BatchRoot,
  byParent,
  childIdOf,
  isDecided,
  isEnded,
  isFull,
  isLookWanted,
  isOver,
  lookEveryMs,
  type ShardKey,
  shardKeyOf,
} from '../../shared/domain/children/batch.ts';
import type { Tally } from '../../shared/domain/children/batch-ports.ts';
import { awaitedBatches, type JobItem } from '../../shared/domain/state/job/item.ts';
import type { ChildOf, JobMessage } from '../../shared/domain/state/job/message.ts';
import { hasSucceeded, isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { EarlyRule } from './early-rule.ts';
import type { Effect } from './effect.ts';
import { maxSkewMs, slowCallsMs } from './limits.ts';
import { claims } from './transition-kinds.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** A worker may have looked at the batch right before that was ended, and its next calls may be as slow as a lease is long. */
const maxLateMs = ({ figures, forces, settings }: World): number =>
  figures.leaseMs + forces.standStillMs + 30_000 + (settings.chaos || settings.plan ? slowCallsMs : 0);

const maxWaitMs = 366 * 24 * 3600_000;

/** Two looks: what was silent at the first has not moved at the second. One more may be lost with what has failed. */
const sentAgainWithinMs = 4 * lookEveryMs;

interface Loss {
  readonly at: number;
  readonly batch: string;
  readonly vain: number;
}

/** What the sets of a batch say is so, and a parent goes on when all of its children have ended: not before, and after all. */
export class ChildRule {
  readonly #world: World;
  /** When each batch was ended with its parent. */
  readonly #endedAt = new Map<string, number>();
  /** When the messages of children were lost, by their ids, of which batch each is, and how many looks at it had been in vain. */
  readonly #lost = new Map<string, Loss>();
  readonly early: EarlyRule;

  /** The children whose messages a queue has taken, each with its run. */
  readonly #sent = new Set<string>();

  /** The round in which another one was promised, by batch. */
  readonly #promised = new Map<string, number>();

  /** The same of one child. */
  readonly #promisedOnes: { readonly batch: string; readonly round: number; readonly index: number }[] = [];

  constructor(world: World) {
    this.#world = world;
    this.early = new EarlyRule(world);
  }

  onSent({ id, run, parent }: JobMessage): void {
    if (parent) this.#sent.add(`${id} ${run}`);
  }

  onCounted({ batch, round, ended, expiresAt }: Tally): void {
    if (expiresAt * 1000 < this.#world.time.now + maxWaitMs)
      throw new Violation(
        'a shard is kept for longer than its parent may wait',
        `${batch} until ${expiresAt}`,
      );
    const children = [...this.#world.table.items.values()].filter(({ parent }) => parent?.batch === batch);
    for (const index of ended) {
      const child = children.find(({ parent }) => parent?.index === index);
      if (child ? child.run >= round && (child.run > round || isTerminal(child.status)) : false) continue;
      throw new Violation('only a child that has ended is counted', `${index} of ${batch}: ${child?.status}`);
    }
  }

  onFull(place: ShardKey): void {
    const shard = this.#world.batches.stored.get(shardKeyOf(place));
    if (shard && !isFull(shard))
      throw new Violation('a shard is full when all of its children have ended', shardKeyOf(place));
  }

  /** It was stored that those are made again which do not succeed. */
  onAskedAgain(before: BatchRoot): void {
    if (isDecided(before))
      throw new Violation('nobody asks for a round of a batch whose parent goes on', before.batch);
  }

  /** A client was told so. @param round in which the call began */
  onPromisedAgain(batch: string, round: number): void {
    this.#promised.set(batch, round);
  }

  /** A client was told so of one child. */
  onPromisedOne(batch: string, round: number, index: number): void {
    this.#promisedOnes.push({ batch, round, index });
  }

  /** A client was told that a child is canceled. */
  onCanceled({ id, parent, run, status }: JobItem): void {
    if (!parent || !isTerminal(status)) return;
    const { batches, table } = this.#world;
    const shard = batches.stored.get(shardKeyOf({ batch: parent.batch, round: run, shard: parent.shard }));
    const isNow = table.items.get(id)?.run === run;
    if (isNow && batches.roots.has(parent.batch) && !shard?.ended?.has(String(parent.index)))
      throw new Violation('the end of a child is counted before its cancel is answered', id);
    if (isNow && table.items.get(id)?.status !== status)
      throw new Violation('a child that was answered as canceled is canceled', id);
  }

  onEnded(batch: string): void {
    const root = this.#world.batches.roots.get(batch);
    // A later run has reopened it, or it was never made.
    if (!root || !isEnded(root)) return;
    if (!this.#endedAt.has(batch)) this.#endedAt.set(batch, this.#world.time.now);
  }

  /** It is made, or a later run of its parent wants its children again. */
  onReopened(batch: string): void {
    this.#endedAt.delete(batch);
  }

  onWrite(effect: Effect): void {
    const { write, before, after, now } = effect;
    this.early.onWrite(effect);
    if (claims.includes(write.transition) && after.parent) this.#onStarted(after, now);
    this.#checkLeft(effect);
    if (!before || awaitedBatches(before).length === 0 || after.status === 'waiting') return;
    const latest = now + maxSkewMs + (this.#world.settings.clocksDifferMs ?? 0);
    const isDue = (before.notBefore ?? 0) <= latest;
    const { batches } = this.#world;
    const isOne = awaitedBatches(before).some((batch) => {
      const root = batches.roots.get(batch);
      return !root || isOver(root) || this.early.isDecided(root) || isLookWanted(root);
    });
    if (!isTerminal(after.status) && !isDue && !isOne)
      throw new Violation(
        'a parent goes on when its children have ended',
        `${before.id}: ${write.transition}`,
      );
  }

  /** Who is left by its parent ends by itself, by somebody who cancels it, or with a batch that is erased. */
  #checkLeft({ write: { transition }, before, after }: Effect): void {
    const { parent, canceledBy = byParent, status } = after;
    if (!parent?.leave || hasSucceeded(status) || isTerminal(before?.status ?? 'queued')) return;
    const byItsParent = transition === 'requestCancel' || (isTerminal(status) && !after.error);
    const root = this.#world.batches.roots.get(parent.batch);
    const isErased = root?.erasedTo !== undefined || this.#world.batches.isErased(parent.batch);
    if (byItsParent && canceledBy === byParent && !isErased)
      throw new Violation('a child that is left outlives its parent', `${after.id}: ${transition}`);
  }

  /** A scenario has made away with the messages of all children that have no item. */
  onLost(): void {
    const { batches, table, time } = this.#world;
    for (const root of batches.roots.values())
      for (let index = 0; index < root.count; index += 1) {
        const id = childIdOf(root, index);
        if (!table.items.has(id))
          this.#lost.set(id, { at: time.now, batch: root.batch, vain: root.vain ?? 0 });
      }
  }

  /** It starts again, or its parent has ended before that. */
  #onFound(id: string, now: number): void {
    const { at = now, vain = 0 } = this.#lost.get(id) ?? {};
    this.#lost.delete(id);
    const { looksCut = 0 } = this.#world.settings;
    // Each look that is cut is made again, by the next look of admission and what that takes.
    const withinMs = sentAgainWithinMs + looksCut * 1.5 * lookEveryMs;
    // After each look in vain, the pause is twice as long.
    if (now - at > withinMs * 2 ** vain)
      throw new Violation(
        'a child whose message is lost is sent again in time',
        `${id}: after ${now - at} ms`,
      );
  }

  #onStarted({ id, parent }: JobItem, now: number): void {
    this.#onFound(id, now);
    const { batches } = this.#world;
    const root = batches.roots.get(parent?.batch ?? '');
    const endedAt = this.#endedAt.get(parent?.batch ?? '');
    if (root && isEnded(root) && endedAt !== undefined && now - endedAt > maxLateMs(this.#world))
      throw new Violation('no child starts when its parent has ended', `${id}: ${now - endedAt} ms later`);
  }

  /** Every end counts, wherever it was stored. */
  onEnd(): void {
    this.early.onEnd();
    const { table, batches, time } = this.#world;
    for (const [id, { batch }] of this.#lost)
      if (!this.#endedAt.has(batch))
        throw new Violation('a child whose message is lost is sent again in time', `${id}: never`);
    for (const { id, parent, run, erased, expiresAt = Infinity } of table.items.values()) {
      // TTL may have removed its shard, and has left the child for some days.
      if (expiresAt * 1000 <= time.now) continue;
      const root = parent && batches.roots.get(parent.batch);
      // Who has begun to erase a batch may never go on with that: then some of its shards are left.
      if (!root || erased || root.round !== run || root.erasedTo !== undefined) continue;
      const shard = batches.stored.get(shardKeyOf({ batch: root.batch, round: run, shard: parent.shard }));
      if (!shard?.ended?.has(String(parent.index)) && !this.#isOfNobody({ id, parent, run }))
        throw new Violation('every end of a child is counted', id);
    }
    for (const [batch, round] of this.#promised) this.#requireMadeAgain(batch, round);
    for (const { batch, round, index } of this.#promisedOnes) this.#requireRun(batch, round, index);
  }

  /**
   * Whether nobody waits for the end of a child, and nobody is left to count it: a call has canceled the child and was not answered, its message
   * was never sent, and its parent has ended. A retry of the parent sends the message, and that counts the end.
   */
  #isOfNobody({ id, run, parent }: Pick<JobItem, 'id' | 'run'> & { readonly parent: ChildOf }): boolean {
    const { status = 'failed' } = this.#world.table.items.get(parent.id) ?? {};
    return isTerminal(status) && !this.#sent.has(`${id} ${run}`);
  }

  /** Unless its parent has ended before, or has gone on by an answer or a time: then nobody makes a child again. */
  #hasGoneOn({ parent, batch }: BatchRoot): boolean {
    const { status = 'failed', run = 0 } = this.#world.table.items.get(parent) ?? {};
    return hasSucceeded(status) && this.early.hasLookedInVain(batch, run);
  }

  #requireRun(batch: string, round: number, index: number): void {
    const { table, batches } = this.#world;
    const root = batches.roots.get(batch);
    const child = root && table.items.get(childIdOf(root, index));
    if (!child || !this.#hasGoneOn(root)) return;
    if (child.run <= round && !hasSucceeded(child.status))
      throw new Violation('a child that was asked for again is made again', `${index} of ${batch}`);
  }

  /** Unless all have succeeded after all. */
  #requireMadeAgain(batch: string, round: number): void {
    const { batches } = this.#world;
    const root = batches.roots.get(batch);
    if (!root || !this.#hasGoneOn(root)) return;
    const shards = [...batches.stored.values()].filter((one) => one.batch === batch && one.round === round);
    const unsuccessful = shards.flatMap((shard) => [...(shard.unsuccessful ?? [])]);
    if (root.round === round && unsuccessful.length > 0)
      throw new Violation('what was asked for again is made again', batch);
    for (const index of unsuccessful) this.#requireRun(batch, round, Number(index));
  }
}
