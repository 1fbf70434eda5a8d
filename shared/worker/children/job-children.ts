import { type ContractQueue, type Contracts, contractOf, runQueueOf } from '../../author/contract.ts';
import type { SettledChildren } from '../../author/handler.ts';
import type { ParentNotifier } from '../../delivery/notify-parent.ts';
import type { Charges } from '../../domain/access/ports.ts';
import { defined } from '../../domain/base/defined.ts';
import { StepError } from '../../domain/base/errors.ts';
import type { Clock, Random } from '../../domain/base/ports.ts';
import { untilEnd } from '../../domain/base/until-end.ts';
import { stepsVersion } from '../../domain/base/version.ts';
import { handedDown } from '../../domain/children/allowance.ts';
import {
  type BatchRoot,
  batchIdOf,
  expiresTooSoon,
  indexesOf,
  isDecided,
  isFullIn,
  isLookWanted,
  newShard,
  nextRoundAt,
  rootExpiryOf,
  roundAfter,
  shardOf,
  shardsOf,
  usualShardSize,
} from '../../domain/children/batch.ts';
import type { BatchStore } from '../../domain/children/batch-ports.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { maxBatches } from '../../domain/state/job/item-budget.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import type { JobReader } from '../../domain/state/ports.ts';
import type { BatchRecord } from '../../domain/state/stored/saved-steps.ts';
import type { ChildWaits } from '../../domain/state/writes/holder-writes.ts';
import type { Heartbeat } from '../hold/heartbeat.ts';
import type { JobSteps, SliceEnd } from '../steps/job-steps.ts';
import { keyTaken, type StepMemo } from '../steps/step-memo.ts';
import { requireOutside } from '../steps/step-work.ts';
import {
  type BatchEnds,
  decisionByRoot,
  decisionOf,
  endsIn,
  needsRound,
  planRound,
  settledOf,
  shardsToRead,
} from './batch-decision.ts';
import { type ChildEnd, endsOf, inTurns, isGone, readShards } from './child-ends.ts';
import { childMessage } from './child-message.ts';
import { lookForLost, lookFrom, shardsToLookAt } from './lost-children.ts';
import {
  heldGroups,
  type InGroups,
  type Plan,
  requireGroups,
  requirePlan,
  requireSame,
  spawnsJobs,
  takenBy,
} from './spawn-plan.ts';

/** A queue that children run from. */
export interface ChildQueue {
  /**
   * Sends messages, in as few calls as SQS allows.
   * @param mayGoOn asked before each call @throws QueueUnavailableError, SendingStoppedError; then some may be sent
   */
  sendAll(messages: readonly JobMessage[], mayGoOn: () => boolean): Promise<void>;
}

/** `ordered`: for children in groups. It sends those of a group in their order. */
export type ChildQueues = Readonly<Partial<Record<ContractQueue | 'ordered', ChildQueue>>>;

export interface SpawnDependencies {
  readonly batches: BatchStore;
  readonly childQueues: ChildQueues;
  readonly contracts: Contracts;
  readonly store: JobReader;
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly clock: Clock;
  readonly random: Pick<Random, 'uuid'>;
  readonly family: Pick<ParentNotifier, 'ended'>;
  /** How many jobs all descendants of a job without a parent may be. */
  readonly spawnAllowance: number;
  /** Default: the usual one. */
  readonly shardSize?: number;
  /** Absent where nobody counts them. */
  readonly charges?: Charges | undefined;
}

interface Spawning {
  readonly item: Pick<JobItem, 'id' | 'tenant' | 'batches'>;
  readonly message: Pick<JobMessage, 'run'> & InGroups;
  readonly steps: Pick<JobSteps, 'take' | 'tracked' | 'endSlice'>;
  readonly memo: Pick<StepMemo, 'find' | 'keep' | 'records'>;
  readonly heartbeat: Pick<Heartbeat, 'keep' | 'requireLease' | 'isStopped'>;
  readonly sliceEnd: SliceEnd;
  readonly traceparent: string | undefined;
}

/** The batches of children that one slice of a job spawns, and waits for. */
export class JobChildren {
  readonly #own: Spawning;
  readonly #deps: SpawnDependencies;
  readonly #batches: Set<string>;
  readonly #awaited = new Set<string>();
  /** Those that the slice has not looked at whole: if it ends by another wait, it must go on with them. */
  readonly #looking = new Set<string>();
  /** What the slice has asked for, by its key. */
  readonly #plans = new Map<string, Plan>();

  constructor(own: Spawning, deps: SpawnDependencies) {
    this.#own = own;
    const [batches, store] = [this.#untilEnd(deps.batches), this.#untilEnd(deps.store)];
    this.#deps = { ...deps, batches, store, charges: deps.charges && this.#untilEnd(deps.charges) };
    this.#batches = new Set(own.item.batches);
  }

  /** What the slice ends with, if it waits for children. @param isTimed whether another wait ends at a time */
  atEnd(isTimed: boolean): ChildWaits | undefined {
    const batches = [...new Set([...this.#awaited, ...this.#looking])];
    return batches.length > 0 ? { batches, isTimed } : undefined;
  }

  /**
   * Makes the children, unless they were made before: first the plan, then the root, then the messages. After a crash
   * in between the next attempt goes on from the stored cursor, and a child that is sent twice is one child.
   * @throws StepError, PlanChangedError; StoreUnavailableError, QueueUnavailableError, ObjectsUnavailableError
   */
  async spawn(key: string, plan: Plan): Promise<void> {
    const { steps, memo, message } = this.#own;
    steps.take(key);
    requirePlan(plan, message, this.#deps);
    const stored = memo.find(key);
    if (stored && !stored.batch) throw keyTaken(key);
    requireSame(key, stored?.batch, plan);
    this.#takePlace(key);
    this.#plans.set(key, plan);
    // The item names the batch first: an erasure of the job must find the batch, whatever was cut off after that.
    const record = stored?.batch ?? (await this.#begin(key, plan));
    let root = await steps.tracked(() => this.#rootOf(key, plan, record));
    requireSame(key, root, plan);
    if (message.run > root.parentRun) root = await steps.tracked(() => this.#reopen(key, root));
    else await steps.tracked(() => this.#keepRoot(root));
    await this.#sendAll(key, { root, plan, record });
  }

  async #begin(key: string, plan: Plan): Promise<BatchRecord> {
    const { type, count, any, tolerate } = plan;
    const taken = takenBy(key, plan, { ...this.#own, ...this.#deps });
    const record = { type, count, ...defined({ any, tolerate }), taken, sent: 0, round: 1 };
    this.#own.heartbeat.keep({ batches: new Set(this.#batches) });
    await this.#keep(key, record);
    // Who has lost the job has stored nothing, and must not make a root that nobody knows of.
    this.#own.heartbeat.requireLease();
    return record;
  }

  async #sendAll(key: string, { root, plan, record: from }: Sending): Promise<void> {
    const { steps, sliceEnd } = this.#own;
    let record = from;
    while (record.sent < plan.count) {
      if (sliceEnd.isNear()) await steps.endSlice();
      record = await this.#sendShard(key, { root, plan, record });
    }
  }

  /**
   * Waits until all children have ended, or an early condition decides. Of a run by a retry of the user: then those
   * that did not succeed are made again, once.
   * @returns the same in every later attempt of the run
   */
  async settled(key: string, plan: Plan): Promise<SettledChildren> {
    const settled = await this.#untilSettled(key, plan);
    if (settled) return settled;
    this.awaits(key);
    return this.#own.steps.endSlice(Infinity, key);
  }

  /** The slice is to end with a wait for this batch: the job goes on when the batch is decided. */
  awaits(key: string): void {
    this.#awaited.add(batchIdOf(this.#own.item.id, key));
  }

  /** Whether the batch is decided, in this run. Who waits for it if it is not says so by `awaits`. */
  async haveEnded(key: string): Promise<boolean> {
    const plan = this.#plans.get(key);
    if (!plan) throw new StepError(`"${key}" is no batch of this job`);
    return (await this.#untilSettled(key, plan)) !== undefined;
  }

  /** @returns undefined if the job has to wait for it */
  async #untilSettled(key: string, plan: Plan): Promise<SettledChildren | undefined> {
    const { steps, memo, message } = this.#own;
    for (;;) {
      const record = memo.find(key)?.batch;
      if (!record) throw new StepError(`"${key}" is no batch of this job`);
      if (record.settled?.run === message.run) return settledOf(record.count, record.settled);
      requireOutside(key);
      const root = await steps.tracked(() => this.#read(key));
      if (record.round < root.round) await this.#sendRound(key, { root, plan, record });
      else if (isDecided(root)) await this.#endRound(key, root, record);
      else if (!(await this.#findLost(key, { root, plan, record }))) return undefined;
    }
  }

  /** Stores what is decided, unless those that did not succeed are made again. */
  async #endRound(key: string, root: BatchRoot, record: BatchRecord): Promise<void> {
    const { steps, message } = this.#own;
    const byRoot = decisionByRoot(root, message.run);
    if (byRoot) return this.#keep(key, { ...record, settled: byRoot });
    const ends = await steps.tracked(() => this.#endsOf(root));
    if (needsRound(root, ends)) return steps.tracked(() => this.#beginRound(root, ends));
    const settled = decisionOf(root, ends, { run: message.run, before: record.settled });
    await this.#keep(key, { ...record, settled });
  }

  /** What children have come to, from an index on. @returns up to 100, and none only if there are no more */
  ends(key: string, from: number): Promise<readonly ChildEnd[]> {
    const { steps, memo } = this.#own;
    const { settled } = memo.find(key)?.batch ?? {};
    return steps.tracked(async () => endsOf(await this.#read(key), { from, settled }, this.#deps));
  }

  /** Before its root is made: the item names all batches. @throws StepError */
  #takePlace(key: string): void {
    const batch = batchIdOf(this.#own.item.id, key);
    if (!this.#batches.has(batch) && this.#batches.size >= maxBatches)
      throw new StepError(`a job spawns at most ${maxBatches} batches of children`);
    this.#batches.add(batch);
  }

  async #rootOf(
    key: string,
    { type, count, whenParentEnds = 'cancel', any, tolerate }: Plan,
    record: BatchRecord,
  ) {
    const { item, message } = this.#own;
    const { batches, clock, random, contracts, charges, shardSize = usualShardSize } = this.#deps;
    const [batch, groups] = [batchIdOf(item.id, key), heldGroups(message)];
    const found = await batches.read(batch);
    if (found) return found;
    if (record.sent > 0) throw isGone(key);
    // Before there is a root: who finds one knows that its children were charged.
    if (count > 0) await charges?.charge(item.tenant, count);
    const created = await batches.create({
      ...{ batch, version: stepsVersion, tenant: item.tenant, parent: item.id },
      ...{ key, type, count, whenParentEnds, shardSize },
      ...defined({ any, tolerate }),
      depth: (message.parent?.depth ?? 0) + 1,
      ...(groups.length > 0 ? { groups } : {}),
      ...(spawnsJobs(contracts, type) ? { allowance: handedDown(record) } : {}),
      secret: random.uuid() + random.uuid(),
      createdAt: clock.now(),
      round: 1,
      parentRun: message.run,
    });
    if (created) return created;
    throw isGone(key);
  }

  async #read(key: string): Promise<BatchRoot> {
    const root = await this.#deps.batches.read(batchIdOf(this.#own.item.id, key));
    if (!root) throw isGone(key);
    return root;
  }

  async #reopen(key: string, { batch }: BatchRoot): Promise<BatchRoot> {
    const reopened = await this.#deps.batches.reopen(batch, this.#own.message.run);
    // The answer to it may have been lost before.
    return reopened ?? this.#read(key);
  }

  /** A run that somebody has canceled and revived is the same run: its root has the time of the cancel. */
  async #keepRoot(root: BatchRoot): Promise<void> {
    const { batches, clock } = this.#deps;
    const now = clock.now();
    const { run } = this.#own.message;
    if (expiresTooSoon(root, now))
      await batches.keep({ batch: root.batch, run, expiresAt: rootExpiryOf(now) });
  }

  /**
   * Sends the shard that the cursor is in. If the job died before the cursor was stored, those that have ended are not
   * sent again: their items may have expired.
   */
  async #sendShard(key: string, { root, plan, record }: Sending): Promise<BatchRecord> {
    const { steps } = this.#own;
    const shard = shardOf(root, record.sent);
    const indexes = indexesOf(root, shard);
    await steps.tracked(async () => {
      if (isFullIn(root, shard)) return;
      const { batches, clock } = this.#deps;
      const isNew = await batches.createShard(newShard(root, { shard, size: indexes.length }, clock.now()));
      await this.#send(root, plan, isNew ? indexes : await this.#notEnded(root, shard));
    });
    const next = { ...record, sent: record.sent + indexes.length };
    await this.#keep(key, next);
    return next;
  }

  /** Sends all of a later round that have not ended in it. */
  async #sendRound(key: string, { root, plan, record }: Sending): Promise<void> {
    const { steps, sliceEnd } = this.#own;
    for (const shard of shardsOf(root).filter((one) => !isFullIn(root, one))) {
      if (sliceEnd.isNear()) await steps.endSlice();
      await steps.tracked(async () => this.#send(root, plan, await this.#notEnded(root, shard)));
    }
    await this.#keep(key, { ...record, round: root.round });
  }

  /** @returns the indexes of those that have not ended in the round that runs */
  async #notEnded(root: BatchRoot, shard: number): Promise<readonly number[]> {
    const [found] = await readShards(root, [shard], this.#deps);
    return indexesOf(root, shard).filter((index) => !found?.ended?.has(String(index)));
  }

  async #send(root: BatchRoot, plan: Plan, indexes: readonly number[]): Promise<void> {
    const { contracts, childQueues } = this.#deps;
    const { traceparent } = this.#own;
    const contract = contractOf(contracts, root.type);
    if (!contract) throw new StepError(`"${root.type}" is no type of this project`);
    const messages = indexes.map((index) => {
      const payload = plan.payload(index);
      const said = { group: plan.group?.(index), tags: plan.tags?.(payload, index) };
      return childMessage(root, { index, payload, ...said, contract, traceparent });
    });
    requireGroups(root.key, messages, { message: this.#own.message, ...this.#deps });
    const ordered = messages.filter(({ options }) => options.group !== undefined);
    const others = messages.filter(({ options }) => options.group === undefined);
    const queue = childQueues[runQueueOf(contracts, root.type)];
    const mayGoOn = () => !this.#own.heartbeat.isStopped;
    // If the queue has stopped, nothing is stored after it: the cursor must not pass children that were not sent.
    if (queue) await this.#untilEnd(queue).sendAll(others, mayGoOn);
    if (childQueues.ordered && ordered.length > 0)
      await this.#untilEnd(childQueues.ordered).sendAll(ordered, mayGoOn);
  }

  /** After the root: a shard has an end before its root is told of it. */
  async #endsOf(root: BatchRoot): Promise<BatchEnds> {
    return endsIn(root, await readShards(root, shardsToRead(root), this.#deps));
  }

  /** The new shards come first: the worker that ends a child of the next round must find them. */
  async #beginRound(root: BatchRoot, ends: BatchEnds): Promise<void> {
    const { batches, clock } = this.#deps;
    const { shards, ...start } = planRound(root, ends);
    const next = { ...root, round: roundAfter(root) };
    await inTurns(shards, (own) => batches.createShard(newShard(next, own, clock.now())));
    await batches.beginRound(root, { ...start, at: nextRoundAt(root, clock.now()) });
  }

  /** Looks for what may be lost. @returns false if it is not time for that: the slice is to end with a wait */
  async #findLost(key: string, { root, plan, record }: Sending): Promise<boolean> {
    if (!isLookWanted(root)) return false;
    this.#looking.add(root.batch);
    await this.#look(key, { root, plan, record });
    this.#looking.delete(root.batch);
    return true;
  }

  /**
   * Looks for lost children, a shard at a time. The root is told at the end: a look that was cut goes on from its
   * cursor, and is not put off.
   */
  async #look(key: string, { root, plan, record }: Sending): Promise<void> {
    const { steps, sliceEnd } = this.#own;
    const { batches, clock } = this.#deps;
    const cursor = lookFrom(root, record);
    const send = (indexes: readonly number[]) => this.#send(root, plan, indexes);
    for (const shard of shardsToLookAt(root, cursor)) {
      if (sliceEnd.isNear()) await steps.endSlice();
      await steps.tracked(() => lookForLost(root, { shard, send }, this.#deps));
      await this.#keep(key, { ...record, look: { ...cursor, to: shard + 1 } });
    }
    await steps.tracked(() => batches.noteLook(root, clock.now(), { vain: (root.vain ?? 0) + 1 }));
  }

  #untilEnd<Port extends object>(port: Port): Port {
    return untilEnd(port, () => !this.#own.heartbeat.isStopped);
  }

  async #keep(key: string, batch: BatchRecord): Promise<void> {
    await this.#own.steps.tracked(() => this.#own.memo.keep({ key, batch }));
  }
}

interface Sending {
  readonly root: BatchRoot;
  readonly plan: Plan;
  readonly record: BatchRecord;
}
